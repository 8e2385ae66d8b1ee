package io.switchboard.bench;

/** The run is worth nothing: something was lost, came twice or out of order, or took too long. */
final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Failed(String message) {
        super(message);
    }

    Failed(String message, Throwable cause) {
        super(message, cause);
    }
}
