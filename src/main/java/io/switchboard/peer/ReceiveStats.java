package io.switchboard.peer;

import io.switchboard.peer.PeerSnapshot.Traffic;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Counts the data received from one peer. The thread that reads the connection writes; any thread
 * may read without a lock. {@code bytes} is written last and read first, so a reader of its value
 * sees the values that the other fields had then, or newer ones.
 */
public final class ReceiveStats {
    private static final AtomicLongFieldUpdater<ReceiveStats> BYTES =
            AtomicLongFieldUpdater.newUpdater(ReceiveStats.class, "bytes");

    private long messages;

    /** {@link System#nanoTime} at which the data that is or was processed last was received. */
    private long lastNanos = System.nanoTime();

    private volatile long bytes;

    private final ListenerCounters counters;

    ReceiveStats(ListenerCounters counters) {
        this.counters = counters;
    }

    /**
     * Sets the time, a value of {@link System#nanoTime}, at which the bytes that are processed next
     * were received. Called by the connection's thread.
     */
    public void arrived(long nanos) {
        lastNanos = nanos;
    }

    /** Returns when the data that is processed now was received. Called by that thread only. */
    public long lastNanos() {
        return lastNanos;
    }

    /** Counts received frames, and bytes with framing. Called by the connection's thread. */
    public void add(int newMessages, int newBytes) {
        counters.received(newMessages, newBytes);
        messages += newMessages;
        BYTES.lazySet(this, bytes + newBytes); // a release store; only one thread writes
    }

    long bytes() {
        return bytes;
    }

    Traffic traffic() {
        long seen = bytes;
        return new Traffic(messages, seen);
    }

    /** Returns when data was last received; null before the first. */
    @Nullable Instant lastAt() {
        return traffic().isNone() ? null : WallClock.at(lastNanos);
    }

    /** Returns the time since data was last received; {@link Long#MAX_VALUE} before the first. */
    long nanosSince(long now) {
        return traffic().isNone() ? Long.MAX_VALUE : now - lastNanos;
    }
}
