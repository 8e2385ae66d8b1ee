package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.transport.stream.FrameReader.PartialFrame;
import org.junit.jupiter.api.Test;

class PartialFrameTest {

    @Test
    void copiesTheGivenRange() {
        byte[] read = bytes("xxhelloyy");
        PartialFrame partial = new PartialFrame(read, 2, 7, 5, 42);
        read[2] = '!';
        assertThat(text(partial)).as("the loop reuses its buffer").isEqualTo("hello");
        assertThat(partial.resume()).isEqualTo(5);
        assertThat(partial.since()).isEqualTo(42);
    }

    /** The buffer may be longer than the frame, but never contains later bytes of the same read. */
    @Test
    void growsWithTheAppendedBytes() {
        PartialFrame partial = new PartialFrame(bytes("a"), 0, 1, 1, 0);
        StringBuilder all = new StringBuilder("a");
        for (int turn = 0; turn < 200; turn++) {
            String more = "b" + turn;
            partial.append(bytes(more + "zzz"), more.length());
            all.append(more);
            assertThat(text(partial)).isEqualTo(all.toString());
        }
        partial.append(new byte[10_000], 10_000);
        assertThat(partial.length()).isEqualTo(all.length() + 10_000);
    }

    /** A peer that has sent one byte needs no buffer of max-frame bytes. */
    @Test
    void reservesNoMemoryForTheLargestFrame() {
        assertThat(new PartialFrame(bytes("a"), 0, 1, 1, 0).bytes().length).isLessThanOrEqualTo(64);
        PartialFrame large = new PartialFrame(new byte[5_000], 0, 5_000, 0, 0);
        assertThat(large.bytes()).hasSize(5_000);
        large.append(new byte[1], 1);
        assertThat(large.bytes().length)
                .as("grows by what was received, or by an eighth, and is not doubled")
                .isLessThanOrEqualTo(5_625);
    }

    @Test
    void keepsTheSearchPosition() {
        PartialFrame partial = new PartialFrame(bytes("abc"), 0, 3, 3, 0);
        partial.append(bytes("de"), 2);
        assertThat(partial.resume()).as("appended bytes have not been searched").isEqualTo(3);
        partial.searchedTo(5, 0);
        assertThat(partial.resume()).isEqualTo(5);
    }

    private static String text(PartialFrame partial) {
        return new String(partial.bytes(), 0, partial.length(), ISO_8859_1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
