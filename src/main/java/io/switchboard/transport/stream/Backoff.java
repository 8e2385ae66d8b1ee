package io.switchboard.transport.stream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * How an accepting thread waits out failures: 10 ms, doubled up to 1 s, cut short when a descriptor
 * becomes free. All but {@link #wake} belongs to that thread.
 */
final class Backoff {
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);
    private static final Duration BETWEEN_LOG_LINES = Duration.ofSeconds(1);

    private long next = SHORTEST;
    private long loggedAt = System.nanoTime() - BETWEEN_LOG_LINES.toNanos();
    private volatile @Nullable Thread waiting;

    /** Waits, longer each time. */
    void pause() {
        long nanos = next;
        long until = System.nanoTime() + nanos;
        waiting = Thread.currentThread();
        LockSupport.parkNanos(this, nanos);
        waiting = null;
        boolean woken = until - System.nanoTime() > 0;
        next = woken ? SHORTEST : Math.min(2 * nanos, LONGEST);
    }

    /** It worked: the next trouble starts with the shortest wait again. */
    void reset() {
        next = SHORTEST;
    }

    /** Something that may have been missing was given back; from any thread. */
    void wake() {
        LockSupport.unpark(waiting);
    }

    /** Whether a line about the trouble may be logged now: one a second at most. */
    boolean mayLog() {
        long now = System.nanoTime();
        if (now - loggedAt < BETWEEN_LOG_LINES.toNanos()) {
            return false;
        }
        loggedAt = now;
        return true;
    }
}
