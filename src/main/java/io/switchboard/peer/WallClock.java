package io.switchboard.peer;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Converts values of {@link System#nanoTime} to the time of day. The same value always gives the
 * same time, unless the system clock is changed by more than a second. Thread-safe.
 */
public final class WallClock {
    private static final long MAX_DRIFT_MILLIS = 1_000;

    private record Anchor(long millis, long nanos) {
        static Anchor now() {
            return new Anchor(System.currentTimeMillis(), System.nanoTime());
        }

        long at(long nanoTime) {
            return millis + TimeUnit.NANOSECONDS.toMillis(nanoTime - nanos);
        }
    }

    private static volatile Anchor anchor = Anchor.now();

    private WallClock() {}

    /** Returns the time of day of a value of {@link System#nanoTime}, in milliseconds. */
    public static Instant at(long nanoTime) {
        Anchor current = anchor;
        if (Math.abs(System.currentTimeMillis() - current.at(System.nanoTime()))
                > MAX_DRIFT_MILLIS) {
            current = Anchor.now();
            anchor = current;
        }
        return Instant.ofEpochMilli(current.at(nanoTime));
    }
}
