package io.switchboard.peer;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The bound socket behind a listener, as its transport sees it. */
public interface ListenerSocket {
    /** A listener's socket without connections: each peer is known by its address (sendto(2)). */
    interface UnconnectedSocket extends ListenerSocket {

        /** Returns the live peer of this address; empty if there is none. Any thread. */
        Optional<PeerSession> peer(InetSocketAddress address);

        /** Whether this address may be sent to although nothing has come from it. Any thread. */
        boolean allows(InetSocketAddress address);

        /**
         * Returns the peer of an {@linkplain #allows allowed} address, opened if there is none. Any
         * thread; completes soon, empty if the listener is full or stopping.
         */
        CompletableFuture<Optional<PeerSession>> open(InetSocketAddress address);
    }

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
