package io.switchboard.inbound;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The latest messages of one peer, the oldest forgotten first. This object's monitor guards it; it
 * is held for a few operations on the ring, and while a long poll waits it is not.
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

    private final int maxMessages;
    private final long maxBytes;
    private final Deque<InboundMessage> kept = new ArrayDeque<>(4);
    private long bytes;
    private long last;
    private int waiting;
    private boolean closed;

    History(HistoryProperties limits) {
        this.maxMessages = limits.maxMessages();
        this.maxBytes = limits.maxBytes().toBytes();
    }

    /** Keeps a message, and numbers it. Called on the peer's event loop. */
    synchronized InboundMessage add(byte[] payload) {
        InboundMessage message = new InboundMessage(++last, System.nanoTime(), payload);
        kept.addLast(message);
        bytes += payload.length;
        while (kept.size() > maxMessages || (bytes > maxBytes && kept.size() > 1)) {
            bytes -= kept.removeFirst().payload().length;
        }
        if (waiting > 0) {
            notifyAll();
        }
        return message;
    }

    /** The peer is closed: nobody need wait for more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** Bytes of what is kept. */
    synchronized long bytes() {
        return bytes;
    }

    /**
     * What came after a message.
     *
     * @param after its sequence number; 0 for all that is kept
     * @param limit at most so many
     * @param wait how long to wait for the first, as long as the peer is not closed; blocks the
     *     calling thread, which should be a virtual one
     */
    public synchronized Page read(long after, int limit, Duration wait)
            throws InterruptedException {
        long end = System.nanoTime() + wait.toNanos();
        waiting++;
        try {
            for (long left = wait.toNanos();
                    last <= after && !closed && left > 0;
                    left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } finally {
            waiting--;
        }
        return page(after, limit);
    }

    private Page page(long after, int limit) {
        List<InboundMessage> page = new ArrayList<>();
        long missed = 0;
        for (InboundMessage message : kept) {
            if (message.seq() > after && page.size() < limit) {
                if (page.isEmpty()) {
                    missed = message.seq() - after - 1;
                }
                page.add(message);
            }
        }
        return new Page(
                page, page.isEmpty() ? Math.min(after, last) : page.getLast().seq(), missed);
    }
}
