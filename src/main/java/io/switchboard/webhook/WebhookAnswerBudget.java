package io.switchboard.webhook;

import io.switchboard.net.MemoryBudget;
import org.springframework.stereotype.Component;

/**
 * The memory limit of the answers of all webhooks that are being read or written to their peers: a
 * tenth of the heap. The first {@link #FREE_BYTES} of each answer are free, so that short answers
 * are written while the budget is full.
 */
@Component
final class WebhookAnswerBudget extends MemoryBudget {
    /** The size of the buffer that needs no reservation. */
    static final int FREE_BYTES = 4_096;

    private static final int PART_OF_HEAP = 10;

    /** Twice what the longest answer reserves. */
    private static final long LEAST = 4L * 1024 * 1024;

    WebhookAnswerBudget() {
        this(Math.max(LEAST, Runtime.getRuntime().maxMemory() / PART_OF_HEAP));
    }

    WebhookAnswerBudget(long limit) {
        super(
                "webhook.answers",
                "Memory of the answers of webhooks that are being read or written to the peer",
                limit);
    }

    /** Returns a share of which nothing is reserved. */
    Share share() {
        return new Share();
    }

    /** What one answer has reserved. Not thread-safe. */
    final class Share {
        private long reserved;

        private Share() {}

        /**
         * Reserves the memory of a buffer that replaces a smaller one, and of one copy of it: the
         * former buffer, or the frame that is made of the answer.
         *
         * @return false if there is too little memory; what was reserved before stays so
         */
        boolean grow(int capacity) {
            long more = 2L * capacity - reserved;
            if (!tryReserve(more)) {
                return false;
            }
            reserved += more;
            return true;
        }

        /** Releases everything. */
        void release() {
            WebhookAnswerBudget.this.release(reserved);
            reserved = 0;
        }
    }
}
