package io.switchboard.bench;

/**
 * Ends the run without a report, because its figures would be worthless. Examples are a line that a
 * contestant lost, duplicated or reordered, and a step that exceeded its timeout.
 */
public final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BenchException(String message) {
        super(message);
    }

    public BenchException(String message, Throwable cause) {
        super(message, cause);
    }
}
