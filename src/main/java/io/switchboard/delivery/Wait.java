package io.switchboard.delivery;

/** How far a message must have come before its sender gets an answer. */
public enum Wait {
    /** The outbox holds it. */
    QUEUED,
    /** The kernel took every byte. */
    WRITTEN,
    /** The peer's TCP acknowledged every byte. */
    ACKED,
    /** The peer has answered with a frame. */
    REPLY
}
