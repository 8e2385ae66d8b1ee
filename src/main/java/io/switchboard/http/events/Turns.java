package io.switchboard.http.events;

import java.util.concurrent.Semaphore;

/**
 * Lets a few subscribers at a time encode and write events, in the order in which they ask.
 *
 * <p>Virtual threads run in the order in which they become runnable. If an event made the threads
 * of a thousand subscribers runnable at once, an HTTP request on another virtual thread would wait
 * for all of them; so the others wait here, where they are not runnable. At most half of the
 * processors write events. Thread-safe.
 */
final class Turns {
    private final Semaphore free =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

    /** Waits for a turn, which the caller must {@link #end}, and must not wait for a client in. */
    void begin() {
        free.acquireUninterruptibly();
    }

    void end() {
        free.release();
    }
}
