package io.switchboard.delivery;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.delivery.SendResult.Reason;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.net.MemoryBudget;
import io.switchboard.peer.Reach;
import org.springframework.stereotype.Component;

/**
 * The memory limit of what the service keeps for each target of the messages in progress, {@code
 * deliveries.total-max}. A message that needs memory for every target reserves it before it is
 * offered to the first one. A message to one peer reserves none: its request is bounded by the
 * number of HTTP connections.
 */
@Component
final class DeliveryBudget extends MemoryBudget {
    /** The request, its queue and the outcome, with a reply of {@link #FREE_REPLY_BYTES}. */
    static final int REPLY_BYTES = 1_024;

    /** Replies of up to this many bytes are part of {@link #REPLY_BYTES}. */
    static final int FREE_REPLY_BYTES = 256;

    /** The outcome, and what the kernel says about the socket. */
    static final int ACK_BYTES = 640;

    /** The outcome, and its place in the report. */
    static final int RESULT_BYTES = 320;

    DeliveryBudget(DeliveryProperties properties) {
        super(
                "deliveries",
                "Memory of the targets of all messages in progress that are recorded one by one",
                properties.totalMaxBytes());
    }

    /**
     * Returns the memory that a message needs for each of its targets, in bytes; 0 if only the
     * targets that fail are recorded.
     */
    static int bytesPerTarget(Wait until, Results results) {
        int recorded = results == Results.ALL ? RESULT_BYTES : 0;
        return switch (until) {
            case QUEUED, WRITTEN -> recorded;
            case ACKED -> recorded + ACK_BYTES;
            case REPLY -> recorded + REPLY_BYTES;
        };
    }

    /**
     * Returns the rejection of a message for which too little memory is left. What other messages
     * use is told only to who reaches all peers.
     */
    Rejected exhausted(int targets, long bytes, Reach reach) {
        String remedy =
                bytes > limit()
                        ? "name fewer targets, or raise it"
                        : "try again later, or name fewer targets";
        return new Rejected(
                Reason.MEMORY_FULL,
                "the message needs %d bytes for its %d targets, %s, and switchboard.deliveries.total-max is %d; nothing was sent: %s"
                        .formatted(
                                bytes,
                                targets,
                                reach.includesAll()
                                        ? "the messages in progress have " + used()
                                        : "other messages are in progress",
                                limit(),
                                remedy));
    }
}
