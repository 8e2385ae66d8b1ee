package io.switchboard.peer;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The bound socket behind a listener, as its transport sees it. */
public interface ListenerSocket {

    /** Where it is bound; null before it is and after it was closed. */
    @Nullable SocketAddress socketAddress();

    /** The same, as people read it. */
    default @Nullable Endpoint address() {
        SocketAddress bound = socketAddress();
        return bound == null ? null : Endpoint.of(bound);
    }

    /** Whether a peer that connects now is accepted. */
    boolean listening();

    /** How many connections may wait to be accepted, as asked of listen(2). */
    int backlog();

    /** Bytes of the longest frame that its peers can be sent, framing included. */
    default int longestSend() {
        return Integer.MAX_VALUE;
    }
}
