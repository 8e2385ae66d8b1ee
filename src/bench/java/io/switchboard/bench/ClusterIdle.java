package io.switchboard.bench;

import java.time.Duration;
import java.util.List;

/** What a cluster without traffic costs its nodes and Redis, and a single node beside it. */
final class ClusterIdle {
    private final Stage stage;
    private final ClusterNodes cluster;

    ClusterIdle(Stage stage, ClusterNodes cluster) {
        this.stage = stage;
        this.cluster = cluster;
    }

    void measure() {
        Duration time = stage.settings().measured().multipliedBy(4);
        Switchboard single = Switchboard.bounded(stage.settings());
        single.start();
        try {
            stage.progress("cluster, idle");
            Stage.pause(time.dividedBy(2)); // what the start and the load before have left to do
            measure(single, time);
        } finally {
            single.stop();
        }
    }

    private void measure(Switchboard single, Duration time) {
        List<Switchboard> nodes = cluster.nodes();
        long alone = single.cpuNanos();
        long together = cluster.cpuNanos();
        RedisFigures before = cluster.redis().figures();
        long start = System.nanoTime();
        Stage.pause(time);
        double seconds = (System.nanoTime() - start) / 1e9;
        RedisFigures redis = cluster.redis().figures().since(before);
        double ofNodes = (cluster.cpuNanos() - together) / 1e6 / seconds / nodes.size();
        double ofSingle = (single.cpuNanos() - alone) / 1e6 / seconds;
        String of = ", %d nodes".formatted(nodes.size());
        add("single", "idle: CPU of a single node", "ms/s", ofSingle);
        add("node", "idle: CPU of a node" + of, "ms/s", ofNodes);
        add("redis", "idle: CPU of Redis" + of, "ms/s", redis.cpuMicros() / 1e3 / seconds);
        add("commands", "idle: commands at Redis" + of, "/s", redis.commands() / seconds);
        add("in", "idle: received by Redis" + of, "B/s", redis.received() / seconds);
        add("out", "idle: sent by Redis" + of, "B/s", redis.sent() / seconds);
    }

    private void add(String key, String title, String unit, double value) {
        stage.results()
                .add(Measure.less("cluster.idle." + key, title, unit), Switchboard.NAME, value);
    }
}
