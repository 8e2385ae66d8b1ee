package io.switchboard.events;

import io.switchboard.peer.PeerSession;
import io.switchboard.store.Transaction;
import org.jspecify.annotations.Nullable;

/** Receives all events except {@code CONNECTED} and {@code MESSAGE}. */
public interface EventSink {

    /**
     * Receives an event on the thread that caused it, which may hold a lock. Must not block.
     *
     * @param reason the code of the reason; null if the type has none
     */
    void event(PeerSession session, EventType type, @Nullable String reason);

    /**
     * Stores an event of a stored message in the transaction that changes the message, if this sink
     * keeps the event in the same database. {@link #stored} follows after the commit.
     */
    void store(
            Transaction in,
            EventType type,
            Event.Stored message,
            @Nullable PeerSession session,
            @Nullable String listener);

    /**
     * Receives an event of a stored message. Called without a lock; must not block.
     *
     * @param session the peer that has the message; null if there is none
     * @param listener the listener where the name of the message was last seen; null if that is not
     *     known
     */
    void stored(
            EventType type,
            Event.Stored message,
            @Nullable PeerSession session,
            @Nullable String listener);
}
