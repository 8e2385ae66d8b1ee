package io.switchboard.receive;

import io.switchboard.net.MemoryBudget;
import org.springframework.stereotype.Component;

/**
 * The memory limit of the histories of all connected peers together, {@code history.total-max}. A
 * history reserves memory in blocks when it grows, not for each message.
 */
@Component
final class HistoryBudget extends MemoryBudget {
    /** The size of a block in bytes. */
    static final int BLOCK_BYTES = 256;

    private final HistoryProperties limits;

    HistoryBudget(HistoryProperties limits) {
        super(
                "history",
                "Memory reserved for the message histories of connected peers",
                limits.totalMaxBytes());
        this.limits = limits;
    }

    HistoryProperties limits() {
        return limits;
    }
}
