package io.switchboard.bench;

import java.time.Duration;

/** One message to everyone, one at a time, where all nodes have as many peers. */
final class ClusterBroadcasts {
    private final Stage stage;
    private final ClusterNodes cluster;

    ClusterBroadcasts(Stage stage, ClusterNodes cluster) {
        this.stage = stage;
        this.cluster = cluster;
    }

    void measure() {
        int peers = stage.settings().many();
        for (int round = 0; round < stage.settings().rounds(); round++) {
            stage.progress(
                    "cluster of %d, broadcast to %,d, round %d"
                            .formatted(cluster.nodes().size(), peers, round + 1));
            try (Audience audience = cluster.audience(peers, Lines.MOST_SENDERS)) {
                if (round == 0) {
                    broadcast(audience, Cluster.warmUp(stage));
                }
                measure(audience);
            }
            stage.awaitPeers(cluster.asked(), 0);
        }
    }

    private ClosedLoop.Run broadcast(Audience audience, Duration time) {
        try (Senders senders = Senders.toAll(stage.loop(), cluster.asked(), audience, 1)) {
            return ClosedLoop.broadcast(stage.loop(), audience, senders, time);
        }
    }

    private void measure(Audience audience) {
        long cpu = cluster.cpuNanos();
        ClosedLoop.Run run = broadcast(audience, stage.settings().measured());
        cpu = cluster.cpuNanos() - cpu;
        int nodes = cluster.nodes().size();
        String key = "cluster.broadcast." + nodes + ".";
        String what =
                "broadcast to %,d at %d node%s, "
                        .formatted(audience.size(), nodes, nodes == 1 ? "" : "s");
        Results results = stage.results();
        results.add(
                Measure.less(key + "first", what + "first peer, p50", "ms"),
                Switchboard.NAME,
                run.first().percentile(50));
        results.add(
                Measure.less(key + "last", what + "last peer, p50", "ms"),
                Switchboard.NAME,
                run.last().percentile(50));
        results.add(
                Measure.less(key + "answer", what + "answer, p50", "ms"),
                Switchboard.NAME,
                run.answers().percentile(50));
        results.addCpu(
                Measure.less(key + "last", what + "a delivery", "ms"),
                Switchboard.NAME,
                cpu,
                run.lines());
    }
}
