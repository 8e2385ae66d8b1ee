package io.switchboard.events;

import io.switchboard.receive.InboundMessage;
import io.switchboard.receive.Ring;
import java.lang.invoke.VarHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The buffer of this node's latest events, numbered in one order; the oldest are removed first.
 *
 * <p>This object's monitor serializes the threads that add. It is held for some tens of nanoseconds
 * for each event, of which a batch has 128 at most, and never during a wait. Reading takes no lock.
 */
final class EventRing extends Ring<Event> {
    private final long start;

    /**
     * @param start the number before that of the first event
     */
    EventRing(EventProperties limits, long start) {
        super(limits.buffer(), limits.bufferMaxBytes(), start);
        this.start = start;
    }

    /** Numbers an event and adds it. Any thread may call it. {@link Event} has the parameters. */
    synchronized void add(
            EventType type,
            long nanos,
            EventPeer peer,
            byte @Nullable [] payload,
            boolean incomplete,
            @Nullable String reason,
            @Nullable String delivery) {
        add(new Event(last() + 1, type, nanos, peer, payload, incomplete, reason, delivery));
    }

    /** Numbers events of messages of one peer and adds them. Any thread may call it. */
    synchronized void add(EventPeer peer, List<InboundMessage> messages) {
        long seq = last();
        for (InboundMessage each : messages) {
            seq++;
            append(
                    new Event(
                            seq,
                            EventType.MESSAGE,
                            each.nanos(),
                            peer,
                            each.payload(),
                            each.incomplete(),
                            null,
                            null));
        }
        VarHandle.fullFence(); // a sleeping waker is seen, or sees the events
    }

    /** Numbers an event of a stored message and adds it. Any thread may call it. */
    synchronized void add(EventType type, @Nullable EventPeer peer, Event.Stored stored) {
        add(Event.stored(last() + 1, type, peer, stored));
    }

    /** Returns the number before that of the first event. */
    long start() {
        return start;
    }

    /** Returns the number of events that were added since the start. */
    long added() {
        return last() - start;
    }
}
