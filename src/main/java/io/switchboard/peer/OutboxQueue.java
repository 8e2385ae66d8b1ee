package io.switchboard.peer;

import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.PeerSnapshot.Traffic;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one outbox that the kernel has not accepted yet, and the counts of queued and sent
 * messages and bytes.
 *
 * <p>Not thread-safe: {@link Outbox} guards it with its monitor. Data that a thread writes directly
 * also counts as queued until the kernel has accepted it.
 */
final class OutboxQueue {
    /** The limit of one gathering write in bytes, which bounds the data that the JDK copies. */
    private static final int GATHER_BYTES = 256 * 1024;

    /** The bytes of a delivery that are not written yet; the writer advances the position. */
    private record Entry(ByteBuffer rest, EncodedFrames.Share share, EncodedFrames frames) {

        /** Returns whether the kernel has accepted no byte of the delivery. */
        boolean isWhole() {
            return rest.position() == 0 && rest.limit() == share.bytes();
        }
    }

    private final PeerSession session;
    private final ListenerCounters counters;
    private final OutboxProperties limits;
    private final OutboxBudget budget;

    private @Nullable ArrayDeque<Entry> entries;

    /** How many entries have a deadline for the beginning of their write. */
    private int deadlines;

    private int queuedMessages;
    private long queuedBytes;
    private long sentMessages;
    private long sentBytes;

    OutboxQueue(PeerSession session, OutboxProperties limits, OutboxBudget budget) {
        this.session = session;
        this.counters = session.listener().counters();
        this.limits = limits;
        this.budget = budget;
    }

    boolean isEmpty() {
        return entries == null;
    }

    Traffic queued() {
        return new Traffic(queuedMessages, queuedBytes);
    }

    Traffic sent() {
        return new Traffic(sentMessages, sentBytes);
    }

    /**
     * Queues or refuses one delivery, which begins at offset {@code from} of the frames. Returns
     * whether it is queued.
     */
    boolean offer(EncodedFrames frames, EncodedFrames.Share share, int from) {
        boolean full =
                queuedBytes >= limits.maxBytes().toBytes()
                        || queuedMessages >= limits.maxMessages();
        if (full) {
            refuse(share, RejectReason.OUTBOX_FULL);
            return false;
        }
        if (!frames.retain(budget)) {
            refuse(share, RejectReason.MEMORY_FULL);
            return false;
        }
        add(frames, share, from);
        return true;
    }

    /**
     * Queues frames regardless of the limits: a farewell, or the frames of an offer to an idle
     * outbox that are written one by one.
     */
    void addAll(EncodedFrames frames) {
        int from = 0;
        for (EncodedFrames.Share share : frames.shares()) {
            frames.forceRetain(budget);
            add(frames, share, from);
            from += share.bytes();
        }
    }

    void refuse(EncodedFrames.Share share, RejectReason reason) {
        counters.add(ListenerMetric.REFUSED_MESSAGES, share.messages());
        share.callback().refused(session, reason);
    }

    private void add(EncodedFrames frames, EncodedFrames.Share share, int from) {
        share.callback().queued(session);
        deadlines += share.callback().hasDeadline() ? 1 : 0;
        deque().addLast(new Entry(frames.slice(from, share.bytes()), share, frames));
        queuedMessages += share.messages();
        queuedBytes += share.bytes();
    }

    void startDirectWrite(EncodedFrames frames) {
        queuedMessages += frames.messages();
        queuedBytes += frames.size();
    }

    void completeDirectWrite(EncodedFrames frames) {
        countSent(frames.messages(), frames.size());
    }

    /**
     * Queues the rest of a direct write, before messages that were queued meanwhile. The rest of a
     * delivery that is partly written is queued even if the budget is exhausted. Otherwise the
     * stream would break off inside a frame.
     *
     * @param taken the number of bytes that the kernel accepted
     * @param ahead the number of bytes after {@code taken} that can no longer be withdrawn; see
     *     {@link Link#ahead}
     * @param closed whether the session was closed meanwhile; if so, the whole rest is queued, and
     *     then fails with the reason of the close
     * @return whether the last delivery is written or queued, not refused
     */
    boolean queueRest(EncodedFrames frames, int taken, int ahead, boolean closed) {
        ArrayDeque<Entry> rest = new ArrayDeque<>();
        boolean kept = true;
        int start = 0;
        for (EncodedFrames.Share share : frames.shares()) {
            int end = start + share.bytes();
            int from = Math.clamp(taken, start, end);
            countSent(from == end ? share.messages() : 0, from - start);
            kept = true;
            if (from == end) {
                share.callback().queued(session);
                share.callback().written(session, share.bytes());
            } else if ((closed || taken + ahead > start)
                    ? frames.forceRetain(budget)
                    : frames.retain(budget)) {
                share.callback().queued(session);
                deadlines += share.callback().hasDeadline() ? 1 : 0;
                rest.addLast(new Entry(frames.slice(from, end - from), share, frames));
            } else {
                countRemoved(share.messages(), share.bytes());
                refuse(share, RejectReason.MEMORY_FULL);
                kept = false;
            }
            start = end;
        }
        while (!rest.isEmpty()) {
            deque().addFirst(rest.removeLast());
        }
        return kept;
    }

    /**
     * Removes the deliveries whose write must not begin any more.
     *
     * @param ahead the number of bytes that can no longer be withdrawn; see {@link Link#ahead}
     */
    void removeExpired(int ahead) {
        if (deadlines == 0 || entries == null) {
            return;
        }
        Iterator<Entry> each = entries.iterator();
        long offset = 0;
        for (int left = deadlines; left > 0; ) {
            Entry entry = each.next();
            DeliveryCallback callback = entry.share().callback();
            left -= callback.hasDeadline() ? 1 : 0;
            boolean begun = !entry.isWhole() || offset < ahead;
            if (begun || callback.mayBegin()) {
                offset += entry.rest().remaining();
            } else {
                each.remove();
                deadlines--;
                entry.frames().release(budget);
                countRemoved(entry.share().messages(), entry.share().bytes());
                callback.expired(session);
            }
        }
        entries = entries.isEmpty() ? null : entries;
    }

    /** Fills {@code buffers} with the data of the next write and returns how many are used. */
    int gather(ByteBuffer[] buffers) {
        int count = 0;
        long bytes = 0;
        if (entries != null) {
            for (Entry entry : entries) {
                bytes += entry.rest().remaining();
                if (count == buffers.length || (count > 0 && bytes > GATHER_BYTES)) {
                    break;
                }
                buffers[count++] = entry.rest();
            }
        }
        return count;
    }

    /** Returns the frame at the head of the queue; null if the queue is empty. */
    @Nullable ByteBuffer firstFrame() {
        if (entries == null) {
            return null;
        }
        Entry head = entries.getFirst();
        int from = head.rest().position();
        return head.rest().slice(from, head.share().endOfFrameAt(from) - from);
    }

    /**
     * Records that the kernel accepted the frame which {@link #firstFrame} returned.
     *
     * @param length the length of the frame, possibly 0
     */
    void frameWritten(int length) {
        if (entries != null) {
            ByteBuffer rest = entries.getFirst().rest();
            rest.position(rest.position() + length);
            countSent(0, length);
            if (!rest.hasRemaining()) {
                completeFirst(entries); // only this one: the next may be empty and not written yet
            }
        }
    }

    /** Records that the kernel accepted {@code taken} bytes of the data from {@link #gather}. */
    void bytesWritten(long taken) {
        countSent(0, taken);
        while (entries != null && !entries.getFirst().rest().hasRemaining()) {
            completeFirst(entries);
        }
    }

    private void completeFirst(ArrayDeque<Entry> queue) {
        Entry entry = removeFirst(queue);
        countSent(entry.share().messages(), 0);
        entry.share().callback().written(session, entry.share().bytes());
    }

    void fail(CloseReason reason) {
        while (entries != null) {
            Entry entry = removeFirst(entries);
            countRemoved(entry.share().messages(), entry.rest().remaining());
            counters.add(ListenerMetric.FAILED_MESSAGES, entry.share().messages());
            entry.share().callback().failed(session, reason);
        }
    }

    private Entry removeFirst(ArrayDeque<Entry> queue) {
        Entry entry = queue.removeFirst();
        deadlines -= entry.share().callback().hasDeadline() ? 1 : 0;
        entry.frames().release(budget);
        if (queue.isEmpty()) {
            entries = null;
        }
        return entry;
    }

    private ArrayDeque<Entry> deque() {
        if (entries == null) {
            entries = new ArrayDeque<>(2);
        }
        return entries;
    }

    private void countSent(int messages, long bytes) {
        countRemoved(messages, bytes);
        sentMessages += messages;
        sentBytes += bytes;
        counters.sent(messages, bytes);
    }

    private void countRemoved(int messages, long bytes) {
        queuedMessages -= messages;
        queuedBytes -= bytes;
    }
}
