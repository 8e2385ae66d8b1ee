package io.switchboard.receive;

import io.switchboard.peer.PeerData.PeerKey;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.WallClock;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The latest messages that were sent to one peer, with the status of each. When a limit is
 * exceeded, the oldest messages are removed. The limits are those of {@link History}, and both
 * kinds share one budget, of which sent messages take a quarter at most. If it is exhausted, the
 * messages that do not fit are counted but not kept. Thread-safe: this object's monitor guards all
 * fields, and is a leaf.
 *
 * <pre>
 *   QUEUED ──▶ WRITTEN ──▶ ACKED | REPLIED
 *      │          │
 *      └──────────┴──────▶ FAILED
 * </pre>
 *
 * <p>Race: the event loop writes a message before the sender has recorded that it was queued. So
 * the sender adds the message before it offers it, and a status never goes back.
 */
public final class SentHistory {
    /** How far a message has come. A status replaces only those that are declared before it. */
    public enum Status {
        /** The outbox holds the message. */
        QUEUED,
        /** The kernel accepted every byte. */
        WRITTEN,
        /** The peer's kernel acknowledged every byte. */
        ACKED,
        /** The peer replied. */
        REPLIED,
        /** The message was not written, or its peer did not acknowledge it or reply. */
        FAILED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A message of the history.
     *
     * @param seq the number of the message among those that were sent to the peer, from 1
     * @param reason why it failed; null unless the status is FAILED
     */
    public record Entry(long seq, SentMessage message, Status status, @Nullable String reason) {
        /** Returns the time of day at which the message was offered. */
        public Instant at() {
            return WallClock.at(message.nanos());
        }
    }

    /**
     * The result of a read.
     *
     * @param missed the number of messages before these that were removed before they were read
     * @param entries oldest first
     * @param next the number after which the next read continues
     */
    public record Page(long missed, List<Entry> entries, long next) {}

    private static final PeerKey<SentHistory> KEY = new PeerKey<>();
    private static final int INITIAL_SLOTS = 4;
    private static final @Nullable SentMessage[] NO_MESSAGES = {};
    private static final @Nullable Status[] NO_STATUSES = {};
    private static final @Nullable String[] NO_REASONS = {};

    private final HistoryBudget budget;
    private final Charset charset;

    /** The memory reserved from the budget, in bytes. */
    private long reserved;

    /** Entry n is in slot n modulo the length of these arrays. */
    private @Nullable SentMessage[] messages = NO_MESSAGES;

    private @Nullable Status[] statuses = NO_STATUSES;
    private @Nullable String[] reasons = NO_REASONS;

    /** The number of the oldest entry; one more than {@code last} if there is none. */
    private long oldest = 1;

    private long last;

    /** The size of all payloads in bytes. */
    private long bytes;

    private boolean closed;

    SentHistory(HistoryBudget budget, Charset charset) {
        this.budget = budget;
        this.charset = charset;
    }

    /** Gives a new session an empty history, which takes no memory of the budget. */
    static void create(PeerSession session, HistoryBudget budget) {
        session.data().put(KEY, new SentHistory(budget, session.listener().charset()));
    }

    /** Returns the history of a session; null if it has none. */
    public static @Nullable SentHistory of(PeerSession session) {
        return session.data().get(KEY);
    }

    /** Returns the charset of the text of the messages. */
    public Charset charset() {
        return charset;
    }

    /** Adds a message that will be offered to the peer, as {@link Status#QUEUED}. */
    public synchronized void add(SentMessage message) {
        if (closed) {
            return;
        }
        last++;
        int size = message.payload().length;
        int maxMessages = budget.limits().maxMessages();
        long maxBytes = budget.limits().maxBytes().toBytes();
        while (oldest < last && (last - oldest >= maxMessages || bytes + size > maxBytes)) {
            removeOldest();
        }
        while (!reserve(memory(bytes + size, last - oldest + 1))) {
            if (oldest == last) {
                oldest++; // not kept, not even alone
                return;
            }
            removeOldest();
        }
        int kept = (int) (last - oldest);
        if (kept == messages.length) {
            grow();
        }
        int slot = slot(last);
        messages[slot] = message;
        statuses[slot] = Status.QUEUED;
        reasons[slot] = null;
        bytes += size;
    }

    /**
     * Sets the status of a message, unless it has come further or is no longer kept.
     *
     * @param delivery the id of its delivery
     * @param reason why it failed; null if it did not
     */
    public synchronized void set(String delivery, Status status, @Nullable String reason) {
        for (long seq = last; seq >= oldest; seq--) { // recent messages change most
            int slot = slot(seq);
            @Nullable SentMessage message = messages[slot];
            if (message != null && message.delivery().equals(delivery)) {
                @Nullable Status present = statuses[slot];
                if (present == null || present.compareTo(status) < 0) {
                    statuses[slot] = status;
                    reasons[slot] = reason;
                }
                return;
            }
        }
    }

    /** Returns the memory to the budget, because the peer is closed. The entries stay. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            budget.releaseSent(reserved);
        }
    }

    /** Returns the memory of all entries in bytes; 0 if there is none. */
    synchronized long memory() {
        return oldest > last ? 0 : memory(bytes, last - oldest + 1);
    }

    /**
     * Returns the messages that follow a message, oldest first. Does not wait.
     *
     * @param after the number of the message; 0 for all messages that are kept
     */
    public synchronized Page read(long after, int limit) {
        long from = Math.max(oldest, Math.min(after, last) + 1);
        List<Entry> entries = new ArrayList<>();
        for (long seq = from; seq <= last && entries.size() < limit; seq++) {
            int slot = slot(seq);
            @Nullable SentMessage message = messages[slot];
            @Nullable Status status = statuses[slot];
            if (message != null && status != null) {
                entries.add(new Entry(seq, message, status, reasons[slot]));
            }
        }
        return new Page(
                from - Math.min(after, last) - 1, List.copyOf(entries), from + entries.size() - 1);
    }

    private static long memory(long bytes, long count) {
        return bytes + Ring.ITEM_OVERHEAD * count;
    }

    private boolean reserve(long needed) {
        if (needed <= reserved) {
            return true;
        }
        long more =
                Math.ceilDiv(needed, HistoryBudget.BLOCK_BYTES) * HistoryBudget.BLOCK_BYTES
                        - reserved;
        if (!budget.tryReserveSent(more)) {
            return false;
        }
        reserved += more;
        return true;
    }

    private void removeOldest() {
        int slot = slot(oldest);
        @Nullable SentMessage message = messages[slot];
        bytes -= message == null ? 0 : message.payload().length;
        messages[slot] = null;
        reasons[slot] = null;
        oldest++;
    }

    private void grow() {
        int length = Math.max(INITIAL_SLOTS, 2 * messages.length);
        @Nullable SentMessage[] oldMessages = messages;
        @Nullable Status[] oldStatuses = statuses;
        @Nullable String[] oldReasons = reasons;
        messages = new SentMessage[length];
        statuses = new Status[length];
        reasons = new String[length];
        for (long seq = oldest; seq < last; seq++) {
            int from = (int) seq & (oldMessages.length - 1);
            int to = slot(seq);
            messages[to] = oldMessages[from];
            statuses[to] = oldStatuses[from];
            reasons[to] = oldReasons[from];
        }
    }

    private int slot(long seq) {
        return (int) seq & (messages.length - 1);
    }
}
