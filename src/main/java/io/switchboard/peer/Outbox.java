package io.switchboard.peer;

import io.switchboard.peer.Peer.Traffic;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one peer: bounded, in order, one writer at a time.
 *
 * <pre>
 *         offer: the sender writes itself
 *   IDLE ─────────────────────────────────▶ WRITING ◀────────────┐
 *     ▲                                      │   │               │ the socket is writable:
 *     └──────── nothing waits any more ──────┘   │               │ its loop writes
 *                                                ▼               │
 *               the kernel's buffer is full: BLOCKED ────────────┘
 *
 *   any ── close ──▶ CLOSED
 * </pre>
 *
 * <p>The lock is this object's monitor. It guards every field and the queue, and is never held
 * during I/O: whoever moved the state to WRITING owns the socket's writing side and the head of the
 * queue until it moves the state on. Three races have rules:
 *
 * <ul>
 *   <li>An offer while a thread writes is queued; the writer looks at the queue again, under the
 *       lock, before it lets go.
 *   <li>A close while a thread writes leaves the queue to the writer, which alone knows what the
 *       kernel took and settles it on its return.
 *   <li>A close while nobody writes fails what is queued.
 * </ul>
 */
final class Outbox {
    private static final int GATHER_BUFFERS = 64;

    /** How often a sender writes what others queued meanwhile before it leaves that to the loop. */
    private static final int ROUNDS = 16;

    private enum State {
        IDLE,
        WRITING,
        BLOCKED,
        CLOSED
    }

    private enum Next {
        DONE,
        AGAIN,
        WHEN_WRITABLE,
        DRAINED
    }

    private final PeerSession session;
    private final Link link;
    private final OutboxQueue queue;

    private State state = State.IDLE;
    private boolean draining;
    private CloseReason closeReason = CloseReason.INTERNAL_ERROR;
    private boolean stalled;
    private long stalledAt;
    private long lastSent;

    Outbox(PeerSession session, Link link, OutboxProperties limits, OutboxBudget budget) {
        this.session = session;
        this.link = link;
        this.queue = new OutboxQueue(session, limits, budget);
    }

    /**
     * Sends, or keeps, or refuses. Writes on the calling thread when nothing else waits; never
     * blocks.
     *
     * @param view {@link Frames#view} of these frames; its position is the same afterwards
     * @return true when the kernel took every byte at once, and no receipt was or will be called;
     *     false when the receipts tell what became of each delivery
     */
    boolean offer(Frames frames, ByteBuffer view) {
        synchronized (this) {
            if (state != State.IDLE || draining) {
                offerEach(frames);
                return false;
            }
            state = State.WRITING;
            if (link.keepsMessages()) {
                queue.addAll(frames);
            } else {
                queue.begin(frames);
            }
        }
        if (link.keepsMessages()) {
            carryOn(Next.AGAIN);
            return false;
        }
        int start = view.position();
        try {
            link.write(view);
        } catch (IOException | RuntimeException | Error e) {
            session.broken(e);
        }
        // by the position, which also tells what went before a failure
        int taken = view.position() - start;
        view.position(start);
        boolean all = taken == frames.size();
        Next next;
        synchronized (this) {
            if (all) {
                queue.wrote(frames);
            } else {
                queue.keepRest(frames, taken, link.ahead(), state == State.CLOSED);
            }
            next = next(taken, !all);
        }
        carryOn(next);
        return all;
    }

    private void offerEach(Frames frames) {
        int at = 0;
        for (Frames.Share share : frames.shares()) {
            if (state == State.CLOSED) {
                queue.refuse(share, Refusal.CLOSED);
            } else if (draining) {
                queue.refuse(share, Refusal.DRAINING);
            } else {
                queue.offer(frames, share, at);
            }
            at += share.bytes();
        }
    }

    /**
     * Refuses new offers, flushes the queue and {@code farewell}, then calls {@link
     * PeerSession#drained}.
     */
    void drain(@Nullable Frames farewell) {
        synchronized (this) {
            if (state == State.CLOSED || draining) {
                return;
            }
            draining = true;
            if (farewell != null) {
                queue.addAll(farewell);
            }
            if (state != State.IDLE) {
                return;
            }
            state = State.WRITING;
        }
        carryOn(Next.AGAIN);
    }

    /** The socket takes bytes again. Called on the connection's loop. */
    void writable() {
        synchronized (this) {
            if (state != State.BLOCKED) {
                return;
            }
            state = State.WRITING;
        }
        carryOn(Next.AGAIN);
    }

    /** Takes nothing more; what waits fails, now or when the thread that is writing returns. */
    void close(CloseReason reason) {
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            boolean nobodyWrites = state != State.WRITING;
            state = State.CLOSED;
            closeReason = reason;
            if (nobodyWrites) {
                queue.fail(reason);
            }
        }
    }

    /** For how many nanoseconds the kernel has taken no byte of what waits; 0 if it is not full. */
    synchronized long stalledNanos(long now) {
        return stalled ? now - stalledAt : 0;
    }

    synchronized Traffic queued() {
        return queue.waiting();
    }

    synchronized Traffic sent() {
        return queue.sent();
    }

    /** {@link System#nanoTime} of the last byte; says nothing before the first. */
    synchronized long lastSent() {
        return lastSent;
    }

    /** Writes until nothing waits or the kernel is full. The caller owns WRITING, and loses it. */
    private void carryOn(Next first) {
        Next next = first;
        for (int round = 0; next == Next.AGAIN; round++) {
            next = write(round == ROUNDS);
        }
        switch (next) {
            case DONE, AGAIN -> {}
            case WHEN_WRITABLE -> link.wakeWhenWritable();
            case DRAINED -> session.drained();
        }
    }

    private Next write(boolean lastRound) {
        return link.keepsMessages() ? writeFrames(lastRound) : writeBytes(lastRound);
    }

    /** Writes frame by frame, for those who must each arrive as one message. */
    private Next writeFrames(boolean lastRound) {
        for (int sent = 0; sent < GATHER_BUFFERS; sent++) {
            ByteBuffer frame;
            synchronized (this) {
                frame = queue.frame();
            }
            if (frame == null) {
                break;
            }
            int length = frame.remaining();
            try {
                link.write(frame);
            } catch (IOException | RuntimeException | Error e) {
                session.broken(e);
            }
            synchronized (this) {
                // after a failure it is closed: then an empty frame fails like any other
                if (frame.hasRemaining() || (state == State.CLOSED && length == 0)) {
                    return next(0, true);
                }
                lastSent = System.nanoTime();
                stalled = false;
                queue.settleFrame(length);
            }
        }
        synchronized (this) {
            return next(0, lastRound);
        }
    }

    private Next writeBytes(boolean lastRound) {
        ByteBuffer[] buffers = new ByteBuffer[GATHER_BUFFERS];
        int count;
        synchronized (this) {
            count = queue.gather(buffers);
        }
        long offered = remaining(buffers, count);
        try {
            if (count > 0) {
                link.write(buffers, count);
            }
        } catch (IOException | RuntimeException | Error e) {
            session.broken(e);
        }
        long rest = remaining(buffers, count);
        synchronized (this) {
            queue.settle(offered - rest);
            return next(offered - rest, rest > 0 || lastRound);
        }
    }

    private static long remaining(ByteBuffer[] buffers, int count) {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += buffers[i].remaining();
        }
        return bytes;
    }

    /** Moves the state on after a write. Holds the lock. */
    private Next next(long taken, boolean leaveToLoop) {
        if (taken > 0) {
            lastSent = System.nanoTime();
            stalled = false;
        }
        if (state == State.CLOSED) {
            queue.fail(closeReason);
            return Next.DONE;
        }
        if (queue.isEmpty()) {
            state = State.IDLE;
            return draining ? Next.DRAINED : Next.DONE;
        }
        if (!leaveToLoop) {
            return Next.AGAIN;
        }
        state = State.BLOCKED;
        if (!stalled) {
            stalled = true;
            stalledAt = System.nanoTime();
        }
        return Next.WHEN_WRITABLE;
    }
}
