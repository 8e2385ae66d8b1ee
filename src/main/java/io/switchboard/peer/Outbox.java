package io.switchboard.peer;

import io.switchboard.peer.PeerSnapshot.Traffic;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue of data that waits to be written to one peer. It keeps the order of offers, and
 * only one thread writes at a time.
 *
 * <pre>
 *         offer: the sender writes itself
 *   IDLE ─────────────────────────────────▶ WRITING ◀────────────┐
 *     ▲                                      │   │               │ the socket is writable:
 *     └──────────── queue is empty ──────────┘   │               │ its loop writes
 *                                                ▼               │
 *               the kernel's buffer is full: BLOCKED ────────────┘
 *
 *   any ── close ──▶ CLOSED
 * </pre>
 *
 * <p>A delivery may end the output ({@link EncodedFrames.Share#finish}): the connection then gets
 * no further bytes from this service, but is still read.
 *
 * <pre>
 *   OPEN ── the delivery is accepted ──▶ FINISHING ── the queue is empty: FIN ──▶ FINISHED
 *     ▲                                      │
 *     └───── no byte was written, and the memory for the queue is full
 * </pre>
 *
 * <p>This object's monitor guards every field and the queue. It is never held during I/O: the
 * thread that changed the state to WRITING may write to the socket and owns the head of the queue
 * until it changes the state again. Four races have rules:
 *
 * <ul>
 *   <li>An offer while another thread writes is queued. The writer checks the queue again under the
 *       monitor before it leaves WRITING.
 *   <li>A close while a thread writes leaves the queue to the writer. Only the writer knows what
 *       the kernel accepted, and it reports the results after its write returns.
 *   <li>A close while no thread writes fails the queued messages.
 *   <li>An offer after a delivery that ends the output is refused, even before the FIN: otherwise
 *       its bytes would follow the last ones.
 * </ul>
 */
final class Outbox {
    private static final int GATHER_BUFFERS = 64;

    /**
     * How often a sender writes messages that other threads have queued meanwhile. Then it leaves
     * the queue to the event loop.
     */
    private static final int MAX_ROUNDS = 16;

    private enum State {
        IDLE,
        WRITING,
        BLOCKED,
        CLOSED
    }

    private enum Output {
        OPEN,
        FINISHING,
        FINISHED
    }

    private enum NextStep {
        DONE,
        AGAIN,
        WHEN_WRITABLE,
        FINISH,
        DRAINED
    }

    private final PeerSession session;
    private final Link link;
    private final OutboxQueue queue;
    private final long writeDeadlineNanos;

    private State state = State.IDLE;
    private Output output = Output.OPEN;
    private boolean draining;

    /** Whether the peer has ended its stream, so that the end of the output ends the session. */
    private boolean inputEnded;

    /** Whether only answers to what the peer sent are accepted. */
    private boolean answersOnly;

    private CloseReason closeReason = CloseReason.INTERNAL_ERROR;
    private boolean stalled;
    private long stalledAt;
    private long lastSent;

    Outbox(PeerSession session, Link link, OutboxProperties limits, OutboxBudget budget) {
        this.session = session;
        this.link = link;
        this.queue = new OutboxQueue(session, limits, budget);
        this.writeDeadlineNanos = limits.writeDeadline().toNanos();
    }

    /**
     * Writes, queues or refuses frames. If the queue is empty, writes on the calling thread. Never
     * blocks.
     *
     * @param view {@link EncodedFrames#view} of these frames; its position is restored afterwards
     * @return true if the kernel accepted every byte at once, and no callback was or will be
     *     called; false if the callbacks report the result of each delivery
     */
    boolean offer(EncodedFrames frames, ByteBuffer view) {
        return offer(frames, view, false);
    }

    /** Offers frames that answer what the peer sent, as {@link #offer} does. */
    boolean answer(EncodedFrames frames, ByteBuffer view) {
        return offer(frames, view, true);
    }

    private boolean offer(EncodedFrames frames, ByteBuffer view, boolean answer) {
        synchronized (this) {
            boolean refused = draining || output != Output.OPEN || (answersOnly && !answer);
            if (state != State.IDLE || refused) {
                offerEach(frames, answer);
                return false;
            }
            state = State.WRITING;
            output = frames.finish() ? Output.FINISHING : Output.OPEN;
            if (link.preservesMessages()) {
                queue.addAll(frames);
            } else {
                queue.startDirectWrite(frames);
            }
        }
        if (link.preservesMessages()) {
            writeQueued(NextStep.AGAIN);
            return false;
        }
        int start = view.position();
        try {
            link.write(view);
        } catch (IOException | RuntimeException | Error e) {
            session.broken(e);
        }
        // counted by the position, which includes what was written before a failure
        int taken = view.position() - start;
        view.position(start);
        if (taken > 0) {
            session.awaitAck();
        }
        boolean all = taken == frames.size();
        NextStep next;
        synchronized (this) {
            if (all) {
                queue.completeDirectWrite(frames);
            } else if (!queue.queueRest(frames, taken, link.ahead(), state == State.CLOSED)) {
                output = Output.OPEN;
            }
            next = next(taken, !all);
        }
        writeQueued(next);
        return all;
    }

    private void offerEach(EncodedFrames frames, boolean answer) {
        int at = 0;
        for (EncodedFrames.Share share : frames.shares()) {
            if (state == State.CLOSED) {
                queue.refuse(share, RejectReason.CLOSED);
            } else if (answersOnly && !answer) {
                queue.refuse(share, RejectReason.HALF_CLOSED);
            } else if (draining) {
                queue.refuse(share, RejectReason.DRAINING);
            } else if (output != Output.OPEN) {
                queue.refuse(share, RejectReason.FINISHED);
            } else if (queue.offer(frames, share, at) && share.finish()) {
                output = Output.FINISHING;
            }
            at += share.bytes();
        }
    }

    /**
     * Queues frames before all others, without writing: the loop writes them with {@link
     * #writable}. Called before other threads can find the session.
     */
    synchronized void hold(EncodedFrames first) {
        queue.addAll(first);
        state = State.BLOCKED;
    }

    /**
     * Notes that the peer has ended its stream.
     *
     * @param onlyAnswers whether only answers are accepted from now on
     * @return whether the output has ended too, so that the caller ends the session; otherwise the
     *     end of the output calls {@link PeerSession#drained}
     */
    synchronized boolean inputEnded(boolean onlyAnswers) {
        inputEnded = true;
        answersOnly = onlyAnswers;
        return output == Output.FINISHED && state == State.IDLE;
    }

    /**
     * Refuses new offers, flushes the queue and {@code farewell}, then calls {@link
     * PeerSession#drained}. There is no farewell after the end of the output.
     */
    void drain(@Nullable EncodedFrames farewell) {
        synchronized (this) {
            if (state == State.CLOSED || draining) {
                return;
            }
            draining = true;
            if (farewell != null && output == Output.OPEN) {
                queue.addAll(farewell);
            }
            if (state != State.IDLE) {
                return;
            }
            state = State.WRITING;
        }
        writeQueued(NextStep.AGAIN);
    }

    /** Continues writing because the socket is writable. Called on the connection's event loop. */
    void writable() {
        synchronized (this) {
            if (state != State.BLOCKED) {
                return;
            }
            state = State.WRITING;
        }
        writeQueued(NextStep.AGAIN);
    }

    /**
     * Removes the messages whose write must not begin any more while the socket accepts nothing.
     * Otherwise the next write does that. Any thread.
     */
    synchronized void removeExpired() {
        if (state == State.BLOCKED && output == Output.OPEN && !draining) {
            queue.removeExpired(link.ahead());
            if (queue.isEmpty()) {
                state = State.IDLE;
                stalled = false;
            }
        }
    }

    /**
     * Refuses new offers and fails the queued messages, either now or, if a thread is writing, when
     * its write returns.
     */
    void close(CloseReason reason) {
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            boolean noWriter = state != State.WRITING;
            state = State.CLOSED;
            closeReason = reason;
            if (noWriter) {
                queue.fail(reason);
            }
        }
    }

    /**
     * Returns the nanoseconds until the kernel has accepted no byte of the queue for this time;
     * {@link Long#MAX_VALUE} if the socket is not blocked.
     */
    synchronized long nanosUntilStalledFor(long nanos, long now) {
        return stalled ? stalledAt + nanos - now : Long.MAX_VALUE;
    }

    synchronized Traffic queued() {
        return queue.queued();
    }

    synchronized Traffic sent() {
        return queue.sent();
    }

    /** Returns the {@link System#nanoTime} of the last sent byte; undefined before the first. */
    synchronized long lastSent() {
        return lastSent;
    }

    /**
     * Writes until the queue is empty or the kernel accepts no more. The caller has changed the
     * state to WRITING; this method leaves that state.
     */
    private void writeQueued(NextStep first) {
        NextStep next = first;
        for (int round = 0; next == NextStep.AGAIN; round++) {
            next = write(round == MAX_ROUNDS);
        }
        if (next == NextStep.FINISH) {
            next = finish();
        }
        switch (next) {
            case DONE, AGAIN, FINISH -> {}
            case WHEN_WRITABLE -> {
                link.wakeWhenWritable();
                link.checkDeadlinesWithin(writeDeadlineNanos);
            }
            case DRAINED -> session.drained();
        }
    }

    /** Ends the output of the connection; nothing is queued, and nothing will be. */
    private NextStep finish() {
        try {
            link.endOutput();
        } catch (IOException | RuntimeException | Error e) {
            session.broken(e);
        }
        synchronized (this) {
            return next(0, false);
        }
    }

    private NextStep write(boolean lastRound) {
        return link.preservesMessages() ? writeFrames(lastRound) : writeBytes(lastRound);
    }

    /** Writes frame by frame, for sockets on which each write is a separate message. */
    private NextStep writeFrames(boolean lastRound) {
        for (int sent = 0; sent < GATHER_BUFFERS; sent++) {
            ByteBuffer frame;
            synchronized (this) {
                queue.removeExpired(0);
                frame = queue.firstFrame();
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
                // after a failure the state is CLOSED; an empty frame has then failed too
                if (frame.hasRemaining() || (state == State.CLOSED && length == 0)) {
                    return next(0, true);
                }
                lastSent = System.nanoTime();
                stalled = false;
                queue.frameWritten(length);
            }
        }
        synchronized (this) {
            return next(0, lastRound);
        }
    }

    private NextStep writeBytes(boolean lastRound) {
        ByteBuffer[] buffers = new ByteBuffer[GATHER_BUFFERS];
        int count;
        synchronized (this) {
            queue.removeExpired(link.ahead());
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
        if (rest < offered) {
            session.awaitAck();
        }
        synchronized (this) {
            queue.bytesWritten(offered - rest);
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

    /** Changes the state after a write. The caller holds the monitor. */
    private NextStep next(long taken, boolean leaveToLoop) {
        if (taken > 0) {
            lastSent = System.nanoTime();
            stalled = false;
        }
        if (state == State.CLOSED) {
            queue.fail(closeReason);
            return NextStep.DONE;
        }
        if (queue.isEmpty() && output == Output.FINISHING) {
            output = Output.FINISHED;
            return NextStep.FINISH; // the state remains WRITING: only one thread uses the link
        }
        if (queue.isEmpty()) {
            state = State.IDLE;
            stalled = false; // also if nothing was written, because the last messages expired
            boolean bothEnded = inputEnded && output == Output.FINISHED;
            return draining || bothEnded ? NextStep.DRAINED : NextStep.DONE;
        }
        if (!leaveToLoop) {
            return NextStep.AGAIN;
        }
        state = State.BLOCKED;
        if (!stalled) {
            stalled = true;
            stalledAt = System.nanoTime();
        }
        return NextStep.WHEN_WRITABLE;
    }
}
