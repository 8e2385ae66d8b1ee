package io.switchboard.http;

import java.io.Closeable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The turns of work that uses the processor for milliseconds: reading and parsing a large body,
 * trying a framing, searching the documentation.
 *
 * <p>The virtual threads of requests are not preempted, so that a few clients which repeat such
 * work would keep all other requests waiting for seconds. Therefore half of the processors at most
 * do it, in the order in which the requests came, and only as many have the objects of parsing in
 * memory. Thread-safe.
 */
public final class CostlyTurns {
    /** A body of more bytes than this is read in turns of this many bytes, and parsed in a turn. */
    public static final int LARGE_BYTES = 64 * 1024;

    /** A turn of reading ends with the first read that ends later than this, in nanoseconds. */
    private static final long READING = TimeUnit.MILLISECONDS.toNanos(1);

    private static final TurnQueue TURNS = new TurnQueue(TurnQueue.HALF_OF_PROCESSORS);

    private CostlyTurns() {}

    /** Waits for a turn and calls this in it. The work must not block. */
    public static <T> T call(Supplier<T> work) {
        try (TurnQueue.Turn _ = TURNS.begin(Long.MAX_VALUE)) {
            return work.get();
        }
    }

    /** Calls what parses a body of this many bytes; in a turn if it is large. */
    public static <T> T parse(int bytes, Supplier<T> work) {
        return bytes > LARGE_BYTES ? call(work) : work.get();
    }

    /**
     * The turns of a thread that reads a body. The first {@link #LARGE_BYTES} need none. A turn in
     * which the thread waits for its client does not hold up others for more than 2 ms. One thread
     * uses it.
     */
    public static final class Reading implements Closeable {
        private int bytes;
        private TurnQueue.@Nullable Turn turn;

        /** Called after each read. Waits for the next turn if one is over. */
        public void read(int count) {
            bytes += count;
            if (bytes >= LARGE_BYTES || (turn != null && turn.nanos() > READING)) {
                close();
                bytes = 0;
                turn = TURNS.begin(2 * READING);
            }
        }

        /** Ends the turn, if there is one. */
        @Override
        public void close() {
            if (turn != null) {
                turn.close();
                turn = null;
            }
        }
    }
}
