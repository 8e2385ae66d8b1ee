package io.switchboard.peer;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Converts {@link System#nanoTime} to the time of day, consistently until the clock is set.
 * Thread-safe.
 */
public final class WallClock {
    private static final long SET_MILLIS = 1_000;

    private record Anchor(long millis, long nanos) {
        static Anchor now() {
            return new Anchor(System.currentTimeMillis(), System.nanoTime());
        }

        long at(long moment) {
            return millis + TimeUnit.NANOSECONDS.toMillis(moment - nanos);
        }
    }

    private static volatile Anchor anchor = Anchor.now();

    private WallClock() {}

    /** Returns the time of day of a {@link System#nanoTime}, to the millisecond. */
    public static Instant at(long moment) {
        Anchor known = anchor;
        if (Math.abs(System.currentTimeMillis() - known.at(System.nanoTime())) > SET_MILLIS) {
            known = Anchor.now();
            anchor = known;
        }
        return Instant.ofEpochMilli(known.at(moment));
    }
}
