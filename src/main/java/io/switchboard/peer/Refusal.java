package io.switchboard.peer;

import io.switchboard.peer.Receipt.Failure;

/** Why an outbox did not take a message: none of its bytes were or will be written. */
public enum Refusal implements Failure {
    /** The peer's outbox holds as much as it may. */
    OUTBOX_FULL("outbox_full"),
    /** All outboxes together hold as much as they may. */
    MEMORY_FULL("memory_full"),
    /** The framing of the peer's listener cannot carry it. */
    BAD_PAYLOAD("bad_payload"),
    /** The peer is being closed: what it holds is flushed and nothing more is taken. */
    DRAINING("draining"),
    /** The peer is closed. */
    CLOSED("closed");

    private final String word;

    Refusal(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
