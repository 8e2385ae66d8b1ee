package io.switchboard.bench.scenario;

import io.switchboard.bench.Pause;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.Redis;
import io.switchboard.bench.contestant.ResidentMemory;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.report.Measure;
import java.time.Duration;

/** The start-up time and the memory without peers, of a cluster node and a single node in turn. */
final class ClusterStart {
    private static final Duration SETTLE_TIME = Duration.ofSeconds(2);

    private final ScenarioContext context;

    ClusterStart(ScenarioContext context) {
        this.context = context;
    }

    void measure() {
        Settings settings = context.settings();
        try (Redis redis = Redis.start(settings)) {
            for (int round = 0; round < settings.rounds(); round++) {
                context.progress("cluster, start, round " + (round + 1));
                start("single", "a single node", Switchboard.bounded(settings));
                start("node", "a node of a cluster", Switchboard.node(settings, redis, "node"));
            }
        }
    }

    private void start(String key, String title, Switchboard node) {
        try {
            Duration time = node.startToHealthy();
            context.results()
                    .add(
                            Measure.less("cluster.start." + key, "start to healthy, " + title, "s"),
                            Switchboard.NAME,
                            time.toMillis() / 1e3);
            Pause.of(SETTLE_TIME);
            context.results()
                    .add(
                            Measure.less(
                                    "cluster.memory." + key,
                                    "resident without peers, " + title,
                                    "MB"),
                            Switchboard.NAME,
                            ResidentMemory.kilobytes(node) / 1024);
        } finally {
            node.stop();
        }
    }
}
