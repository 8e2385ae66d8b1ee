package io.switchboard.peer;

import io.switchboard.net.MemoryBudget;
import org.springframework.stereotype.Component;

/**
 * The memory limit of all outboxes together, {@code outbox.total-max}. Only queued data counts, not
 * data that the kernel accepts at once.
 */
@Component
final class OutboxBudget extends MemoryBudget {

    OutboxBudget(OutboxProperties limits) {
        super(
                "outbox",
                "Bytes queued in all outboxes, shared ones once, and 96 for each queued message",
                limits.totalMaxBytes());
    }
}
