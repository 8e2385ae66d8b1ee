package io.switchboard.peer;

/**
 * Hears of the life of every peer, each in this order: connected, identified any number of times,
 * closed.
 *
 * <p>Called on the thread on which it happens, possibly an event loop: an implementation returns
 * promptly and never blocks.
 */
public interface PeerObserver {

    /** A connection has become a peer; nothing of what it sends has been read yet. */
    default void connected(PeerSession session) {}

    /** A peer has got a name, or another one. */
    default void identified(PeerSession session) {}

    /** A peer was closed. Events for what it sent before may still follow. */
    default void closed(PeerSession session, Peer last) {}
}
