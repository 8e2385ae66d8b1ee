package io.switchboard.bench.scenario;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.Redis;
import io.switchboard.bench.contestant.ResponseJson;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.load.HttpResponse;
import io.switchboard.bench.load.Peers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A cluster of Switchboard processes and the Redis process that connects them. */
final class ClusterNodes implements AutoCloseable {
    private static final Duration JOIN_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration POLL = Duration.ofMillis(50);

    private final ScenarioContext context;
    private final Redis redis;
    private final List<Switchboard> nodes = new ArrayList<>();

    /** Starts Redis; the cluster has no nodes yet. */
    ClusterNodes(ScenarioContext context) {
        this.context = context;
        this.redis = Redis.start(context.settings());
    }

    Redis redis() {
        return redis;
    }

    /** Returns the nodes in the order in which they joined. */
    List<Switchboard> nodes() {
        return nodes;
    }

    /** Returns the node to which the requests are sent. */
    Switchboard entryNode() {
        return nodes.getFirst();
    }

    /**
     * Returns the node that joined last. It differs from {@link #entryNode} if there are several.
     */
    Switchboard otherNode() {
        return nodes.getLast();
    }

    /** Starts another node, and waits until every node lists all nodes. */
    void addNode() {
        Switchboard node =
                Switchboard.node(context.settings(), redis, "node-" + (nodes.size() + 1));
        nodes.add(node);
        node.start();
        nodes.forEach(this::awaitNodes);
    }

    private void awaitNodes(Switchboard node) {
        long start = System.nanoTime();
        try (HttpConnection http = HttpConnection.connect(context.loop(), node)) {
            while (visibleNodes(node, http) != nodes.size()) {
                if (System.nanoTime() - start > JOIN_TIMEOUT.toNanos()) {
                    throw new BenchException("a node does not list all " + nodes.size() + " nodes");
                }
                Pause.of(POLL);
            }
        }
    }

    private static long visibleNodes(Switchboard node, HttpConnection http) {
        HttpResponse response = http.exchange(HttpConnection.get(node, "/nodes"));
        response.expect(node.name(), 200);
        return ResponseJson.number(response.body(), "total");
    }

    /** Connects peers to all nodes in turn, and waits until the entry node lists all of them. */
    Peers connect(int count, int senders) {
        Peers peers = Peers.distribute(context.loop(), nodes, count, senders);
        context.awaitPeers(entryNode(), count);
        return peers;
    }

    long cpuNanos() {
        return nodes.stream().mapToLong(Switchboard::cpuNanos).sum();
    }

    @Override
    public void close() {
        nodes.forEach(Switchboard::stop);
        redis.close();
    }
}
