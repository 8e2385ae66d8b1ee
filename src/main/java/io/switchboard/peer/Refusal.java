package io.switchboard.peer;

import io.switchboard.peer.Receipt.Failure;

/** Why an outbox did not take a message: none of its bytes were or will be written. */
public enum Refusal implements Failure {
    /** The peer's outbox holds as much as it may. */
    OUTBOX_FULL,
    /** All outboxes together hold as much as they may. */
    MEMORY_FULL,
    /** The framing of the peer's listener cannot carry it. */
    BAD_PAYLOAD,
    /** The peer is being closed: what it holds is flushed and nothing more is taken. */
    DRAINING,
    /** The peer is closed. */
    CLOSED
}
