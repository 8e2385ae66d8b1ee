package io.switchboard.peer;

import io.switchboard.net.Endpoint;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The bound socket of a listener. Each transport implements it. */
public interface ListenerSocket {
    /** A datagram socket without connections: a peer is identified by its address (sendto(2)). */
    interface UnconnectedSocket extends ListenerSocket {

        /** Returns the live peer with this address; empty if there is none. Thread-safe. */
        Optional<PeerSession> peer(InetSocketAddress address);

        /** Returns whether it is allowed to send to an address that sent nothing. Thread-safe. */
        boolean allows(InetSocketAddress address);

        /**
         * Returns the peer with an {@linkplain #allows allowed} address, which this opens if there
         * is none. The future completes soon; it is empty if the listener is full or stopping.
         * Thread-safe.
         *
         * @param permitted whether a new peer may be opened; asked right before, on the loop. If
         *     not, the future is empty.
         * @param named whether a new peer may get a name by its address and by what it sends
         */
        CompletableFuture<Optional<PeerSession>> open(
                InetSocketAddress address, BooleanSupplier permitted, boolean named);
    }

    /** Returns the bound address; null before the socket is bound and after it is closed. */
    @Nullable SocketAddress socketAddress();

    /**
     * Returns the address at which a connection or a datagram could be a peer's of this socket;
     * null if there is none. It is set before the kernel accepts connections there, and as long as
     * the socket is lost or its peers are being closed. Port 0 means any port.
     */
    default @Nullable SocketAddress reservedAddress() {
        return socketAddress();
    }

    /** Returns {@link #socketAddress} as an endpoint; null if the socket is not bound. */
    default @Nullable Endpoint address() {
        SocketAddress bound = socketAddress();
        return bound == null ? null : Endpoint.of(bound);
    }

    /** Returns whether new peers are accepted now. */
    boolean listening();

    /** Returns the backlog that was passed to listen(2). */
    int backlog();

    /** Returns the length of the longest frame that can be sent, in bytes, framing included. */
    default int longestSend() {
        return Integer.MAX_VALUE;
    }
}
