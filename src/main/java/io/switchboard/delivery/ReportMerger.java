package io.switchboard.delivery;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes one report of what several nodes did. A name is absent where nobody has it who answered;
 * one whom nobody has any more is closed, rather than unknown. Not thread-safe.
 */
final class ReportMerger {
    static final String UNKNOWN = "unknown";
    static final String BUS_UNAVAILABLE = "bus_unavailable";
    private static final String OWNER_LOST = "owner_lost";
    private static final String NO_ANSWER = "no_answer";
    private static final String NODE_BUSY = "node_busy";

    private final String id;
    private final Results results;

    /** The names asked for, by how many nodes have answered that they have them not. */
    private final Map<String, List<Outcome.Failed>> without = new HashMap<>(1);

    private final Set<String> names;
    private final List<DeliveryReport.Result> listed = new ArrayList<>();
    private final List<DeliveryReport.Result> absent = new ArrayList<>(0);
    private final List<String> missing = new ArrayList<>(0);
    private final List<NodeResult.Refused> refused = new ArrayList<>(0);
    private Outcome.@Nullable Failed silence;
    private boolean partial;
    private int answered;
    private int matched;
    private int queued;
    private int written;
    private int acked;
    private int replied;
    private int failed;

    /**
     * @param names for which every node was asked
     */
    ReportMerger(String id, Results results, List<String> names) {
        this.id = id;
        this.results = results;
        this.names = new LinkedHashSet<>(names);
    }

    /** What one node did. */
    void add(NodeResult part) {
        switch (part) {
            case NodeResult.Reported(DeliveryReport report) -> add(report);
            case NodeResult.Refused refusal -> refused.add(refusal);
        }
    }

    private void add(DeliveryReport report) {
        answered++;
        int gone = report.absent().size();
        matched += report.matched() - gone;
        failed += report.failed() - gone;
        queued += report.queued();
        written += report.written();
        acked += report.acked();
        replied += report.replied();
        listed.addAll(report.listed());
        for (DeliveryReport.Result each : report.absent()) {
            if (names.contains(each.peer()) && each.outcome() instanceof Outcome.Failed why) {
                without.computeIfAbsent(each.peer(), _ -> new ArrayList<>(1)).add(why);
            } else {
                absent(each);
            }
        }
    }

    /** A reference that stands for nobody, or for somebody who cannot be reached. */
    void absent(DeliveryReport.Result result) {
        absent.add(result);
    }

    /**
     * A node did not answer.
     *
     * @param ids of its peers that were named
     * @param more whether it may have had others
     */
    void failed(Node node, RpcFailure failure, List<String> ids, boolean more) {
        Outcome.Failed outcome = outcome(failure);
        ids.forEach(each -> absent(new DeliveryReport.Result(each, outcome)));
        if (more) {
            incomplete();
            missing.add(node.label());
            if (silence == null || outcome.accepted()) {
                silence = outcome;
            }
        }
    }

    private static Outcome.Failed outcome(RpcFailure failure) {
        String reason =
                switch (failure) {
                    case LOST -> OWNER_LOST;
                    case UNAVAILABLE -> BUS_UNAVAILABLE;
                    case BUSY, UNSUPPORTED -> NODE_BUSY;
                    case SILENT, FAULTY -> NO_ANSWER;
                };
        return new Outcome.Failed(failure.mayHaveRun(), reason);
    }

    /** There may be nodes of which nothing is known now. */
    void incomplete() {
        partial = true;
    }

    /**
     * All of it.
     *
     * @throws RuntimeException the refusal, where that is all that came of it
     */
    DeliveryReport report() {
        for (String name : names) {
            List<Outcome.Failed> reasons = without.getOrDefault(name, List.of());
            if (reasons.size() == answered) {
                absent(new DeliveryReport.Result(name, why(reasons)));
            }
        }
        if (!refused.isEmpty() && matched == 0 && !partial) {
            throw refused.getFirst().exception();
        }
        for (NodeResult.Refused each : refused) {
            listed.add(
                    new DeliveryReport.Result(
                            each.message(), new Outcome.Failed(false, each.reason())));
            matched++;
            failed++;
        }
        matched += absent.size();
        failed += absent.size();
        boolean all =
                results == Results.ALL
                        || (results == Results.AUTO && matched <= DeliveryTracker.FEW);
        if (!all && names.size() != 1) {
            listed.removeIf(each -> !(each.outcome() instanceof Outcome.Failed));
        }
        return new DeliveryReport(
                id, matched, queued, written, acked, replied, failed, listed, absent, partial,
                missing);
    }

    private Outcome.Failed why(List<Outcome.Failed> reasons) {
        if (silence != null) {
            return silence;
        }
        if (partial) {
            return new Outcome.Failed(false, BUS_UNAVAILABLE);
        }
        return reasons.stream()
                .filter(each -> !each.reason().equals(UNKNOWN))
                .findFirst()
                .orElse(new Outcome.Failed(false, UNKNOWN));
    }
}
