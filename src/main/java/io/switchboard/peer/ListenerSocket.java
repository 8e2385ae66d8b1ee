package io.switchboard.peer;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The bound socket behind a listener, as its transport sees it. */
public interface ListenerSocket {
    /**
     * A listener's socket that peers do not connect to: each is known by its address (sendto(2)).
     */
    interface UnconnectedSocket extends ListenerSocket {

        /** The live peer of this address; nothing where none is. Any thread. */
        Optional<PeerSession> peer(InetSocketAddress address);

        /** Whether this address may be sent to although nothing has come from it. Any thread. */
        boolean allows(InetSocketAddress address);

        /**
         * The peer of this address, which is opened where there is none. Any thread; what is
         * returned completes soon.
         *
         * @param address {@linkplain #allows allowed}
         * @return nothing where the listener takes no more peers, or is being stopped
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
