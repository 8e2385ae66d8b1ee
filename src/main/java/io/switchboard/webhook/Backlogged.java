package io.switchboard.webhook;

import io.switchboard.webhook.QueuedEvent.Source;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a {@link Backlog} knows of the events of one source. The monitor of the backlog guards the
 * fields, except the number of undelivered events.
 */
final class Backlogged {
    private final Source source;
    private final AtomicInteger undelivered = new AtomicInteger();

    /** The events that were added and are not yet in the store. */
    int unstored;

    /** Whether the store has events up to the position of the scan that are not in memory. */
    boolean rest;

    /** The number of the last event that was placed in memory. */
    long lastSeq = Long.MIN_VALUE;

    Backlogged(Source source) {
        this.source = source;
    }

    Source source() {
        return source;
    }

    /** Counts an event of a connected peer that was added, or delivered or dropped. */
    void undelivered(int more) {
        undelivered.addAndGet(more);
    }

    /** Returns the events of a connected peer that the back end has not accepted. */
    int undelivered() {
        return undelivered.get();
    }
}
