package io.switchboard.peer;

/**
 * Is notified of the life cycle of every peer: connected once, identified any number of times, the
 * end of its stream once at most, closed once.
 *
 * <p>The methods are called on the thread that causes the change, possibly an event loop. An
 * implementation returns promptly and never blocks.
 */
public interface PeerObserver {

    /** Called when a connection has become a peer, before any of its data is read. */
    default void connected(PeerSession session) {}

    /** Called when a peer was given a name that differs from its former one. */
    default void identified(PeerSession session) {}

    /** Called when a peer has ended its stream, after all of its data has been processed. */
    default void inputEnded(PeerSession session) {}

    /** Called when the listener of a peer was changed while it is open. Idempotent. */
    default void listenerChanged(PeerSession session) {}

    /** Called when a peer was closed. Events for messages that it sent before may still follow. */
    default void closed(PeerSession session, PeerSnapshot last) {}
}
