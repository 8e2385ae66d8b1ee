package io.switchboard.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * One message to one peer a request: to a peer of the node that is asked, and to one of another
 * node, in turn.
 */
final class Hops {
    private static final List<Integer> CONNECTIONS = List.of(1, 16, 64);
    private static final int PEERS = 64;

    /** A node's peers, and their ids. */
    private record There(Audience audience, List<String> ids) {}

    private final Stage stage;
    private final ClusterNodes cluster;

    Hops(Stage stage, ClusterNodes cluster) {
        this.stage = stage;
        this.cluster = cluster;
    }

    void measure() {
        Loop loop = stage.loop();
        try (Audience near = Audience.connect(loop, cluster.asked(), PEERS, PEERS);
                Audience far = Audience.connect(loop, cluster.other(), PEERS, PEERS)) {
            stage.awaitPeers(cluster.asked(), 2 * PEERS);
            There local = new There(near, ids(near));
            There remote = new There(far, ids(far));
            stage.progress("cluster, POST /send to one, warming up");
            Duration warmUp = stage.settings().warmUp().dividedBy(2);
            post(local, 16, warmUp);
            post(remote, 16, warmUp);
            for (int round = 0; round < stage.settings().rounds(); round++) {
                for (int connections : CONNECTIONS) {
                    stage.progress(
                            "cluster, POST /send to one, round %d: %d connection%s"
                                    .formatted(
                                            round + 1, connections, connections == 1 ? "" : "s"));
                    measure(local, remote, connections);
                }
            }
        }
        stage.awaitPeers(cluster.asked(), 0);
    }

    private List<String> ids(Audience audience) {
        try {
            return stage.ids(cluster.asked(), audience);
        } catch (IOException e) {
            throw new Failed("a peer has no address", e);
        }
    }

    private void measure(There local, There remote, int connections) {
        String key = "." + connections;
        String of = ", %d connection%s".formatted(connections, connections == 1 ? "" : "s");
        ClosedLoop.Run near =
                measure(local, connections, "cluster.local" + key, "POST /send to own peer" + of);
        RedisFigures before = cluster.redis().figures();
        ClosedLoop.Run far =
                measure(
                        remote,
                        connections,
                        "cluster.hop" + key,
                        "POST /send to another node's peer" + of);
        RedisFigures redis = cluster.redis().figures().since(before);
        stage.results()
                .add(
                        Measure.more(
                                "cluster.ratio" + key,
                                "to another node's by to own" + of,
                                "× sends/s"),
                        Switchboard.NAME,
                        far.messagesPerSecond() / near.messagesPerSecond());
        redis(key, of, redis, far.messages());
    }

    private ClosedLoop.Run measure(There there, int connections, String key, String title) {
        long cpu = cluster.cpuNanos();
        ClosedLoop.Run run = post(there, connections, stage.settings().measured());
        cpu = cluster.cpuNanos() - cpu;
        Results results = stage.results();
        Measure speed = Measure.more(key, title, "/s");
        results.add(speed, Switchboard.NAME, run.messagesPerSecond());
        results.add(
                Measure.less(key + ".p50", title + ", p50", "ms"),
                Switchboard.NAME,
                run.answers().percentile(50));
        results.add(
                Measure.less(key + ".p99", title + ", p99", "ms"),
                Switchboard.NAME,
                run.answers().percentile(99));
        results.addCpu(speed, Switchboard.NAME, cpu, run.messages());
        return run;
    }

    /** What a send to another node's peer asks of Redis. */
    private void redis(String key, String of, RedisFigures redis, long sends) {
        add(key + ".publishes", "PUBLISH a send" + of, "", redis.publishes() / sends);
        add(key + ".in", "received a send" + of, "B", redis.received() / sends);
        add(key + ".out", "sent a send" + of, "B", redis.sent() / sends);
        add(key + ".cpu", "CPU" + of, "µs a send", redis.cpuMicros() / sends);
        stage.results()
                .add(
                        Measure.more(
                                "cluster.redis" + key + ".bears",
                                "Redis: sends its one core bears" + of,
                                "/s"),
                        Switchboard.NAME,
                        sends * 1e6 / redis.cpuMicros());
    }

    private void add(String key, String title, String unit, double value) {
        stage.results()
                .add(
                        Measure.less("cluster.redis" + key, "Redis: " + title, unit),
                        Switchboard.NAME,
                        value);
    }

    private ClosedLoop.Run post(There there, int connections, Duration time) {
        Loop loop = stage.loop();
        try (Senders senders =
                Senders.toOneEach(
                        loop, cluster.asked(), there.audience(), there.ids(), connections)) {
            return ClosedLoop.toOne(loop, there.audience(), senders, time);
        }
    }
}
