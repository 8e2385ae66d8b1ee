package io.switchboard.peer;

/**
 * How much went one way.
 *
 * @param messages frames
 * @param bytes what the socket carried, framing included
 */
public record Traffic(long messages, long bytes) {
    static final Traffic NONE = new Traffic(0, 0);

    /** Whether nothing went: a datagram may be empty. */
    boolean isNone() {
        return messages == 0 && bytes == 0;
    }
}
