package io.switchboard.peer;

import io.switchboard.peer.Peer.Traffic;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * What has come from one peer so far. The connection's own thread adds, anybody looks, and there is
 * no lock: {@code bytes} is set last and read first, so that who sees it sees the others as they
 * were then, or newer.
 */
final class Arrivals {
    private static final AtomicLongFieldUpdater<Arrivals> BYTES =
            AtomicLongFieldUpdater.newUpdater(Arrivals.class, "bytes");

    private long messages;

    /** {@link System#nanoTime} of what is being handed on, and then of the last that was. */
    private long last = System.nanoTime();

    private volatile long bytes;

    /** Something has come: what is handed on from now on came then. */
    void at(long nanos) {
        last = nanos;
    }

    /** Returns the time of what is being handed on. For the thread that adds. */
    long last() {
        return last;
    }

    void add(int newMessages, int newBytes) {
        messages += newMessages;
        BYTES.lazySet(this, bytes + newBytes); // a release: one thread adds
    }

    long bytes() {
        return bytes;
    }

    Traffic traffic() {
        long seen = bytes;
        return new Traffic(messages, seen);
    }

    /** When anything came last; null before the first. */
    @Nullable Instant lastAt() {
        return traffic().isNone() ? null : WallClock.at(last);
    }

    /** For how long none has come; {@link Long#MAX_VALUE} before the first. */
    long nanosSince(long now) {
        return traffic().isNone() ? Long.MAX_VALUE : now - last;
    }
}
