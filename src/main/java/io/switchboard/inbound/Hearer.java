package io.switchboard.inbound;

import io.switchboard.peer.PeerSession;

/** Hears every message that is no answer to somebody's question. */
public interface Hearer {

    /**
     * Called on the peer's event loop, in the order in which the peer sent them; never blocks. Who
     * has a bounded queue is the {@linkplain PeerSession#intake intake} of the sessions it hears
     * of.
     */
    void message(PeerSession session, InboundMessage message);
}
