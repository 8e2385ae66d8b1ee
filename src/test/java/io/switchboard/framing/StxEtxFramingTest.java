package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StxEtxFramingTest {
    private static final TextFraming PLAIN = TextFraming.of("stx-etx");
    private static final TextFraming LRC = TextFraming.of("stx-etx:lrc");

    @Test
    void framesAreBetweenStxAndEtx() {
        assertThat(PLAIN.decode("\2one\3\2\3\2t\nwo\3")).containsExactly("one", "", "t\nwo");
    }

    @Test
    void skipsBytesOutsideOfFrames() {
        assertThat(PLAIN.decode("noise\2one\3\r\n\3\2two\3\r\n")).containsExactly("one", "two");
        FrameCollector collected =
                new FrameCollector(PLAIN.framing()).read("\2one\3\r\n").read("more noise");
        assertThat(collected.unfinished()).isZero();
        assertThat(collected.read("..\2tw").unfinished()).isEqualTo(3);
    }

    @Test
    void stxInsideAFrameIsData() {
        assertThat(PLAIN.decode("\2a\2b\3")).containsExactly("a\2b");
    }

    /** The XOR of 'A' (0x41), 'B' (0x42) and ETX (0x03) is NUL. */
    @Test
    void checksTheByteAfterEtx() {
        assertThat(LRC.decode("\2AB\3\0")).containsExactly("AB");
        assertThat(LRC.encode("AB")).isEqualTo("\2AB\3\0");
        assertThat(LRC.encode("")).isEqualTo("\2\3\3");
        assertThat(LRC.fault("\2AB\3\1"))
                .isEqualTo("a frame's LRC is 0x01, but the XOR of its bytes up to ETX is 0x00");
    }

    /** The check byte can have any value, including STX and ETX. */
    @Test
    void theCheckByteIsNotAMark() {
        assertThat(LRC.encode("A@")).isEqualTo("\2A@\3\2");
        assertThat(LRC.decode("\2A@\3\2\2A@\3\2")).containsExactly("A@", "A@");
        assertThat(LRC.decode("\2\3\3\2\3\3")).containsExactly("", "");
    }

    @Test
    void waitsForTheCheckByte() {
        FrameCollector collected = new FrameCollector(LRC.framing()).read("\2AB\3");
        assertThat(collected.frames()).isEmpty();
        assertThat(collected.unfinished()).isEqualTo(4);
        assertThat(collected.read("\0").texts()).containsExactly("AB");
    }

    @Test
    void framesBeforeABadFrameAreReported() {
        FrameCollector collected =
                new FrameCollector(LRC.framing()).read("\2AB\3\0\2AB\3\7\2AB\3\0");
        assertThat(collected.texts()).containsExactly("AB");
        assertThat(collected.fault()).isNotNull();
    }

    @Test
    void objectsToStxAndEtxInAPayload() {
        assertThat(PLAIN.objection("a\2")).isEqualTo("byte 1 of the payload is STX (0x02)");
        assertThat(LRC.objection("\3")).isEqualTo("byte 0 of the payload is ETX (0x03)");
        assertThat(PLAIN.objection("a\r\n")).isEmpty();
    }

    @Test
    void splitsNothing() {
        assertThat(PLAIN.split("\2a\3\2b\3")).containsExactly("\2a\3\2b\3");
    }
}
