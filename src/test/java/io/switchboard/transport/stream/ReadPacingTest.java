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
        pacing.read(true);
        assertThat(pacing.nextRead()).isEqualTo(64 * KB);
        assertThat(pacing.expectsMore()).isTrue();
        pacing.readMoreThanAStep(16);
        assertThat(pacing.nextRead()).as("after 16 empty lines").isEqualTo(4 * KB);
        assertThat(pacing.expectsMore()).isFalse();
        pacing.readMoreThanAStep(KB);
        assertThat(pacing.nextRead()).as("after 16 lines of 64 bytes").isEqualTo(9 * KB);
        pacing.readMoreThanAStep(60 * KB);
        assertThat(pacing.nextRead()).isBetween(63 * KB, 64 * KB);
        assertThat(pacing.expectsMore()).as("the step has left bytes").isFalse();
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
