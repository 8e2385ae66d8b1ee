package io.switchboard.transport;

/** A component that accepts new connections on one listening socket. */
public interface Acceptor {

    /**
     * Closes the listening socket. The connected peers stay connected. Idempotent; may be called
     * from any thread.
     */
    void stopAccepting();
}
