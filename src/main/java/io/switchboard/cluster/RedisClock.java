package io.switchboard.cluster;

import java.util.concurrent.TimeUnit;

/**
 * The time of day at Redis, which is the same for all nodes, however their own clocks go: carried
 * on between two looks by this machine's monotonic clock. Thread-safe.
 */
final class RedisClock {
    private volatile long millisAtZero;

    /**
     * What Redis said.
     *
     * @param millis its time of day
     * @param asked {@link System#nanoTime} when it was asked
     * @param told and when it had answered
     */
    void set(long millis, long asked, long told) {
        long between = asked + (told - asked) / 2;
        millisAtZero = millis - TimeUnit.NANOSECONDS.toMillis(between);
    }

    /** In milliseconds since 1970; of no use before the first {@link #set}. */
    long millis() {
        return millisAtZero + TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
