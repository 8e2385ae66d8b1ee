package io.switchboard.inbound;

/** What becomes of messages when a webhook's queue is full. */
public enum WhenFull {
    /** Nothing more is read of peers that send until half of the queue is free. */
    PAUSE_READING,
    /** They are dropped, and counted. */
    DROP
}
