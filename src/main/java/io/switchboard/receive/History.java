package io.switchboard.receive;

import io.switchboard.peer.PeerData.PeerKey;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot.PeerState;
import java.lang.invoke.VarHandle;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The latest messages of one peer. When a limit is exceeded, the oldest messages are removed. The
 * peer's event loop adds messages, without a lock unless the history grows. This object's monitor
 * guards {@code closed} and changes of {@code capacity}, and long polls wait on it.
 *
 * <p>If the budget of all histories is exhausted, a history that cannot grow removes its oldest
 * messages sooner. A message that is larger than the whole capacity of its history gets a number
 * but is not kept. A reader sees it in the count of missed messages, like a removed one.
 *
 * <p>Race: a message arrives while a reader begins to wait. The reader increments {@code waiters}
 * and then checks for messages again. The event loop adds the message and then, in {@link #wake},
 * checks {@code waiters}.
 *
 * <p>Race: the first message arrives while the peer closes. The session becomes CLOSED before its
 * history is looked up and closed. The event loop creates the history and then checks the state. So
 * no history of a closed peer keeps a part of the budget.
 */
public final class History {

    private static final PeerKey<History> KEY = new PeerKey<>();

    private final HistoryBudget budget;
    private final Charset charset;
    private final long maxMemory;
    private final Ring<InboundMessage> ring;

    /** The memory reserved from the budget, in bytes. Changed by the event loop only. */
    private long capacity;

    /** The number of waiting long polls. Written under the monitor. */
    private volatile int waiters;

    private boolean closed;

    /** Returns the history of this session, which this creates if there is none. Thread-safe. */
    static History of(PeerSession session, HistoryBudget budget) {
        History existing = session.data().get(KEY);
        if (existing != null) {
            return existing;
        }
        History created =
                session.data()
                        .computeIfAbsent(
                                KEY, () -> new History(budget, session.listener().charset()));
        if (session.state() == PeerState.CLOSED) {
            created.close();
        }
        return created;
    }

    /** Returns the history of this session; null if it has none yet. */
    static @Nullable History ifPresent(PeerSession session) {
        return session.data().get(KEY);
    }

    /** Creates a history whose messages have text in this charset. */
    History(HistoryBudget budget, Charset charset) {
        this.budget = budget;
        this.charset = charset;
        int maxMessages = budget.limits().maxMessages();
        long maxBytes = budget.limits().maxBytes().toBytes();
        this.maxMemory = maxBytes + Ring.ITEM_OVERHEAD * maxMessages;
        this.ring = new Ring<>(maxMessages, maxBytes, 0);
    }

    /** Returns the charset of the text of the messages. */
    public Charset charset() {
        return charset;
    }

    /**
     * Numbers a message and adds it. Called on the peer's event loop, which then calls {@link
     * #wake}.
     *
     * @param nanos {@link System#nanoTime} at which the end of the message was received
     * @param incomplete whether the peer ended its stream before the end of the message
     */
    InboundMessage append(byte[] payload, long nanos, boolean incomplete) {
        InboundMessage message = new InboundMessage(ring.last() + 1, nanos, payload, incomplete);
        if (ensureCapacity(payload.length)) {
            ring.append(message);
        } else {
            ring.skip(message.seq());
        }
        return message;
    }

    /** Wakes the long polls. Called on the peer's event loop, after it has added messages. */
    void wake() {
        VarHandle.fullFence(); // the messages are visible before waiters is read
        if (waiters > 0) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /** Returns whether a message can be kept, if necessary instead of all others. */
    private boolean ensureCapacity(int size) {
        long alone = size + Ring.ITEM_OVERHEAD;
        long needed = Math.max(alone, Math.min(maxMemory, ring.memoryWith(size)));
        if (needed > capacity) {
            grow(needed);
        }
        return alone <= capacity;
    }

    private synchronized void grow(long needed) {
        long grown = Math.ceilDiv(needed, HistoryBudget.BLOCK_BYTES) * HistoryBudget.BLOCK_BYTES;
        if (!closed && budget.tryReserve(grown - capacity)) {
            capacity = grown;
            ring.maxMemory(capacity);
        }
    }

    /** Returns the memory to the budget and ends long polls, because the peer is closed. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            budget.release(capacity);
        }
        notifyAll();
    }

    long memory() {
        return ring.memory();
    }

    /**
     * Returns the messages that follow a message, oldest first.
     *
     * @param after the sequence number of the message; 0 for all messages that are kept
     * @param limit the maximum number of messages
     * @param wait how long to wait for the first message while the peer is not closed; blocks the
     *     calling thread, which should be virtual
     */
    public Ring.Page<InboundMessage> read(long after, int limit, Duration wait)
            throws InterruptedException {
        if (wait.isPositive()) {
            await(after, wait);
        }
        return ring.read(Math.min(after, ring.last()), _ -> true, limit, Long.MAX_VALUE);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written only under the monitor
    private synchronized void await(long after, Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        waiters++;
        try {
            for (long left = wait.toNanos();
                    ring.last() <= after && !closed && left > 0;
                    left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } finally {
            waiters--;
        }
    }
}
