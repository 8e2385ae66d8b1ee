package io.switchboard.peer;

import io.switchboard.peer.Peer.Traffic;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What has come from one peer so far. The connection's own thread adds, anybody looks, and there is
 * no lock: {@code bytes} is set last and read first, so that who sees it sees the others as they
 * were then, or newer.
 */
final class Arrivals {
    private static final VarHandle BYTES;

    static {
        try {
            BYTES = MethodHandles.lookup().findVarHandle(Arrivals.class, "bytes", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long messages;

    /** {@link System#nanoTime} of what is being handed on, and then of the last that was. */
    private long last = System.nanoTime();

    private volatile long bytes;

    /** Something has come: what is handed on from now on came then. */
    void at(long nanos) {
        last = nanos;
    }

    /** When what is being handed on came. For the thread that adds. */
    long last() {
        return last;
    }

    /** Counts what has come. */
    void add(int newMessages, int newBytes) {
        messages += newMessages;
        BYTES.setRelease(this, (long) BYTES.get(this) + newBytes);
    }

    long bytes() {
        return bytes;
    }

    /** Whether anything has come: a datagram may be empty. */
    private boolean any() {
        return bytes > 0 || messages > 0;
    }

    Traffic traffic() {
        long seen = bytes;
        return new Traffic(messages, seen);
    }

    /** When anything came last; null before the first. */
    @Nullable Instant lastAt() {
        return any() ? WallClock.at(last) : null;
    }

    /** For how long none has come; {@link Long#MAX_VALUE} before the first. */
    long nanosSince(long now) {
        return any() ? now - last : Long.MAX_VALUE;
    }
}
