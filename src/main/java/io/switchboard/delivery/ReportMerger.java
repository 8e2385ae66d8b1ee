package io.switchboard.delivery;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.delivery.DeliveryReport.Result;
import io.switchboard.delivery.SendResult.Rejected;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Merges the results of several nodes into one report. A name is absent if none of the nodes that
 * answered has a peer with this name. Its reason is then closed if one of them had such a peer, and
 * otherwise unknown. Not thread-safe.
 */
final class ReportMerger {
    private final String id;
    private final Send.Results results;

    /** For each name, the outcome at every node that has no peer with this name. */
    private final Map<String, List<Outcome.Failed>> absences = new HashMap<>(1);

    /** The names among the targets; the request to every node contains them. */
    private final Set<String> names;

    private final List<DeliveryReport> reports = new ArrayList<>();
    private final List<Result> absent = new ArrayList<>(0);
    private final List<String> missing = new ArrayList<>(0);
    private final List<Rejected> rejected = new ArrayList<>(0);

    /** The outcome at a node that did not answer and may have had targets; null if all answered. */
    private Outcome.@Nullable Failed noAnswer;

    private boolean partial;

    ReportMerger(String id, Send.Results results, List<String> names) {
        this.id = id;
        this.results = results;
        this.names = new LinkedHashSet<>(names);
    }

    /** Adds the result of one node. */
    void add(NodeResult result) {
        switch (result) {
            case DeliveryReport report -> add(report);
            case Rejected rejection -> rejected.add(rejection);
        }
    }

    private void add(DeliveryReport report) {
        reports.add(report);
        for (Result each : report.absent()) {
            if (names.contains(each.peer()) && each.outcome() instanceof Outcome.Failed failed) {
                absences.computeIfAbsent(each.peer(), _ -> new ArrayList<>(1)).add(failed);
            } else {
                absent.add(each);
            }
        }
    }

    /** Adds ids of peers that do not exist or whose node cannot be reached. */
    void absent(List<String> ids, Outcome.Failed outcome) {
        ids.forEach(each -> absent.add(new Result(each, outcome)));
    }

    /**
     * Adds a node that did not answer.
     *
     * @param ids the targets that are ids of this node's peers
     * @param more whether other targets may also match peers of this node
     */
    void failed(Node node, RpcFailure failure, List<String> ids, boolean more) {
        FailureReason reason =
                switch (failure) {
                    case LOST -> FailureReason.OWNER_LOST;
                    case UNAVAILABLE -> FailureReason.BUS_UNAVAILABLE;
                    case BUSY, UNSUPPORTED -> FailureReason.NODE_BUSY;
                    case SILENT, FAULTY -> FailureReason.NO_ANSWER;
                };
        Outcome.Failed outcome = new Outcome.Failed(failure.mayHaveRun(), reason);
        absent(ids, outcome);
        if (more) {
            incomplete();
            missing.add(node.label());
            if (noAnswer == null || outcome.accepted()) {
                noAnswer = outcome;
            }
        }
    }

    /** Marks the report as partial: there may be nodes that this node does not know at present. */
    void incomplete() {
        partial = true;
    }

    /**
     * Returns the report; the first rejection if a node rejected the message and none has a target.
     */
    NodeResult result() {
        for (String name : names) {
            List<Outcome.Failed> reasons = absences.getOrDefault(name, List.of());
            if (reasons.size() == reports.size()) {
                absent.add(new Result(name, absence(reasons)));
            }
        }
        int matched = sum(each -> each.matched() - each.absent().size());
        if (!rejected.isEmpty() && matched == 0 && !partial) {
            return rejected.getFirst();
        }
        List<Result> listed = new ArrayList<>();
        reports.forEach(each -> listed.addAll(each.listed()));
        for (Rejected each : rejected) {
            FailureReason reason = FailureReason.of(each.reason().word());
            listed.add(new Result(each.detail(), new Outcome.Failed(false, reason)));
        }
        int more = rejected.size() + absent.size();
        matched += more;
        boolean all =
                results == Send.Results.ALL
                        || (results == Send.Results.AUTO && matched <= DeliveryTracker.AUTO_LIMIT);
        if (!all && names.size() != 1) {
            listed.removeIf(each -> !(each.outcome() instanceof Outcome.Failed));
        }
        return new DeliveryReport(
                id,
                matched,
                sum(DeliveryReport::queued),
                sum(DeliveryReport::written),
                sum(DeliveryReport::acked),
                sum(DeliveryReport::replied),
                sum(each -> each.failed() - each.absent().size()) + more,
                listed,
                absent,
                partial,
                missing);
    }

    private int sum(ToIntFunction<DeliveryReport> count) {
        return reports.stream().mapToInt(count).sum();
    }

    private Outcome.Failed absence(List<Outcome.Failed> reasons) {
        if (noAnswer != null) {
            return noAnswer;
        }
        if (partial) {
            return new Outcome.Failed(false, FailureReason.BUS_UNAVAILABLE);
        }
        return reasons.stream()
                .filter(each -> each.reason() != FailureReason.UNKNOWN)
                .findFirst()
                .orElse(new Outcome.Failed(false, FailureReason.UNKNOWN));
    }
}
