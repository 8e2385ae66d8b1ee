package io.switchboard.peer;

import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Peer.Traffic;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one outbox that the kernel has not taken, and the sums over them.
 *
 * <p>Not thread-safe: {@link Outbox} guards it with its monitor. What a thread writes directly,
 * without queueing it, counts as waiting too until the kernel has it.
 */
final class OutboxQueue {
    /** One gathering write takes at most this many bytes, which bounds what the JDK copies. */
    private static final int GATHER_BYTES = 256 * 1024;

    /** The rest of a delivery's bytes; the writer moves its position. */
    private record Entry(ByteBuffer rest, Frames.Share share, Frames frames) {}

    private final PeerSession session;
    private final ListenerCounters counters;
    private final OutboxProperties limits;
    private final OutboxBudget budget;

    private @Nullable ArrayDeque<Entry> entries;
    private int waitingMessages;
    private long waitingBytes;
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

    Traffic waiting() {
        return new Traffic(waitingMessages, waitingBytes);
    }

    Traffic sent() {
        return new Traffic(sentMessages, sentBytes);
    }

    /** Queues or refuses one delivery that begins at offset {@code from} of the frames. */
    void offer(Frames frames, Frames.Share share, int from) {
        boolean full =
                waitingBytes >= limits.maxBytes().toBytes()
                        || waitingMessages >= limits.maxMessages();
        if (full) {
            refuse(share, Refusal.OUTBOX_FULL);
        } else if (!frames.hold(budget)) {
            refuse(share, Refusal.MEMORY_FULL);
        } else {
            add(frames, share, from);
        }
    }

    /** Queues frames whatever the limits: a farewell, or what the kernel was not offered yet. */
    void addAll(Frames frames) {
        int from = 0;
        for (Frames.Share share : frames.shares()) {
            frames.holdAnyway(budget);
            add(frames, share, from);
            from += share.bytes();
        }
    }

    void refuse(Frames.Share share, Refusal refusal) {
        counters.add(Count.REFUSED_MESSAGES, share.messages());
        share.receipt().refused(session, refusal);
    }

    private void add(Frames frames, Frames.Share share, int from) {
        share.receipt().queued(session);
        deque().addLast(new Entry(frames.slice(from, share.bytes()), share, frames));
        waitingMessages += share.messages();
        waitingBytes += share.bytes();
    }

    void begin(Frames frames) {
        waitingMessages += frames.messages();
        waitingBytes += frames.size();
    }

    void wrote(Frames frames) {
        took(frames.messages(), frames.size());
    }

    /**
     * The direct write took only {@code taken} bytes: the rest goes before what came meanwhile. A
     * delivery that has begun is kept whatever the budget says, or the stream would break off
     * inside a frame.
     *
     * @param ahead bytes behind those taken with which it has begun too
     * @param closed whether the session has ended meanwhile: then all of it is kept, to fail with
     *     the reason of that
     */
    void keepRest(Frames frames, int taken, int ahead, boolean closed) {
        ArrayDeque<Entry> rest = new ArrayDeque<>();
        int start = 0;
        for (Frames.Share share : frames.shares()) {
            int end = start + share.bytes();
            int from = Math.clamp(taken, start, end);
            took(from == end ? share.messages() : 0, from - start);
            if (from == end) {
                share.receipt().queued(session);
                share.receipt().written(session, share.bytes());
            } else if ((closed || taken + ahead > start)
                    ? frames.holdAnyway(budget)
                    : frames.hold(budget)) {
                share.receipt().queued(session);
                rest.addLast(new Entry(frames.slice(from, end - from), share, frames));
            } else {
                left(share.messages(), share.bytes());
                refuse(share, Refusal.MEMORY_FULL);
            }
            start = end;
        }
        while (!rest.isEmpty()) {
            deque().addFirst(rest.removeLast());
        }
    }

    /** Fills {@code into} with the buffers of the next write, and returns how many they are. */
    int gather(ByteBuffer[] into) {
        int count = 0;
        long bytes = 0;
        if (entries != null) {
            for (Entry entry : entries) {
                bytes += entry.rest().remaining();
                if (count == into.length || (count > 0 && bytes > GATHER_BYTES)) {
                    break;
                }
                into[count++] = entry.rest();
            }
        }
        return count;
    }

    /** The next frame alone, from the head on; null when nothing waits. */
    @Nullable ByteBuffer frame() {
        if (entries == null) {
            return null;
        }
        Entry head = entries.getFirst();
        int from = head.rest().position();
        return head.rest().slice(from, head.share().endOfFrameAt(from) - from);
    }

    /** The kernel took what {@link #frame} gave, of so many bytes: possibly none. */
    void settleFrame(int length) {
        if (entries != null) {
            ByteBuffer rest = entries.getFirst().rest();
            rest.position(rest.position() + length);
            took(0, length);
            if (!rest.hasRemaining()) {
                wroteFirst(entries); // and no more: the next may be empty, and not written yet
            }
        }
    }

    /** The kernel took {@code taken} bytes of what {@link #gather} gave. */
    void settle(long taken) {
        took(0, taken);
        while (entries != null && !entries.getFirst().rest().hasRemaining()) {
            wroteFirst(entries);
        }
    }

    private void wroteFirst(ArrayDeque<Entry> from) {
        Entry entry = removeFirst(from);
        took(entry.share().messages(), 0);
        entry.share().receipt().written(session, entry.share().bytes());
    }

    void fail(CloseReason reason) {
        while (entries != null) {
            Entry entry = removeFirst(entries);
            left(entry.share().messages(), entry.rest().remaining());
            counters.add(Count.FAILED_MESSAGES, entry.share().messages());
            entry.share().receipt().failed(session, reason);
        }
    }

    private Entry removeFirst(ArrayDeque<Entry> from) {
        Entry entry = from.removeFirst();
        entry.frames().release(budget);
        if (from.isEmpty()) {
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

    private void took(int messages, long bytes) {
        left(messages, bytes);
        sentMessages += messages;
        sentBytes += bytes;
        counters.sent(messages, bytes);
    }

    private void left(int messages, long bytes) {
        waitingMessages -= messages;
        waitingBytes -= bytes;
    }
}
