package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MllpTest {
    private static final String VT = "\u000b";
    private static final String FS = "\u001c";
    private static final Texts MLLP = Texts.of("mllp");

    @Test
    void standsBetweenVtAndFsCr() {
        assertThat(MLLP.cut(VT + "MSH|1\rPID|2\r" + FS + "\r" + VT + FS + "\r"))
                .containsExactly("MSH|1\rPID|2\r", "");
    }

    @Test
    void onlyFsAndCrTogetherEndIt() {
        assertThat(MLLP.cut(VT + "a" + FS + "b\rc" + FS + FS + "\r"))
                .containsExactly("a" + FS + "b\rc" + FS);
    }

    @Test
    void skipsWhatIsOutsideAndKeepsNoneOfIt() {
        String noisy = "\n" + VT + "one" + FS + "\r\r\n" + FS + "\r" + VT + "two" + FS + "\r\n";
        CutFrames cut = new CutFrames(MLLP.framing()).read(noisy);
        assertThat(cut.texts()).containsExactly("one", "two");
        assertThat(cut.unfinished()).isZero();
    }

    @Test
    void writesItsMarks() {
        assertThat(MLLP.encode("MSH")).isEqualTo(VT + "MSH" + FS + "\r");
    }

    @Test
    void objectsToItsEndInside() {
        assertThat(MLLP.objection("a" + FS + "\rb"))
                .isEqualTo("at byte 1 of the payload is FS CR (0x1c0d)");
        assertThat(MLLP.objection("a" + FS)).isEmpty();
        assertThat(MLLP.objection("\ra" + VT)).isEmpty();
    }

    @Test
    void splitsNothing() {
        assertThat(MLLP.split("a\rb" + FS + "\rc")).hasSize(1);
    }
}
