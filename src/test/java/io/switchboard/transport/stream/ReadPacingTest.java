package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.PeerLimits;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReadPacingTest {
    private static final int KB = 1024;

    private static ReadPacing pacing(@Nullable Integer messagesPerSecond) {
        return new ReadPacing(new PeerLimits(messagesPerSecond, null, null, null));
    }

    @Test
    void theNextReadFollowsTheLastOne() {
        ReadPacing pacing = pacing(null);
        assertThat(pacing.nextRead()).isEqualTo(16 * KB);
        assertThat(pacing.expectsMore()).isFalse();
        pacing.read(true, 1);
        assertThat(pacing.nextRead()).isEqualTo(32 * KB);
        assertThat(pacing.expectsMore()).isTrue();
        pacing.read(true, 0);
        pacing.read(true, 0);
        assertThat(pacing.nextRead()).isEqualTo(64 * KB);
        pacing.readMoreThanAStep(16, 16, 16);
        assertThat(pacing.nextRead()).as("after 16 empty lines").isEqualTo(4 * KB);
        assertThat(pacing.expectsMore()).as("the step has left bytes").isFalse();
        pacing.readMoreThanAStep(KB, 16, 16);
        assertThat(pacing.nextRead()).as("after 16 lines of 64 bytes").isEqualTo(7 * KB);
        pacing.readMoreThanAStep(8 * KB, 128, 128);
        assertThat(pacing.nextRead()).as("after 128 lines of 64 bytes").isEqualTo(7 * KB);
        pacing.read(true, 112);
        assertThat(pacing.nextRead()).as("the step was almost full").isEqualTo(7 * KB);
        assertThat(pacing.expectsMore()).isTrue();
        pacing.readMoreThanAStep(60 * KB, 16, 16);
        assertThat(pacing.nextRead()).as("the buffer of the loop").isEqualTo(64 * KB);
        pacing.readMoreThanAStep(8 * KB, 3, 128);
        assertThat(pacing.nextRead()).as("three frames took the time of a step").isEqualTo(7 * KB);
        pacing.read(false, 3);
        assertThat(pacing.nextRead()).isEqualTo(16 * KB);
        assertThat(pacing.expectsMore()).isFalse();
        pacing.dropped();
        assertThat(pacing.expectsMore()).isTrue();
        pacing.nothingRead();
        assertThat(pacing.nextRead()).isEqualTo(16 * KB);
    }

    @Test
    void pausesOnceUntilThePeerIsWithinItsRate() {
        ReadPacing pacing = pacing(100);
        assertThat(pacing.framesPerStep()).isEqualTo(10);
        assertThat(pacing.take(50, 500)).isZero();
        assertThat(pacing.isPaused()).isFalse();
        long wait = pacing.take(10_000, 1);
        assertThat(wait).isPositive();
        assertThat(pacing.isPaused()).isTrue();
        assertThat(pacing.take(1, 1)).as("the pause has begun").isZero();
        long end = System.nanoTime() + wait;
        assertThat(pacing.nanosPaused(end - wait)).isPositive();
        assertThat(pacing.isPaused()).isTrue();
        assertThat(pacing.nanosPaused(end)).isZero();
        assertThat(pacing.isPaused()).isFalse();
    }

    @Test
    void doesNotPauseAPeerWithoutLimits() {
        ReadPacing pacing = pacing(null);
        assertThat(pacing.framesPerStep()).isEqualTo(FrameReader.FRAMES_PER_STEP);
        assertThat(pacing.take(Integer.MAX_VALUE, Integer.MAX_VALUE)).isZero();
        assertThat(pacing.isPaused()).isFalse();
    }
}
