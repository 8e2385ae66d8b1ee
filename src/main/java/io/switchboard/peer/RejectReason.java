package io.switchboard.peer;

import io.switchboard.peer.DeliveryCallback.Failure;

/** The reason why a message was refused. None of its bytes were or will be written. */
public enum RejectReason implements Failure {
    /** The peer's outbox has reached its limit. */
    OUTBOX_FULL,
    /** All outboxes together have reached their limit. */
    MEMORY_FULL,
    /** The framing of the peer's listener cannot represent the payload. */
    BAD_PAYLOAD,
    /** The peer is being closed: its outbox is flushed and accepts no further messages. */
    DRAINING,
    /** The peer has ended its stream, and gets only the answers to what it sent. */
    HALF_CLOSED,
    /** An earlier message has ended the output of the peer's connection. */
    FINISHED,
    /** The peer is closed. */
    CLOSED
}
