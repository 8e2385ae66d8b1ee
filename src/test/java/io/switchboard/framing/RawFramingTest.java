package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RawFramingTest {
    private static final RawFraming WITH_GAP = new RawFraming(Duration.ofMillis(50));

    @Test
    void eachReadIsOneMessage() {
        FrameCollector collected =
                new FrameCollector(RawFraming.RAW).read("a\r\nb").read("\0").read("c");
        assertThat(collected.texts()).containsExactly("a\r\nb", "\0", "c");
        assertThat(collected.unfinished()).isZero();
    }

    @Test
    void noMessageExceedsTheMaximumLength() {
        assertThat(new FrameCollector(RawFraming.RAW, 3).read("abcdefgh").texts())
                .containsExactly("abc", "def", "gh");
        assertThat(new FrameCollector(RawFraming.RAW, 3).read("abcdef").texts())
                .containsExactly("abc", "def");
    }

    @Test
    void withAGapReadsAreKept() {
        FrameCollector collected = new FrameCollector(WITH_GAP, 100).read("ab").read("c");
        assertThat(collected.frames()).isEmpty();
        assertThat(collected.unfinished()).isEqualTo(3);
    }

    @Test
    void withAGapAMessageOfTheMaximumLengthIsNotKept() {
        FrameCollector collected = new FrameCollector(WITH_GAP, 4).read("abc").read("defghi");
        assertThat(collected.texts()).containsExactly("abcd", "efgh");
        assertThat(collected.unfinished()).isEqualTo(1);
    }

    /** No byte is added, dropped or reordered, regardless of how the stream is split. */
    @Test
    void theMessagesTogetherAreTheReceivedBytes() {
        RandomStreams streams = new RandomStreams(99);
        for (RawFraming raw : List.of(RawFraming.RAW, WITH_GAP)) {
            for (int round = 0; round < 1_000; round++) {
                byte[] stream = streams.bytes(round % 50);
                FrameCollector collected = new FrameCollector(raw, 5);
                streams.pieces(stream).forEach(collected::read);
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                for (byte[] message : collected.frames()) {
                    assertThat(message.length).isBetween(1, 5);
                    all.writeBytes(message);
                }
                assertThat(all.size() + collected.unfinished()).isEqualTo(stream.length);
                assertThat(Arrays.copyOf(stream, all.size())).isEqualTo(all.toByteArray());
                assertThat(collected.unfinished()).isLessThan(raw.joins() ? 5 : 1);
            }
        }
    }

    @Test
    void anEmptyRangeIsNoMessage() {
        FrameScan scan = new FrameScan(100);
        assertThat(RawFraming.RAW.scan(scan, new byte[5], 3, 3, 3)).isFalse();
        assertThat(scan.keep()).isEqualTo(3);
        assertThat(scan.resume()).isEqualTo(3);
    }

    @Test
    void readsOnlyTheGivenRange() {
        FrameScan scan = new FrameScan(100);
        assertThat(RawFraming.RAW.scan(scan, "abcde".getBytes(ISO_8859_1), 1, 4, 1)).isTrue();
        assertThat(scan.payload("abcde".getBytes(ISO_8859_1)))
                .isEqualTo("bcd".getBytes(ISO_8859_1));
        assertThat(scan.next()).isEqualTo(4);
    }

    @Test
    void sendsTheBytesUnchanged() {
        byte[] payload = "a\r\nb\0".getBytes(ISO_8859_1);
        assertThat(RawFraming.RAW.encode(payload)).isEqualTo(payload).isNotSameAs(payload);
        assertThat(RawFraming.RAW.encodedLength(payload)).isEqualTo(payload.length);
        byte[] target = new byte[7];
        assertThat(WITH_GAP.encode(payload, target, 1)).isEqualTo(6);
        assertThat(target).containsExactly(0, 'a', '\r', '\n', 'b', 0, 0);
    }

    @Test
    void objectsToNothingAndSplitsNothing() {
        byte[] payload = "a\nb\r".getBytes(ISO_8859_1);
        assertThat(RawFraming.RAW.objection(payload)).isEmpty();
        assertThat(RawFraming.RAW.split(payload)).containsExactly(payload);
    }
}
