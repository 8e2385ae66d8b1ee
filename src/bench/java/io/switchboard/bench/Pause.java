package io.switchboard.bench;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Delays the current thread. */
public final class Pause {
    private Pause() {}

    /** Returns after {@code time} has passed, at once if it is zero or negative. */
    public static void of(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
