package io.switchboard;

/** A key under {@code switchboard.} that nothing reads. */
final class UnknownKeyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String key;
    private final String nearest;

    UnknownKeyException(String key, String nearest) {
        super("unknown key " + key);
        this.key = key;
        this.nearest = nearest;
    }

    String key() {
        return key;
    }

    String nearest() {
        return nearest;
    }
}
