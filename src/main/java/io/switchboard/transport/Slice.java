package io.switchboard.transport;

import java.util.concurrent.TimeUnit;

/**
 * The part of an event loop's turn that one kind of work may take: one step, and further steps
 * until the time is over. What is left waits for the next turn, so that the loop reads from the
 * sockets that have become ready in between. Used on one loop's thread.
 */
final class Slice {
    private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private boolean begun;
    private long end;

    /** Starts the slice anew, and returns it. */
    Slice start() {
        begun = false;
        return this;
    }

    /** Returns whether another step may be taken. */
    boolean next() {
        if (!begun) {
            begun = true;
            end = System.nanoTime() + NANOS;
            return true;
        }
        return System.nanoTime() - end < 0;
    }
}
