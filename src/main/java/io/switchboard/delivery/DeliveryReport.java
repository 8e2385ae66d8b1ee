package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The outcome of one message at its targets, of one node or of all nodes.
 *
 * @param matched the number of targets
 * @param queued the number of targets whose outbox still holds the message
 * @param written the number of targets where the kernel accepted every byte and no acknowledgement
 *     is known: the sender did not wait for one, or it did not come in time
 * @param acked the number of targets whose TCP acknowledged every byte
 * @param replied the number of targets that replied
 * @param failed the number of targets where the message failed, the absent ones included
 * @param listed the targets that {@link Send.Results} selects, without the absent ones
 * @param absent the ids and names that the sender gave and no connected peer has, with the reason;
 *     always all of them
 * @param partial whether nodes that did not answer may have more targets
 * @param missing the names of those nodes, as far as they are known
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
     * One target and the outcome there.
     *
     * @param peer the id of the peer; for an absent target, the id or name that the sender gave
     */
    public record Result(String peer, Outcome outcome) {
        public Result {
            peer = Objects.requireNonNullElse(peer, "");
            outcome =
                    Objects.requireNonNullElseGet(
                            outcome, () -> new Outcome.Failed(false, FailureReason.OTHER));
        }
    }

    /**
     * Sets a default for each field that another node left out; see {@link
     * io.switchboard.cluster.RpcCodec}.
     */
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

    /** Returns whether at least one outbox may have held the message. */
    boolean mayHaveBeenSent() {
        boolean allFailed = matched == failed && results().size() == matched;
        return !allFailed
                || results().stream().map(Result::outcome).anyMatch(DeliveryReport::accepted);
    }

    private static boolean accepted(Outcome outcome) {
        return !(outcome instanceof Outcome.Failed failed) || failed.accepted();
    }

    /** Returns an estimate of the memory that the results take, in bytes. */
    int weight() {
        int weight = 0;
        for (Result each : results()) {
            weight += RESULT_BYTES + each.peer().length();
            weight +=
                    each.outcome()
                                    instanceof
                                    Outcome.Replied(int _, byte[] reply, boolean _, String _)
                            ? reply.length
                            : 0;
        }
        return weight;
    }
}
