package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RedisClockTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    /** Redis' time of day when this machine's clock stood at {@link #start}. */
    private static final long REDIS_MICROS = 5_000_000;

    private final RedisClock clock = new RedisClock();
    private final long start = System.nanoTime();

    /** The result does not depend on this machine's own time of day. */
    @Test
    void continuesFromAReading() {
        clock.set(REDIS_MICROS, start, start);
        long micros = clock.micros();
        assertThat(micros).isBetween(REDIS_MICROS, REDIS_MICROS + microsSinceStart());
    }

    /** Redis reads its clock at some time between the command and the reply. */
    @Test
    void assumesTheMiddleOfTheRoundTrip() {
        clock.set(REDIS_MICROS, start - 2 * SECOND, start);
        long micros = clock.micros();
        assertThat(micros - 1_000_000).isBetween(REDIS_MICROS, REDIS_MICROS + microsSinceStart());
    }

    private long microsSinceStart() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start) + 2; // rounded
    }

    /** Neither result is too early, whenever between command and reply Redis read its clock. */
    @Test
    void returnsTheLatestPossibleTime() {
        clock.set(REDIS_MICROS, start - 2 * SECOND, start);
        long latest = clock.latestMicros();
        assertThat(latest - 2_000_000).isBetween(REDIS_MICROS, REDIS_MICROS + microsSinceStart());
        assertThat(clock.latestNanoTime(REDIS_MICROS)).isEqualTo(start);
        assertThat(clock.latestNanoTime(REDIS_MICROS + 7)).isEqualTo(start + 7_000);
    }

    @Test
    void aSlowReplyDoesNotReduceTheAccuracy() {
        clock.set(REDIS_MICROS, start - MILLI, start);
        long later = start + SECOND;
        clock.set(REDIS_MICROS + 1_000_000, later - SECOND / 2, later + SECOND / 2);
        assertThat(clock.latestNanoTime(REDIS_MICROS)).isBetween(start, start + 3 * MILLI);
    }

    /** Each reading excludes offsets that the other one allows. */
    @Test
    void twoReadingsAreMoreAccurateThanOne() {
        clock.set(
                REDIS_MICROS,
                start - 100 * MILLI,
                start); // Redis read its clock with the command, 100 ms ago
        clock.set(
                REDIS_MICROS + 100_000,
                start,
                start + 100 * MILLI); // Redis read its clock just before the reply
        assertThat(clock.latestNanoTime(REDIS_MICROS)).isBetween(start - MILLI, start + MILLI);
    }

    @Test
    void allowsForDriftBetweenReadings() {
        clock.set(REDIS_MICROS, start, start);
        long day = 24 * 3_600 * SECOND;
        long micros = REDIS_MICROS + TimeUnit.NANOSECONDS.toMicros(day);
        clock.set(micros, start + day - 300 * SECOND, start + day + 300 * SECOND);
        assertThat(clock.latestNanoTime(REDIS_MICROS))
                .isBetween(start + 17 * SECOND, start + 18 * SECOND);
    }

    /** A clock was set, or another Redis answers. */
    @Test
    void aContradictingReadingReplacesTheEarlierOnes() {
        clock.set(REDIS_MICROS, start - MILLI, start);
        clock.set(2 * REDIS_MICROS, start, start + MILLI);
        assertThat(clock.latestNanoTime(2 * REDIS_MICROS)).isEqualTo(start + MILLI);
        clock.set(REDIS_MICROS, start + MILLI, start + 2 * MILLI);
        assertThat(clock.latestNanoTime(REDIS_MICROS)).isEqualTo(start + 2 * MILLI);
    }
}
