package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RawTest {
    private static final Raw JOINING = new Raw(Duration.ofMillis(50));

    @Test
    void whatOneReadBringsIsOneMessage() {
        CutFrames cut = new CutFrames(Raw.RAW).read("a\r\nb").read("\0").read("c");
        assertThat(cut.texts()).containsExactly("a\r\nb", "\0", "c");
        assertThat(cut.unfinished()).isZero();
    }

    @Test
    void noMessageIsLongerThanTheLongest() {
        assertThat(new CutFrames(Raw.RAW, 3).read("abcdefgh").texts())
                .containsExactly("abc", "def", "gh");
        assertThat(new CutFrames(Raw.RAW, 3).read("abcdef").texts()).containsExactly("abc", "def");
    }

    @Test
    void withAGapReadsAreHeld() {
        CutFrames cut = new CutFrames(JOINING, 100).read("ab").read("c");
        assertThat(cut.frames()).isEmpty();
        assertThat(cut.unfinished()).isEqualTo(3);
    }

    @Test
    void withAGapTheLongestMessageIsNotHeld() {
        CutFrames cut = new CutFrames(JOINING, 4).read("abc").read("defghi");
        assertThat(cut.texts()).containsExactly("abcd", "efgh");
        assertThat(cut.unfinished()).isEqualTo(1);
    }

    /** Nothing is added, dropped or put in another order, however the bytes come. */
    @Test
    void messagesAreTheBytesThatCame() {
        Streams streams = new Streams(99);
        for (Raw raw : List.of(Raw.RAW, JOINING)) {
            for (int round = 0; round < 1_000; round++) {
                byte[] stream = streams.bytes(round % 50);
                CutFrames cut = new CutFrames(raw, 5);
                streams.pieces(stream).forEach(cut::read);
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                for (byte[] message : cut.frames()) {
                    assertThat(message.length).isBetween(1, 5);
                    all.writeBytes(message);
                }
                assertThat(all.size() + cut.unfinished()).isEqualTo(stream.length);
                assertThat(Arrays.copyOf(stream, all.size())).isEqualTo(all.toByteArray());
                assertThat(cut.unfinished()).isLessThan(raw.joins() ? 5 : 1);
            }
        }
    }

    @Test
    void nothingIsNoMessage() {
        Cut cut = new Cut(100);
        assertThat(Raw.RAW.cut(cut, new byte[5], 3, 3, 3)).isFalse();
        assertThat(cut.keep()).isEqualTo(3);
        assertThat(cut.resume()).isEqualTo(3);
    }

    @Test
    void cutsFromWhereItIsTold() {
        Cut cut = new Cut(100);
        assertThat(Raw.RAW.cut(cut, "abcde".getBytes(ISO_8859_1), 1, 4, 1)).isTrue();
        assertThat(cut.payload("abcde".getBytes(ISO_8859_1))).isEqualTo("bcd".getBytes(ISO_8859_1));
        assertThat(cut.next()).isEqualTo(4);
    }

    @Test
    void sendsTheBytesAsTheyAre() {
        byte[] payload = "a\r\nb\0".getBytes(ISO_8859_1);
        assertThat(Raw.RAW.encode(payload)).isEqualTo(payload).isNotSameAs(payload);
        assertThat(Raw.RAW.encodedLength(payload.length)).isEqualTo(payload.length);
        byte[] target = new byte[7];
        assertThat(JOINING.encode(payload, target, 1)).isEqualTo(6);
        assertThat(target).containsExactly(0, 'a', '\r', '\n', 'b', 0, 0);
    }

    @Test
    void objectsToNothingAndSplitsNothing() {
        byte[] payload = "a\nb\r".getBytes(ISO_8859_1);
        assertThat(Raw.RAW.objection(payload)).isEmpty();
        assertThat(Raw.RAW.split(payload)).containsExactly(payload);
    }
}
