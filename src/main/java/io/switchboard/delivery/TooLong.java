package io.switchboard.delivery;

/** A message longer than what some target can be sent; nothing was sent. The message says more. */
public final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLong(String message) {
        super(message);
    }
}
