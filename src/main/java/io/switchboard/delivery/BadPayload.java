package io.switchboard.delivery;

/** A payload that the framing cannot carry; nothing was sent. The message says why. */
public final class BadPayload extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadPayload(String message) {
        super(message);
    }
}
