package io.switchboard.transport.stream;

import io.switchboard.peer.SocketOptions;
import io.switchboard.transport.BindFailure;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The address that a listener is to be bound to, and the options of sockets of its kind. */
interface Binding {

    /**
     * Binds and listens.
     *
     * @param backlog how many connections may wait to be accepted, as asked of listen(2)
     * @return blocking
     * @throws BindFailure the address cannot be bound
     */
    ServerSocketChannel bind(int backlog);

    /**
     * Binds again what was bound and is closed, at the same address.
     *
     * @throws BindFailure it cannot be had any more
     */
    default ServerSocketChannel bindAgain(SocketAddress before, int backlog) {
        return bind(backlog);
    }

    /** Whether those who connect to the address still reach what was bound. */
    default boolean isIntact() {
        return true;
    }

    /** Leaves nothing behind of what was bound; called when that is closed. Idempotent. */
    default void unbind() {}

    /** Sets the options of a new connection that Spring Integration has no setting for. */
    default void prepare(SocketChannel connected) throws IOException {}

    /** What the kernel knows of the far end beyond its address. */
    default Introduction introduction(SocketChannel connected) throws IOException {
        return Introduction.NONE;
    }

    /** The options of a connection as they are now. */
    default SocketOptions options(SocketChannel connected) throws IOException {
        return new SocketOptions(
                connected.getOption(StandardSocketOptions.SO_SNDBUF),
                connected.getOption(StandardSocketOptions.SO_RCVBUF),
                null,
                null);
    }
}
