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
 * Merges the results of several nodes into one report. A name is absent if no node that answered
 * has a peer of this name; it is closed rather than unknown if some node had one. Not thread-safe.
 */
final class ReportMerger {
    private final String id;
    private final Send.Results results;

    /** Why each name is absent, by every node that answered so. */
    private final Map<String, List<Outcome.Failed>> without = new HashMap<>(1);

    /** The names that every node was asked for. */
    private final Set<String> names;

    private final List<DeliveryReport> reports = new ArrayList<>();
    private final List<Result> absent = new ArrayList<>(0);
    private final List<String> missing = new ArrayList<>(0);
    private final List<Rejected> rejected = new ArrayList<>(0);
    private Outcome.@Nullable Failed silence;
    private boolean partial;

    ReportMerger(String id, Send.Results results, List<String> names) {
        this.id = id;
        this.results = results;
        this.names = new LinkedHashSet<>(names);
    }

    void add(NodeResult result) {
        switch (result) {
            case DeliveryReport report -> add(report);
            case Rejected rejection -> rejected.add(rejection);
        }
    }

    private void add(DeliveryReport report) {
        reports.add(report);
        for (Result each : report.absent()) {
            if (names.contains(each.peer()) && each.outcome() instanceof Outcome.Failed why) {
                without.computeIfAbsent(each.peer(), _ -> new ArrayList<>(1)).add(why);
            } else {
                absent.add(each);
            }
        }
    }

    /** Adds references that stand for no peer, or for peers that cannot be reached. */
    void absent(List<String> references, Outcome.Failed why) {
        references.forEach(each -> absent.add(new Result(each, why)));
    }

    /**
     * Adds a node that did not answer.
     *
     * @param ids the targets that are peers of this node
     * @param more whether the node may have had other targets
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
            if (silence == null || outcome.accepted()) {
                silence = outcome;
            }
        }
    }

    /** Notes that there may be nodes which are not known now. */
    void incomplete() {
        partial = true;
    }

    /** Returns the report, or the first rejection if no node has a target. */
    NodeResult result() {
        for (String name : names) {
            List<Outcome.Failed> reasons = without.getOrDefault(name, List.of());
            if (reasons.size() == reports.size()) {
                absent.add(new Result(name, why(reasons)));
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
                        || (results == Send.Results.AUTO && matched <= DeliveryTracker.FEW);
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

    private Outcome.Failed why(List<Outcome.Failed> reasons) {
        if (silence != null) {
            return silence;
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
