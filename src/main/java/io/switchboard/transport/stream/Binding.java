package io.switchboard.transport.stream;

import io.switchboard.transport.BindFailure;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;

/** The address that a listener is to be bound to. */
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
}
