package io.switchboard.transport;

/** What takes new connections in. */
public interface Acceptor {

    /** Closes the listening socket; peers stay. Idempotent, from any thread. */
    void stopAccepting();
}
