package io.switchboard.bench.scenario;

import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.ClosedLoop;
import io.switchboard.bench.load.NumberedLine;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.load.Senders;
import io.switchboard.bench.report.Measure;
import io.switchboard.bench.report.Results;
import java.time.Duration;

/** Broadcasts, one at a time, to peers that are distributed equally among the nodes. */
final class ClusterBroadcasts {
    private final ScenarioContext context;
    private final ClusterNodes cluster;

    ClusterBroadcasts(ScenarioContext context, ClusterNodes cluster) {
        this.context = context;
        this.cluster = cluster;
    }

    void measure() {
        int count = context.settings().manyPeers();
        for (int round = 0; round < context.settings().rounds(); round++) {
            context.progress(
                    "cluster of %d, broadcast to %,d, round %d"
                            .formatted(cluster.nodes().size(), count, round + 1));
            try (Peers peers = cluster.connect(count, NumberedLine.MAX_SENDERS)) {
                if (round == 0) {
                    broadcast(peers, ClusterScenario.warmUp(context));
                }
                measure(peers);
            }
            context.awaitPeers(cluster.entryNode(), 0);
        }
    }

    private ClosedLoop.Result broadcast(Peers peers, Duration time) {
        try (Senders senders = Senders.toAll(context.loop(), cluster.entryNode(), peers, 1)) {
            return ClosedLoop.broadcast(context.loop(), peers, senders, time);
        }
    }

    private void measure(Peers peers) {
        long cpu = cluster.cpuNanos();
        ClosedLoop.Result run = broadcast(peers, context.settings().measured());
        cpu = cluster.cpuNanos() - cpu;
        int nodes = cluster.nodes().size();
        String key = "cluster.broadcast." + nodes + ".";
        String title =
                "broadcast to %,d at %d node%s, "
                        .formatted(peers.size(), nodes, nodes == 1 ? "" : "s");
        Results results = context.results();
        results.add(
                Measure.less(key + "first", title + "first peer, p50", "ms"),
                Switchboard.NAME,
                run.first().percentile(50));
        results.add(
                Measure.less(key + "last", title + "last peer, p50", "ms"),
                Switchboard.NAME,
                run.last().percentile(50));
        results.add(
                Measure.less(key + "answer", title + "answer, p50", "ms"),
                Switchboard.NAME,
                run.responses().percentile(50));
        results.addCpu(
                Measure.less(key + "last", title + "a delivery", "ms"),
                Switchboard.NAME,
                cpu,
                run.lines());
    }
}
