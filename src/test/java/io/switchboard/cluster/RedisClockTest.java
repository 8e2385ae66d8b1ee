package io.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RedisClockTest {

    /** Whatever this machine's own time of day is. */
    @Test
    void goesOnFromWhatRedisSaid() {
        RedisClock clock = new RedisClock();
        long now = System.nanoTime();
        clock.set(5_000, now, now);
        assertThat(clock.millis()).isBetween(5_000L, 6_000L);
    }

    /** The time was read somewhere between the question and the answer. */
    @Test
    void takesTheAnswerForTheMiddle() {
        RedisClock clock = new RedisClock();
        long now = System.nanoTime();
        clock.set(5_000, now - TimeUnit.SECONDS.toNanos(2), now);
        assertThat(clock.millis()).isBetween(6_000L, 7_000L);
    }
}
