package io.switchboard.webhook;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Schedules the next attempt to post an event that the back end did not accept.
 *
 * <p>The delay is random, between zero and a limit that doubles with each attempt ("full jitter",
 * which spreads out attempts that failed at the same time), or the delay that the back end asked
 * for, if that is longer. An event that waits for its next attempt occupies no thread. Thread-safe.
 */
final class WebhookRetries {
    private static final Duration INITIAL_BACKOFF = Duration.ofMillis(100);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(10);
    private static final int MAX_DOUBLINGS = 7;

    /** Shorter than {@link #MAX_BACKOFF}, because a stop waits only a few seconds. */
    private static final Duration MAX_BACKOFF_WHEN_STOPPING = Duration.ofMillis(250);

    private final WebhookQueue queue;
    private final BiConsumer<Runnable, Duration> scheduler;
    private final Consumer<WebhookQueue.AddResult> resumed;
    private volatile boolean stopping;

    /**
     * @param scheduler runs a task on any thread after a delay
     * @param resumed called when a peer's queue is ready again; starts a worker if one is needed
     */
    WebhookRetries(
            WebhookQueue queue,
            BiConsumer<Runnable, Duration> scheduler,
            Consumer<WebhookQueue.AddResult> resumed) {
        this.queue = queue;
        this.scheduler = scheduler;
        this.resumed = resumed;
    }

    /**
     * Schedules the next attempt at the first event of a peer's queue.
     *
     * @param earlierAttempts the number of attempts before the one that has failed
     * @param retryAfter the delay that the back end asked for; zero if it asked for none
     * @param left the nanoseconds until the event must be given up
     * @return false if the time for the event has passed, and it must be given up
     */
    boolean schedule(
            WebhookQueue.PeerEventQueue peerQueue,
            int earlierAttempts,
            Duration retryAfter,
            long left) {
        if (left <= 0) {
            return false;
        }
        queue.backOff(peerQueue);
        // stopping is read after backOff(): stop() sets it before it retries the queues that back
        // off, so that a queue that stop() misses finds it set
        long pause = Math.max(backoffNanos(earlierAttempts), stopping ? 0 : retryAfter.toNanos());
        scheduler.accept(
                () -> resumed.accept(queue.retry(peerQueue)),
                Duration.ofNanos(Math.min(pause, left)));
        return true;
    }

    private long backoffNanos(int earlierAttempts) {
        Duration limit =
                INITIAL_BACKOFF.multipliedBy(1L << Math.min(earlierAttempts, MAX_DOUBLINGS));
        Duration last = stopping ? MAX_BACKOFF_WHEN_STOPPING : MAX_BACKOFF;
        long nanos = Math.min(limit.toNanos(), last.toNanos());
        return ThreadLocalRandom.current().nextLong(nanos + 1);
    }

    /** Retries at once all events that wait, and later ones after short delays only. */
    void stop() {
        stopping = true;
        queue.backingOff().forEach(peerQueue -> resumed.accept(queue.retry(peerQueue)));
    }
}
