package io.switchboard.cluster.redis;

import java.util.concurrent.TimeUnit;

/**
 * The clock of Redis. All nodes use it, because their own clocks may differ.
 *
 * <p>Between two readings of Redis' clock, this machine's monotonic clock continues it. Each
 * reading limits the possible offset between the two clocks to an interval, and the clock keeps the
 * intersection of the latest interval with the earlier ones (Marzullo's algorithm), so that a slow
 * reply does not make it less accurate. One thread calls {@link #set}; any thread may call the
 * other methods.
 */
final class RedisClock {
    /**
     * Two clocks that nothing disciplines drift apart by at most one part in this number: 100 ppm
     * each. If one of them is slewed faster, the readings soon contradict each other, and the
     * latest reading replaces the earlier ones.
     */
    private static final long DRIFT_DIVISOR = 5_000;

    /**
     * The bounds of the difference between Redis' nanoseconds since 1970 and {@link
     * System#nanoTime}.
     *
     * @param at {@link System#nanoTime} of the reading that gave them
     */
    private record Offset(long min, long max, long at) {
        long middle() {
            return min + (max - min) / 2;
        }
    }

    private volatile Offset offset = new Offset(0, 0, 0);
    private boolean known;

    /**
     * Adds a reading of Redis' clock.
     *
     * @param micros Redis' time in microseconds since 1970, rounded down
     * @param sent {@link System#nanoTime} when the command was sent
     * @param received {@link System#nanoTime} when the reply had been received
     */
    void set(long micros, long sent, long received) {
        long min = TimeUnit.MICROSECONDS.toNanos(micros) - received;
        long max = TimeUnit.MICROSECONDS.toNanos(micros + 1) - sent;
        Offset last = offset;
        long drift = (received - last.at()) / DRIFT_DIVISOR;
        long commonMin = Math.max(min, last.min() - drift);
        long commonMax = Math.min(max, last.max() + drift);
        // otherwise a clock has been set, or another Redis has answered
        boolean agree = known && commonMin <= commonMax;
        offset =
                agree ? new Offset(commonMin, commonMax, received) : new Offset(min, max, received);
        known = true;
    }

    /**
     * Returns the current time in microseconds since 1970. Undefined before the first {@link #set}.
     */
    long micros() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() + offset.middle());
    }

    /** Returns the latest time that it can be now, in microseconds since 1970. */
    long latestMicros() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() + offset.max()) + 1;
    }

    /**
     * Converts a time of Redis to the latest {@link System#nanoTime} of this machine that it can
     * correspond to.
     *
     * @param micros microseconds since 1970
     */
    long latestNanoTime(long micros) {
        return TimeUnit.MICROSECONDS.toNanos(micros) - offset.min();
    }
}
