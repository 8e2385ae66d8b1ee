package io.switchboard.webhook;

import io.switchboard.store.StoredBytes;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The events of a durable webhook that are in memory and not yet in the store, and whether there is
 * room for more. Thread-safe.
 */
final class Unstored {
    /** Beyond the limit of the store, events other than messages get one part in so many. */
    private static final int RESERVE = 10;

    private final EventQueueSettings limits;
    private final int maxLifecycleEvents;
    private final StoredBytes stored;
    private final AtomicInteger events = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    /**
     * @param peers the maximum number of connected peers; beyond its bound, there is room for a
     *     connected and a closed event of each
     */
    Unstored(EventQueueSettings limits, int peers, StoredBytes stored) {
        this.limits = limits;
        this.maxLifecycleEvents = limits.queue() + 2 * peers;
        this.stored = stored;
    }

    void add(int moreEvents, long moreBytes) {
        events.addAndGet(moreEvents);
        bytes.addAndGet(moreBytes);
    }

    /** Returns whether there is no room for a message. */
    boolean full() {
        return events.get() >= limits.queue()
                || bytes.get() >= limits.queueBytes().toBytes()
                || stored.bytes() >= stored.limit();
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
