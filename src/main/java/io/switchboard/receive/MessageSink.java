package io.switchboard.receive;

import io.switchboard.peer.PeerSession;
import java.util.List;

/** Receives every message that is not the reply to a waiting request. */
public interface MessageSink {

    /**
     * Called on the peer's event loop, in the order in which the peer sent the messages; never
     * blocks. A sink with a bounded queue sets a {@linkplain io.switchboard.peer.ReadPause.ReadGate
     * read gate}, so that reading pauses while the queue is full.
     */
    void message(PeerSession session, InboundMessage message);

    /**
     * Receives messages that the peer has sent without a pause, as {@link #message} receives each
     * of them. Called with at least one message; a sink does not keep the list.
     */
    default void messages(PeerSession session, List<InboundMessage> messages) {
        for (InboundMessage each : messages) {
            message(session, each);
        }
    }
}
