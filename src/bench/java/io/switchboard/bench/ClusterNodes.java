package io.switchboard.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A cluster: nodes, each a process of its own, and the Redis between them. */
final class ClusterNodes implements AutoCloseable {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);
    private static final Duration POLL = Duration.ofMillis(50);

    private final Stage stage;
    private final Redis redis;
    private final List<Switchboard> nodes = new ArrayList<>();

    /** Without a node as yet. */
    ClusterNodes(Stage stage) {
        this.stage = stage;
        this.redis = Redis.start(stage.settings());
    }

    Redis redis() {
        return redis;
    }

    /** In the order of joining. */
    List<Switchboard> nodes() {
        return nodes;
    }

    /** The one that is asked. */
    Switchboard asked() {
        return nodes.getFirst();
    }

    /** Another one than is asked. */
    Switchboard other() {
        return nodes.getLast();
    }

    /** Starts one more, and waits until each knows all. */
    void grow() {
        Switchboard node = Switchboard.node(stage.settings(), redis, "node-" + (nodes.size() + 1));
        nodes.add(node);
        node.start();
        nodes.forEach(this::awaitNodes);
    }

    private void awaitNodes(Switchboard node) {
        long start = System.nanoTime();
        try (Http http = Http.connect(stage.loop(), node)) {
            while (known(node, http) != nodes.size()) {
                if (System.nanoTime() - start > LONGEST_WAIT.toNanos()) {
                    throw new Failed("a node does not see all " + nodes.size() + " of them");
                }
                Stage.pause(POLL);
            }
        }
    }

    private static long known(Switchboard node, Http http) {
        HttpAnswer answer = http.exchange(Http.get(node, "/nodes"));
        answer.expect(node.name(), 200);
        return Json.number(answer.body(), "total");
    }

    /** As many peers at each node, of which the one that is asked has taken note. */
    Audience audience(int peers, int senders) {
        Audience audience = Audience.spread(stage.loop(), nodes, peers, senders);
        stage.awaitPeers(asked(), peers);
        return audience;
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
