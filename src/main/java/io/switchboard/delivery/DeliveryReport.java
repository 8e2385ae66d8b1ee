package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What became of one message, at this node or at all.
 *
 * @param matched the number of targets
 * @param queued the number of targets whose outbox still holds the message
 * @param written the number of targets where the kernel accepted every byte, and the sender did not
 *     ask, or does not know yet, whether they were acknowledged
 * @param acked the number of targets whose TCP acknowledged every byte
 * @param replied the number of targets that answered
 * @param failed the number of targets that will not receive the message
 * @param listed the targets that {@link Send.Results} asks for, without the absent ones
 * @param absent the references among the targets that stand for no connected peer, each of which
 *     failed; all of them
 * @param partial whether nodes that did not answer may have more targets
 * @param missing the names of those of them that are known
 */
@JsonTypeName("report")
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
        List<String> missing)
        implements NodeResult {
    private static final int RESULT_BYTES = 128;

    /**
     * One target.
     *
     * @param peer the reference by which the sender named it, or its id
     */
    public record Result(String peer, Outcome outcome) {
        public Result {
            peer = Objects.requireNonNullElse(peer, "");
            outcome =
                    Objects.requireNonNullElseGet(
                            outcome, () -> new Outcome.Failed(false, FailureReason.OTHER));
        }
    }

    /** Another node may leave out fields; see {@link io.switchboard.cluster.RpcCodec}. */
    public DeliveryReport {
        id = Objects.requireNonNullElse(id, "");
    }

    /** Returns all known targets: the listed and the absent ones. */
    public List<Result> results() {
        if (absent.isEmpty()) {
            return listed;
        }
        List<Result> results = new ArrayList<>(listed);
        results.addAll(absent);
        return results;
    }

    /** Returns whether some outbox may have held the message. */
    boolean mayHaveBeenSent() {
        boolean allFailed = matched == failed && results().size() == matched;
        return !allFailed
                || results().stream().map(Result::outcome).anyMatch(DeliveryReport::accepted);
    }

    private static boolean accepted(Outcome outcome) {
        return !(outcome instanceof Outcome.Failed failed) || failed.accepted();
    }

    /** Returns about how many bytes of memory the report takes. */
    int weight() {
        int weight = 0;
        for (Result each : results()) {
            weight += RESULT_BYTES + each.peer().length();
            weight += each.outcome() instanceof Outcome.Replied(int _, byte[] it) ? it.length : 0;
        }
        return weight;
    }
}
