package io.switchboard.bench;

import java.time.Duration;

/** Start to healthy, and memory without peers: a node of a cluster and a single one in turn. */
final class ClusterStart {
    private static final Duration SETTLING = Duration.ofSeconds(2);

    private final Stage stage;

    ClusterStart(Stage stage) {
        this.stage = stage;
    }

    void measure() {
        Settings settings = stage.settings();
        try (Redis redis = Redis.start(settings)) {
            for (int round = 0; round < settings.rounds(); round++) {
                stage.progress("cluster, start, round " + (round + 1));
                start("single", "a single node", Switchboard.bounded(settings));
                start("node", "a node of a cluster", Switchboard.node(settings, redis, "node"));
            }
        }
    }

    private void start(String key, String what, Switchboard node) {
        try {
            Duration took = node.startToHealthy();
            stage.results()
                    .add(
                            Measure.less("cluster.start." + key, "start to healthy, " + what, "s"),
                            Switchboard.NAME,
                            took.toMillis() / 1e3);
            Stage.pause(SETTLING);
            stage.results()
                    .add(
                            Measure.less(
                                    "cluster.memory." + key,
                                    "resident without peers, " + what,
                                    "MB"),
                            Switchboard.NAME,
                            Resident.kilobytes(node) / 1024);
        } finally {
            node.stop();
        }
    }
}
