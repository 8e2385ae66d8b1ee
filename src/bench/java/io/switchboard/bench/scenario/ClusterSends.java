package io.switchboard.bench.scenario;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.RedisStats;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.ClosedLoop;
import io.switchboard.bench.load.EventLoop;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.load.Senders;
import io.switchboard.bench.report.Measure;
import io.switchboard.bench.report.Results;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Sends to a peer of the node that receives the request, and sends to a peer of another node, in
 * turn.
 */
final class ClusterSends {
    private static final List<Integer> CONNECTIONS = List.of(1, 16, 64);
    private static final int PEERS = 64;

    /** Peers of one node and their ids. */
    private record NodePeers(Peers peers, List<String> ids) {}

    private final ScenarioContext context;
    private final ClusterNodes cluster;

    ClusterSends(ScenarioContext context, ClusterNodes cluster) {
        this.context = context;
        this.cluster = cluster;
    }

    void measure() {
        EventLoop loop = context.loop();
        try (Peers localPeers = Peers.connect(loop, cluster.entryNode(), PEERS, PEERS);
                Peers remotePeers = Peers.connect(loop, cluster.otherNode(), PEERS, PEERS)) {
            context.awaitPeers(cluster.entryNode(), 2 * PEERS);
            NodePeers local = new NodePeers(localPeers, ids(localPeers));
            NodePeers remote = new NodePeers(remotePeers, ids(remotePeers));
            context.progress("cluster, POST /send to one, warming up");
            Duration warmUp = context.settings().warmUp().dividedBy(2);
            post(local, 16, warmUp);
            post(remote, 16, warmUp);
            for (int round = 0; round < context.settings().rounds(); round++) {
                for (int connections : CONNECTIONS) {
                    context.progress(
                            "cluster, POST /send to one, round %d: %d connection%s"
                                    .formatted(
                                            round + 1, connections, connections == 1 ? "" : "s"));
                    measure(local, remote, connections);
                }
            }
        }
        context.awaitPeers(cluster.entryNode(), 0);
    }

    private List<String> ids(Peers peers) {
        try {
            return context.ids(cluster.entryNode(), peers);
        } catch (IOException e) {
            throw new BenchException("a peer has no address", e);
        }
    }

    private void measure(NodePeers local, NodePeers remote, int connections) {
        String key = "." + connections;
        String suffix = ", %d connection%s".formatted(connections, connections == 1 ? "" : "s");
        ClosedLoop.Result localRun =
                measure(
                        local,
                        connections,
                        "cluster.local" + key,
                        "POST /send to own peer" + suffix);
        RedisStats before = cluster.redis().stats();
        ClosedLoop.Result remoteRun =
                measure(
                        remote,
                        connections,
                        "cluster.hop" + key,
                        "POST /send to another node's peer" + suffix);
        RedisStats redis = cluster.redis().stats().since(before);
        context.results()
                .add(
                        Measure.more(
                                "cluster.ratio" + key,
                                "to another node's by to own" + suffix,
                                "× sends/s"),
                        Switchboard.NAME,
                        remoteRun.messagesPerSecond() / localRun.messagesPerSecond());
        redis(key, suffix, redis, remoteRun.messages());
    }

    private ClosedLoop.Result measure(
            NodePeers nodePeers, int connections, String key, String title) {
        long cpu = cluster.cpuNanos();
        ClosedLoop.Result run = post(nodePeers, connections, context.settings().measured());
        cpu = cluster.cpuNanos() - cpu;
        Results results = context.results();
        Measure rate = Measure.more(key, title, "/s");
        results.add(rate, Switchboard.NAME, run.messagesPerSecond());
        results.add(
                Measure.less(key + ".p50", title + ", p50", "ms"),
                Switchboard.NAME,
                run.responses().percentile(50));
        results.add(
                Measure.less(key + ".p99", title + ", p99", "ms"),
                Switchboard.NAME,
                run.responses().percentile(99));
        results.addCpu(rate, Switchboard.NAME, cpu, run.messages());
        return run;
    }

    /** Adds the load on Redis of a send to a peer of another node. */
    private void redis(String key, String suffix, RedisStats redis, long sends) {
        add(key + ".publishes", "PUBLISH a send" + suffix, "", redis.publishes() / sends);
        add(key + ".in", "received a send" + suffix, "B", redis.received() / sends);
        add(key + ".out", "sent a send" + suffix, "B", redis.sent() / sends);
        add(key + ".cpu", "CPU" + suffix, "µs a send", redis.cpuMicros() / sends);
        context.results()
                .add(
                        Measure.more(
                                "cluster.redis" + key + ".bears",
                                "Redis: sends its one core bears" + suffix,
                                "/s"),
                        Switchboard.NAME,
                        sends * 1e6 / redis.cpuMicros());
    }

    private void add(String key, String title, String unit, double value) {
        context.results()
                .add(
                        Measure.less("cluster.redis" + key, "Redis: " + title, unit),
                        Switchboard.NAME,
                        value);
    }

    private ClosedLoop.Result post(NodePeers nodePeers, int connections, Duration time) {
        EventLoop loop = context.loop();
        try (Senders senders =
                Senders.toOneEach(
                        loop,
                        cluster.entryNode(),
                        nodePeers.peers(),
                        nodePeers.ids(),
                        connections)) {
            return ClosedLoop.toOne(loop, nodePeers.peers(), senders, time);
        }
    }
}
