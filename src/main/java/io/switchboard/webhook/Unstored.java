package io.switchboard.webhook;

import io.switchboard.store.StoredBytes;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The events of a durable webhook that are in memory and not yet in the store, and whether there is
 * room for more. Thread-safe.
 *
 * <p>The monitor of this object guards what is reserved of the {@link WebhookQueueBudget}, so that
 * it is released once, even if the backlog's thread ends after its webhook. The sums are read
 * without it.
 */
final class Unstored {
    /** Beyond the limit of the store, events other than messages get one part in so many. */
    private static final int RESERVE = 10;

    private final EventQueueSettings limits;
    private final int maxLifecycleEvents;
    private final StoredBytes stored;
    private final AtomicInteger events = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final WebhookQueueBudget budget;
    private long reserved;
    private boolean closed;

    /**
     * @param peers the maximum number of connected peers; beyond its bound, there is room for a
     *     connected and a closed event of each
     */
    Unstored(EventQueueSettings limits, int peers, StoredBytes stored, WebhookQueueBudget budget) {
        this.limits = limits;
        this.maxLifecycleEvents = limits.queue() + 2 * peers;
        this.stored = stored;
        this.budget = budget;
    }

    void add(int moreEvents, long moreBytes) {
        events.addAndGet(moreEvents);
        bytes.addAndGet(moreBytes);
        reserve(moreBytes);
    }

    /**
     * Reserves memory beside that of the events, for example of the JSON that is being written to
     * the store, or releases it if the number is negative.
     */
    synchronized void reserve(long moreBytes) {
        if (!closed) {
            budget.reserve(moreBytes);
            reserved += moreBytes;
        }
    }

    /** Releases all memory, because nothing is stored any more; idempotent. */
    synchronized void close() {
        closed = true;
        budget.release(reserved);
        reserved = 0;
    }

    /** Returns whether there is no room for a message. */
    boolean full() {
        return events.get() >= limits.queue()
                || bytes.get() >= limits.queueBytes().toBytes()
                || stored.bytes() >= stored.limit()
                || (events.get() > 0 && budget.full());
    }

    /** Returns whether there is no room for an event other than a message. */
    boolean fullForOthers() {
        return events.get() >= maxLifecycleEvents || storeFull();
    }

    /** Returns whether the store itself has no room for an event other than a message. */
    boolean storeFull() {
        return stored.bytes() >= stored.limit() + stored.limit() / RESERVE;
    }

    /** Returns whether a peer whose reading is paused may be read again. */
    boolean halfFree() {
        return events.get() <= limits.queue() / 2
                && bytes.get() <= limits.queueBytes().toBytes() / 2
                && stored.bytes() < stored.limit();
    }

    boolean none() {
        return events.get() == 0 && stored.bytes() < stored.limit();
    }

    int events() {
        return events.get();
    }

    long bytes() {
        return bytes.get();
    }
}
