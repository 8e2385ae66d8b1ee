package io.switchboard.delivery;

import java.util.ArrayList;
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
 * @param listed the targets that {@link Results} asked for, but for the absent
 * @param absent the references among the targets, each of which failed, that stand for nobody who
 *     is there; all of them
 * @param partial whether there may be targets at nodes that did not answer
 * @param missing the names of those of them that are known
 */
public record DeliveryReport(
        String id,
        int matched,
        int queued,
        int written,
        int acked,
        int replied,
        int failed,
        List<Result> listed,
        List<Result> absent,
        boolean partial,
        List<String> missing) {

    /**
     * One target.
     *
     * @param peer the reference by which the sender named it, or its id
     */
    public record Result(String peer, Outcome outcome) {}

    /** A report of this node alone. */
    static DeliveryReport here(
            String id,
            int matched,
            int queued,
            int written,
            int acked,
            int replied,
            int failed,
            List<Result> listed,
            List<Result> absent) {
        return new DeliveryReport(
                id, matched, queued, written, acked, replied, failed, listed, absent, false,
                List.of());
    }

    /** Every target that is known: those listed, and the absent. */
    public List<Result> results() {
        if (absent.isEmpty()) {
            return listed;
        }
        List<Result> results = new ArrayList<>(listed);
        results.addAll(absent);
        return results;
    }
}
