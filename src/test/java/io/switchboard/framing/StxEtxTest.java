package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StxEtxTest {
    private static final Texts PLAIN = Texts.of("stx-etx");
    private static final Texts LRC = Texts.of("stx-etx:lrc");

    @Test
    void standsBetweenStxAndEtx() {
        assertThat(PLAIN.cut("\2one\3\2\3\2t\nwo\3")).containsExactly("one", "", "t\nwo");
    }

    @Test
    void skipsWhatIsOutsideAndKeepsNoneOfIt() {
        assertThat(PLAIN.cut("noise\2one\3\r\n\3\2two\3\r\n")).containsExactly("one", "two");
        CutFrames cut = new CutFrames(PLAIN.framing()).read("\2one\3\r\n").read("more noise");
        assertThat(cut.unfinished()).isZero();
        assertThat(cut.read("..\2tw").unfinished()).isEqualTo(3);
    }

    @Test
    void insideStxIsData() {
        assertThat(PLAIN.cut("\2a\2b\3")).containsExactly("a\2b");
    }

    /** The XOR of 'A' (0x41), 'B' (0x42) and ETX (0x03) is NUL. */
    @Test
    void checksTheByteBehindEtx() {
        assertThat(LRC.cut("\2AB\3\0")).containsExactly("AB");
        assertThat(LRC.encode("AB")).isEqualTo("\2AB\3\0");
        assertThat(LRC.encode("")).isEqualTo("\2\3\3");
        assertThat(LRC.fault("\2AB\3\1"))
                .isEqualTo("a frame's LRC is 0x01, and its bytes up to ETX give 0x00");
    }

    /** It can be any byte: STX and ETX too. */
    @Test
    void theCheckByteIsNoMark() {
        assertThat(LRC.encode("A@")).isEqualTo("\2A@\3\2");
        assertThat(LRC.cut("\2A@\3\2\2A@\3\2")).containsExactly("A@", "A@");
        assertThat(LRC.cut("\2\3\3\2\3\3")).containsExactly("", "");
    }

    @Test
    void waitsForTheCheckByte() {
        CutFrames cut = new CutFrames(LRC.framing()).read("\2AB\3");
        assertThat(cut.frames()).isEmpty();
        assertThat(cut.unfinished()).isEqualTo(4);
        assertThat(cut.read("\0").texts()).containsExactly("AB");
    }

    @Test
    void framesBeforeABadOneCount() {
        CutFrames cut = new CutFrames(LRC.framing()).read("\2AB\3\0\2AB\3\7\2AB\3\0");
        assertThat(cut.texts()).containsExactly("AB");
        assertThat(cut.fault()).isNotNull();
    }

    @Test
    void objectsToItsMarks() {
        assertThat(PLAIN.objection("a\2")).isEqualTo("byte 1 of the payload is STX (0x02)");
        assertThat(LRC.objection("\3")).isEqualTo("byte 0 of the payload is ETX (0x03)");
        assertThat(PLAIN.objection("a\r\n")).isEmpty();
    }

    @Test
    void splitsNothing() {
        assertThat(PLAIN.split("\2a\3\2b\3")).containsExactly("\2a\3\2b\3");
    }
}
