package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RedisClockTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    /** Redis' time of day when this machine's clock stood at {@link #start}. */
    private static final long DAY = 5_000_000;

    private final RedisClock clock = new RedisClock();
    private final long start = System.nanoTime();

    /** Whatever this machine's own time of day is. */
    @Test
    void goesOnFromWhatRedisSaid() {
        clock.set(DAY, start, start);
        assertThat(clock.micros()).isBetween(DAY, DAY + 1_000_000);
    }

    /** The time was read somewhere between the question and the answer. */
    @Test
    void takesTheAnswerForTheMiddle() {
        clock.set(DAY, start - 2 * SECOND, start);
        assertThat(clock.micros()).isBetween(DAY + 1_000_000, DAY + 2_000_000);
    }

    /** Read when it was asked, or just before it was answered: neither is too early. */
    @Test
    void saysHowLateItMayBe() {
        clock.set(DAY, start - 2 * SECOND, start);
        assertThat(clock.latestMicros()).isBetween(DAY + 2_000_000, DAY + 3_000_000);
        assertThat(clock.latestNanoTime(DAY)).isEqualTo(start);
        assertThat(clock.latestNanoTime(DAY + 7)).isEqualTo(start + 7_000);
    }

    @Test
    void oneSlowAnswerSpoilsNothing() {
        clock.set(DAY, start - MILLI, start);
        long later = start + SECOND;
        clock.set(DAY + 1_000_000, later - SECOND / 2, later + SECOND / 2);
        assertThat(clock.latestNanoTime(DAY)).isBetween(start, start + 3 * MILLI);
    }

    /** Each leaves possible what the other does not. */
    @Test
    void twoAnswersTellMoreThanOne() {
        clock.set(DAY, start - 100 * MILLI, start); // read when it was asked: 100 ms ahead
        clock.set(DAY + 100_000, start, start + 100 * MILLI); // read just before the answer
        assertThat(clock.latestNanoTime(DAY)).isBetween(start - MILLI, start + MILLI);
    }

    @Test
    void otherwiseTheClocksDriftApart() {
        clock.set(DAY, start, start);
        long day = 24 * 3_600 * SECOND;
        long micros = DAY + TimeUnit.NANOSECONDS.toMicros(day);
        clock.set(micros, start + day - 300 * SECOND, start + day + 300 * SECOND);
        assertThat(clock.latestNanoTime(DAY)).isBetween(start + 17 * SECOND, start + 18 * SECOND);
    }

    /** Or it is another Redis' now. */
    @Test
    void aClockThatWasSetIsBelieved() {
        clock.set(DAY, start - MILLI, start);
        clock.set(2 * DAY, start, start + MILLI);
        assertThat(clock.latestNanoTime(2 * DAY)).isEqualTo(start + MILLI);
        clock.set(DAY, start + MILLI, start + 2 * MILLI);
        assertThat(clock.latestNanoTime(DAY)).isEqualTo(start + 2 * MILLI);
    }
}
