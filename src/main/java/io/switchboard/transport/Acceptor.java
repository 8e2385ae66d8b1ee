package io.switchboard.transport;

import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerSocket;
import io.switchboard.transport.config.ConfiguredListener;

/** A listening socket that accepts new peers, and the configuration of its listener. */
public interface Acceptor extends ListenerSocket {

    /** Returns the listener of this socket, as {@link #change} has left it. */
    Listener listener();

    /** Returns the configuration that applies now. */
    ConfiguredListener configured();

    /**
     * Applies a configuration that needs no new socket, to the peers as well. Calls for one
     * listener must not run at the same time.
     */
    void change(ConfiguredListener next);

    /**
     * Closes the listening socket. The connected peers stay connected. Idempotent; may be called
     * from any thread.
     */
    void stopAccepting();

    /**
     * Binds the address and accepts peers.
     *
     * @throws io.switchboard.transport.config.BindFailure the address cannot be bound
     */
    void start();

    /** Closes the socket and the peers that are left; returns when the address is free. */
    void stop();
}
