package io.switchboard.http;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * The turns of work that uses the processor for milliseconds and waits for nothing: parsing a large
 * body, trying a framing, searching the documentation.
 *
 * <p>The virtual threads of requests are not preempted, so that a few clients which repeat such
 * work would keep all other requests waiting for seconds. Therefore half of the processors at most
 * do it, in the order in which the requests came, and only as many have its objects in memory.
 * Thread-safe.
 */
public final class CostlyTurns {
    /** A body of more bytes than this is parsed in a turn. */
    static final int LARGE_BYTES = 64 * 1024;

    /** Fair, so that it is the queue of those that wait. */
    private static final Semaphore TURNS =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

    private CostlyTurns() {}

    /** Waits for a turn and calls this in it. The work must not block. */
    public static <T> T call(Supplier<T> work) {
        TURNS.acquireUninterruptibly();
        try {
            return work.get();
        } finally {
            TURNS.release();
        }
    }

    /** Calls what parses a body of this many bytes; in a turn if it is large. */
    public static <T> T parse(int bytes, Supplier<T> work) {
        return bytes > LARGE_BYTES ? call(work) : work.get();
    }
}
