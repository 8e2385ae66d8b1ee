package io.switchboard.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** A cluster of nodes on one Redis, each in a separate JVM: {@code n1}, {@code n2} and so on. */
public final class TestCluster implements AutoCloseable {
    /** The admin token of every node. */
    static final String TOKEN = "all-nodes-0f6b1c9d2e";

    private static final int LOG_LINES = 20;

    private final List<ClusterNode> nodes;

    private TestCluster(List<ClusterNode> nodes) {
        this.nodes = nodes;
    }

    /**
     * Starts a cluster; returns when all nodes know each other.
     *
     * @param properties properties of every node; if one is given twice, the later one wins
     */
    public static TestCluster start(RedisServer redis, int size, String... properties) {
        TestCluster cluster = of(redis, size, properties);
        try {
            cluster.startAll();
            cluster.awaitWhole();
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    /** Returns a cluster whose nodes are not started yet. */
    public static TestCluster of(RedisServer redis, int size, String... properties) {
        List<String> all = new ArrayList<>(redis.properties());
        all.addAll(List.of(properties));
        return new TestCluster(
                IntStream.rangeClosed(1, size)
                        .mapToObj(number -> new ClusterNode("n" + number, all))
                        .toList());
    }

    /**
     * Starts all nodes in parallel; returns when each is ready. Uses platform threads: the first
     * start builds the jar in a static initializer, and a virtual thread that waits for that would
     * pin its carrier thread, which the virtual threads of running services need.
     */
    private void startAll() {
        List<CompletableFuture<Void>> starts =
                nodes.stream()
                        .map(
                                node ->
                                        CompletableFuture.runAsync(
                                                () -> start(node),
                                                task -> Thread.ofPlatform().start(task)))
                        .toList();
        starts.forEach(CompletableFuture::join);
    }

    private static void start(ClusterNode node) {
        try {
            node.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public List<ClusterNode> nodes() {
        return nodes;
    }

    /**
     * Returns a node by its number.
     *
     * @param number starts at 1
     */
    public ClusterNode node(int number) {
        return nodes.get(number - 1);
    }

    /** Waits until every node knows all nodes. */
    public void awaitWhole() {
        await("a whole cluster")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () ->
                                assertThat(nodes)
                                        .extracting(ClusterNode::nodes)
                                        .containsOnly(nodes.size()));
    }

    /** Waits until every node lists this many peers, and the reports of all nodes add up to it. */
    public void awaitTotal(int peers) {
        await(peers + " peers of all nodes")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () ->
                                assertThat(nodes)
                                        .allSatisfy(
                                                node -> {
                                                    assertThat(node.api().total()).isEqualTo(peers);
                                                    assertThat(node.reportedPeers())
                                                            .isEqualTo(peers);
                                                }));
    }

    /** Waits until no node has a peer. The filter makes each node search its own peers. */
    public void awaitNoPeers() {
        await("no peers on any node")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> node(1).api().get("/peers?q=127").json().get("total").asInt() == 0);
    }

    /** Prints the last log lines of every node. */
    void printLogs() {
        for (ClusterNode node : nodes) {
            List<String> lines = node.process().output().lines().toList();
            lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())
                    .forEach(line -> System.out.println(node.name() + ": " + line));
        }
    }

    @Override
    public void close() {
        nodes.forEach(ClusterNode::close);
    }
}
