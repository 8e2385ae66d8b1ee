package io.switchboard.inbound;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The latest messages of one peer, the oldest forgotten first. The peer's event loop adds, without
 * a lock; this object's monitor guards {@code closed}, and who waits in a long poll waits on it.
 *
 * <p>Race: a message while a reader falls asleep. The reader says that it waits, then looks for
 * messages once more; the loop adds the message, then looks whether anybody waits.
 */
public final class History {

    /**
     * What a reader gets.
     *
     * @param messages the oldest first
     * @param next the sequence number to read on after
     * @param missed how many messages after the one asked for are forgotten already
     */
    public record Page(List<InboundMessage> messages, long next, long missed) {}

    private final Ring<InboundMessage> ring;

    /** Written under the monitor. */
    private volatile int waiting;

    private boolean closed;

    History(HistoryProperties limits) {
        this.ring = new Ring<>(limits.maxMessages(), limits.maxBytes().toBytes(), 0);
    }

    /**
     * Keeps a message, and numbers it. Called on the peer's event loop.
     *
     * @param nanos {@link System#nanoTime} when the last of it came
     */
    InboundMessage add(byte[] payload, long nanos) {
        InboundMessage message = new InboundMessage(ring.last() + 1, nanos, payload);
        ring.add(message);
        if (waiting > 0) {
            wake();
        }
        return message;
    }

    private synchronized void wake() {
        notifyAll();
    }

    /** The peer is closed: nobody need wait for more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** Bytes of what is kept. */
    long bytes() {
        return ring.bytes();
    }

    /**
     * What came after a message.
     *
     * @param after its sequence number; 0 for all that is kept
     * @param limit at most so many
     * @param wait how long to wait for the first, as long as the peer is not closed; blocks the
     *     calling thread, which should be a virtual one
     */
    public Page read(long after, int limit, Duration wait) throws InterruptedException {
        if (wait.isPositive()) {
            await(after, wait);
        }
        Ring.Page<InboundMessage> page =
                ring.read(Math.min(after, ring.last()), _ -> true, limit, Long.MAX_VALUE);
        return new Page(page.items(), page.next(), page.missed());
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // it is written under the monitor only
    private synchronized void await(long after, Duration wait) throws InterruptedException {
        long end = System.nanoTime() + wait.toNanos();
        waiting++;
        try {
            for (long left = wait.toNanos();
                    ring.last() <= after && !closed && left > 0;
                    left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } finally {
            waiting--;
        }
    }
}
