package io.switchboard.receive;

import io.switchboard.net.MemoryBudget;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/**
 * The memory limit of the histories of all connected peers together, {@code history.total-max}. A
 * history reserves memory in blocks when it grows, not for each message.
 */
@Component
final class HistoryBudget extends MemoryBudget {
    /** The size of a block in bytes. */
    static final int BLOCK_BYTES = 256;

    /** Sent messages never take the memory that received ones need, which back ends poll. */
    private static final int SENT_PART = 4;

    private final HistoryProperties limits;
    private final AtomicLong sent = new AtomicLong();

    HistoryBudget(HistoryProperties limits) {
        super(
                "history",
                "Memory reserved for the message histories of connected peers",
                limits.totalMaxBytes());
        this.limits = limits;
    }

    /**
     * Reserves memory for sent messages, which the caller must {@link #releaseSent}. Returns false,
     * and reserves nothing, if all of them would have more than a quarter of the limit, or if the
     * budget is exhausted.
     */
    boolean tryReserveSent(long bytes) {
        if (sent.addAndGet(bytes) <= limit() / SENT_PART && tryReserve(bytes)) {
            return true;
        }
        sent.addAndGet(-bytes);
        return false;
    }

    void releaseSent(long bytes) {
        sent.addAndGet(-bytes);
        release(bytes);
    }

    HistoryProperties limits() {
        return limits;
    }
}
