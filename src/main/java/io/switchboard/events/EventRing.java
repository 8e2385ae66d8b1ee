package io.switchboard.events;

import io.switchboard.inbound.Event;
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
final class EventRing extends Ring<Event> {
    private final long start;

    /**
     * @param start the number before that of the first event
     */
    EventRing(EventProperties limits, long start) {
        super(limits.buffer(), limits.maxBytes().toBytes(), start);
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
        add(new Event(last() + 1, type, nanos, peer, payload, reason, delivery));
    }

    /** Returns the number before that of the first event. */
    long start() {
        return start;
    }

    long added() {
        return last() - start;
    }
}
