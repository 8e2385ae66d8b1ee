package io.switchboard.http;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets connections whose next request has always arrived already take turns, in the order in which
 * they ask.
 *
 * <p>Only a few of them are served at the same time, on at most half of the processors. A turn that
 * lasts longer than {@link #longest}, because a request waits for a reply or for its client, does
 * not hold up the next one. Thread-safe.
 */
final class PipelineTurns {
    private final long longest;

    /** Held by the thread whose turn is next; fair, so that it is the queue of the others. */
    private final Lock next = new ReentrantLock(true);

    /** The turns that began last. {@link #next} guards the array and {@code oldest}. */
    private final @Nullable CountDownLatch[] latest;

    private int oldest;

    /**
     * @param parallel the number of turns at the same time
     * @param longest after this many nanoseconds, a turn does not count any more
     */
    PipelineTurns(int parallel, long longest) {
        latest = new CountDownLatch[parallel];
        this.longest = longest;
    }

    /** Waits for a turn. The caller ends it by counting down the latch. */
    CountDownLatch begin() {
        next.lock();
        try {
            CountDownLatch earlier = latest[oldest];
            if (earlier != null) {
                await(earlier);
            }
            CountDownLatch turn = new CountDownLatch(1);
            latest[oldest] = turn;
            oldest = (oldest + 1) % latest.length;
            return turn;
        } finally {
            next.unlock();
        }
    }

    @SuppressWarnings("ResultOfMethodCallIgnored")
    private void await(CountDownLatch earlier) {
        try {
            earlier.await(longest, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
