package io.switchboard.delivery;

/** A client's key stood for another message; nothing was sent. */
public final class KeyReused extends RuntimeException {
    private static final long serialVersionUID = 1;

    KeyReused(String message) {
        super(message);
    }
}
