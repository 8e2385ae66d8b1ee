package io.switchboard.bench.scenario;

import io.switchboard.bench.Pause;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.RedisStats;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.report.Measure;
import java.time.Duration;
import java.util.List;

/** The cost of a cluster without traffic for its nodes and Redis, compared with a single node. */
final class ClusterIdle {
    private final ScenarioContext context;
    private final ClusterNodes cluster;

    ClusterIdle(ScenarioContext context, ClusterNodes cluster) {
        this.context = context;
        this.cluster = cluster;
    }

    void measure() {
        Duration time = context.settings().measured().multipliedBy(4);
        Switchboard single = Switchboard.bounded(context.settings());
        single.start();
        try {
            context.progress("cluster, idle");
            // Work that remains from the start and from the previous load finishes in this time.
            Pause.of(time.dividedBy(2));
            measure(single, time);
        } finally {
            single.stop();
        }
    }

    private void measure(Switchboard single, Duration time) {
        List<Switchboard> nodes = cluster.nodes();
        long singleBefore = single.cpuNanos();
        long nodesBefore = cluster.cpuNanos();
        RedisStats redisBefore = cluster.redis().stats();
        long start = System.nanoTime();
        Pause.of(time);
        double seconds = (System.nanoTime() - start) / 1e9;
        RedisStats redis = cluster.redis().stats().since(redisBefore);
        double perNode = (cluster.cpuNanos() - nodesBefore) / 1e6 / seconds / nodes.size();
        double singleNode = (single.cpuNanos() - singleBefore) / 1e6 / seconds;
        String suffix = ", %d nodes".formatted(nodes.size());
        add("single", "idle: CPU of a single node", "ms/s", singleNode);
        add("node", "idle: CPU of a node" + suffix, "ms/s", perNode);
        add("redis", "idle: CPU of Redis" + suffix, "ms/s", redis.cpuMicros() / 1e3 / seconds);
        add("commands", "idle: commands at Redis" + suffix, "/s", redis.commands() / seconds);
        add("in", "idle: received by Redis" + suffix, "B/s", redis.received() / seconds);
        add("out", "idle: sent by Redis" + suffix, "B/s", redis.sent() / seconds);
    }

    private void add(String key, String title, String unit, double value) {
        context.results()
                .add(Measure.less("cluster.idle." + key, title, unit), Switchboard.NAME, value);
    }
}
