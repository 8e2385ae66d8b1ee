package io.switchboard.events;

import io.switchboard.inbound.EventPeer;
import io.switchboard.inbound.EventType;
import io.switchboard.inbound.Ring;
import org.jspecify.annotations.Nullable;

/**
 * The latest events, numbered in one order; the oldest make room.
 *
 * <p>This object's monitor lets one thread add at a time, for some tens of nanoseconds and never
 * while anything waits. Reading takes no lock.
 */
final class EventRing {
    private final Ring<Event> ring;
    private final long start;

    /**
     * @param start the number before the first event's
     */
    EventRing(EventProperties limits, long start) {
        this.ring = new Ring<>(limits.buffer(), limits.maxBytes().toBytes(), start);
        this.start = start;
    }

    /** Numbers an event and keeps it. From any thread; see {@link Event} for the parameters. */
    synchronized void add(
            EventType type,
            long nanos,
            EventPeer peer,
            byte @Nullable [] payload,
            @Nullable String reason,
            @Nullable String delivery) {
        ring.add(new Event(ring.last() + 1, type, nanos, peer, payload, reason, delivery));
    }

    /** The number before the first event's. */
    long start() {
        return start;
    }

    /**
     * The number of the oldest event that is kept; one more than {@link #last} before the first.
     */
    long oldest() {
        return ring.oldest();
    }

    /** The number of the latest event. */
    long last() {
        return ring.last();
    }

    /** How many events there have been. */
    long added() {
        return ring.last() - start;
    }

    /**
     * What came after an event and is wanted. Does not wait.
     *
     * @param after the event's number, from {@link #start} to {@link #last}
     * @param mostEvents at most so many
     * @param enoughBytes ends the page where its payloads have so many
     */
    Ring.Page<Event> read(long after, EventFilter filter, int mostEvents, long enoughBytes) {
        return ring.read(after, filter::matches, mostEvents, enoughBytes);
    }
}
