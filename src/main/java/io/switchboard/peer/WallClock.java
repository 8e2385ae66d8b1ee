package io.switchboard.peer;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * The time of day of moments of {@link System#nanoTime}: the same each time it is asked, until
 * somebody sets the clock. Thread-safe.
 */
public final class WallClock {
    private static final long SET_MILLIS = 1_000;

    /** One moment by both clocks. */
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

    /**
     * To the millisecond.
     *
     * @param moment of {@link System#nanoTime}
     */
    public static Instant at(long moment) {
        Anchor known = anchor;
        if (Math.abs(System.currentTimeMillis() - known.at(System.nanoTime())) > SET_MILLIS) {
            known = Anchor.now();
            anchor = known;
        }
        return Instant.ofEpochMilli(known.at(moment));
    }
}
