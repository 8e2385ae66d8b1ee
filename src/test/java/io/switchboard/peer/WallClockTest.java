package io.switchboard.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class WallClockTest {

    @Test
    void convertsANanoTimeToTheTimeOfDay() {
        long now = System.nanoTime();
        assertThat(Duration.between(WallClock.at(now), Instant.now()).abs())
                .isLessThan(Duration.ofSeconds(60));
        assertThat(WallClock.at(now - Duration.ofHours(1).toNanos()))
                .isBetween(
                        WallClock.at(now).minus(Duration.ofHours(1)).minusMillis(1),
                        WallClock.at(now).minus(Duration.ofHours(1)).plusMillis(1));
    }

    @Test
    void returnsTheSameTimeForTheSameNanoTime() {
        long moment = System.nanoTime();
        Instant first = WallClock.at(moment);
        for (int i = 0; i < 1_000; i++) {
            assertThat(WallClock.at(moment)).isEqualTo(first);
        }
    }
}
