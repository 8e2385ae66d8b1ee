package io.switchboard.inbound;

import io.switchboard.peer.PeerSession;
import org.jspecify.annotations.Nullable;

/** Receives the events of peers between their connecting and their closing, but no messages. */
public interface PeerEventSink {

    /**
     * Called on the thread that caused the event, perhaps under a lock; never blocks.
     *
     * @param reason one word; null if the type has none
     */
    void event(PeerSession session, EventType type, @Nullable String reason);
}
