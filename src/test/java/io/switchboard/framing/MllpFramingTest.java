package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MllpFramingTest {
    private static final String VT = "\u000b";
    private static final String FS = "\u001c";
    private static final TextFraming MLLP = TextFraming.of("mllp");

    @Test
    void framesAreBetweenVtAndFsCr() {
        assertThat(MLLP.decode(VT + "MSH|1\rPID|2\r" + FS + "\r" + VT + FS + "\r"))
                .containsExactly("MSH|1\rPID|2\r", "");
    }

    @Test
    void onlyFsFollowedByCrEndsAFrame() {
        assertThat(MLLP.decode(VT + "a" + FS + "b\rc" + FS + FS + "\r"))
                .containsExactly("a" + FS + "b\rc" + FS);
    }

    @Test
    void skipsBytesOutsideOfFrames() {
        String noisy = "\n" + VT + "one" + FS + "\r\r\n" + FS + "\r" + VT + "two" + FS + "\r\n";
        FrameCollector collected = new FrameCollector(MLLP.framing()).read(noisy);
        assertThat(collected.texts()).containsExactly("one", "two");
        assertThat(collected.unfinished()).isZero();
    }

    @Test
    void writesVtAndFsCr() {
        assertThat(MLLP.encode("MSH")).isEqualTo(VT + "MSH" + FS + "\r");
    }

    @Test
    void objectsToFsCrInAPayload() {
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
