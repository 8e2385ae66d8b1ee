package io.switchboard.cluster.redis;

import java.util.concurrent.TimeUnit;

/**
 * The time of day at Redis, which is the same for all nodes, however their own clocks go: carried
 * on between two looks by this machine's monotonic clock, with how wrong that may be. What each
 * look leaves possible is kept as far as the earlier ones do (Marzullo's algorithm), so that a slow
 * answer spoils nothing. One thread sets it, and any may ask.
 */
final class RedisClock {
    /**
     * What two clocks drift apart that nobody disciplines: 100 ppm each. Where one is being slewed
     * faster, the looks soon disagree, and the latest is believed.
     */
    private static final long DRIFT_PART = 5_000;

    /**
     * What has to be added to {@link System#nanoTime} for Redis' nanoseconds since 1970.
     *
     * @param set when that was found out
     */
    private record Offset(long least, long most, long set) {
        long middle() {
            return least + (most - least) / 2;
        }
    }

    private volatile Offset offset = new Offset(0, 0, 0);
    private boolean known;

    /**
     * What Redis said.
     *
     * @param micros its time of day, of which it has cut the nanoseconds
     * @param asked {@link System#nanoTime} when it was asked
     * @param told and when it had answered
     */
    void set(long micros, long asked, long told) {
        long least = TimeUnit.MICROSECONDS.toNanos(micros) - told;
        long most = TimeUnit.MICROSECONDS.toNanos(micros + 1) - asked;
        Offset last = offset;
        long drift = (told - last.set()) / DRIFT_PART;
        long atLeast = Math.max(least, last.least() - drift);
        long atMost = Math.min(most, last.most() + drift);
        // otherwise somebody has set a clock, or it is another Redis
        boolean agree = known && atLeast <= atMost;
        offset = agree ? new Offset(atLeast, atMost, told) : new Offset(least, most, told);
        known = true;
    }

    /** Now, in microseconds since 1970; of no use before the first {@link #set}. */
    long micros() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() + offset.middle());
    }

    /** The same, and by no means too early. */
    long latestMicros() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() + offset.most()) + 1;
    }

    /**
     * When it was that time, by this machine's {@link System#nanoTime}, and by no means too early.
     */
    long latestNanoTime(long micros) {
        return TimeUnit.MICROSECONDS.toNanos(micros) - offset.least();
    }
}
