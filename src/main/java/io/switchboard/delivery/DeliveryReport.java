package io.switchboard.delivery;

import java.util.List;

/**
 * What became of one message.
 *
 * @param matched how many targets there were
 * @param queued how many of them still hold it
 * @param written at how many the kernel took every byte, and the sender did not ask, or does not
 *     know yet, whether they were acknowledged
 * @param acked at how many the peer's TCP acknowledged every byte
 * @param replied how many peers answered
 * @param failed at how many it will not be written
 * @param results the targets that {@link Results} asked for
 */
public record DeliveryReport(
        String id,
        int matched,
        int queued,
        int written,
        int acked,
        int replied,
        int failed,
        List<Result> results) {

    /**
     * One target.
     *
     * @param peer the reference by which the sender named it, or its id
     */
    public record Result(String peer, Outcome outcome) {}
}
