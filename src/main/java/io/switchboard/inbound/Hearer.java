package io.switchboard.inbound;

import io.switchboard.peer.PeerSession;

/** Hears every message that is no answer to somebody's question. */
interface Hearer {

    /**
     * Called on the peer's event loop, in the order in which the peer sent them; never blocks. Who
     * cannot take more has the peer's reading paused.
     */
    void message(PeerSession session, InboundMessage message);
}
