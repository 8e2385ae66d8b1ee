package io.switchboard.events;

import io.switchboard.inbound.EventPeer;
import io.switchboard.inbound.EventType;
import io.switchboard.inbound.Ring;
import org.jspecify.annotations.Nullable;

/**
 * The latest events, numbered in one order; the oldest are removed first.
 *
 * <p>This object's monitor lets one thread add at a time, for some tens of nanoseconds and never
 * while anything waits. Reading takes no lock.
 */
final class EventRing {
    private final Ring<Event> ring;
    private final long start;

    /**
     * @param start the number before that of the first event
     */
    EventRing(EventProperties limits, long start) {
        this.ring = new Ring<>(limits.buffer(), limits.maxBytes().toBytes(), start);
        this.start = start;
    }

    /** Numbers an event and adds it. Called from any thread; {@link Event} has the parameters. */
    synchronized void add(
            EventType type,
            long nanos,
            EventPeer peer,
            byte @Nullable [] payload,
            @Nullable String reason,
            @Nullable String delivery) {
        ring.add(new Event(ring.last() + 1, type, nanos, peer, payload, reason, delivery));
    }

    /** Returns the number before that of the first event. */
    long start() {
        return start;
    }

    /**
     * Returns the number of the oldest event that is kept, or one more than {@link #last} before
     * the first event.
     */
    long oldest() {
        return ring.oldest();
    }

    /** Returns the number of the latest event. */
    long last() {
        return ring.last();
    }

    /** Returns the number of events since the start. */
    long added() {
        return ring.last() - start;
    }

    /**
     * Returns the events after this one that the filter selects. Does not wait.
     *
     * @param after the event's number, from {@link #start} to {@link #last}
     * @param mostEvents the most events in a page
     * @param enoughBytes a page ends when its payloads have this size
     */
    Ring.Page<Event> read(long after, EventFilter filter, int mostEvents, long enoughBytes) {
        return ring.read(after, filter::matches, mostEvents, enoughBytes);
    }
}
