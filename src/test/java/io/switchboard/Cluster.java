package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Some nodes on one Redis, each in a JVM of its own: {@code n1}, {@code n2} and so on. */
final class Cluster implements AutoCloseable {
    /** That every node takes. */
    static final String TOKEN = "all-nodes-0f6b1c9d2e";

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int LINES = 20;

    private final List<ClusterNode> nodes;

    private Cluster(List<ClusterNode> nodes) {
        this.nodes = nodes;
    }

    /**
     * Returns when all know of each other.
     *
     * @param properties for each; a later one counts
     */
    static Cluster start(RedisServer redis, int size, String... properties) {
        Cluster cluster = of(redis, size, properties);
        try {
            cluster.startAll();
            cluster.awaitWhole();
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    /** The same, and none of them is started yet. */
    static Cluster of(RedisServer redis, int size, String... properties) {
        List<String> all = new ArrayList<>(redis.properties());
        all.addAll(List.of(properties));
        return new Cluster(
                IntStream.rangeClosed(1, size)
                        .mapToObj(number -> new ClusterNode("n" + number, all))
                        .toList());
    }

    /**
     * All at the same time; returns when each is ready. By platform threads: the first start of a
     * child makes the jar in a class's initialization, and a virtual thread that waits for that
     * keeps its processor from all other virtual threads, those of running services among them.
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

    List<ClusterNode> nodes() {
        return nodes;
    }

    /**
     * One of them.
     *
     * @param number from 1
     */
    ClusterNode node(int number) {
        return nodes.get(number - 1);
    }

    /** Waits until each knows of all. */
    void awaitWhole() {
        await("a whole cluster")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(LONGEST)
                .untilAsserted(
                        () ->
                                assertThat(nodes)
                                        .extracting(ClusterNode::nodes)
                                        .containsOnly(nodes.size()));
    }

    /** Waits until each has heard from all how many peers they have, and that it is so many. */
    void awaitTotal(int peers) {
        await(peers + " peers of all nodes")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(LONGEST)
                .untilAsserted(
                        () ->
                                assertThat(nodes)
                                        .allSatisfy(
                                                node -> {
                                                    assertThat(node.api().total()).isEqualTo(peers);
                                                    assertThat(node.heardOf()).isEqualTo(peers);
                                                }));
    }

    /** Waits until no node has a peer, by what each says itself. */
    void awaitNobody() {
        await("nobody at any node")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(LONGEST)
                .until(() -> node(1).api().get("/peers?q=127").json().get("total").asInt() == 0);
    }

    /** Prints what they have logged last. */
    void printLogs() {
        for (ClusterNode node : nodes) {
            List<String> lines = node.process().output().lines().toList();
            lines.subList(Math.max(0, lines.size() - LINES), lines.size())
                    .forEach(line -> System.out.println(node.name() + ": " + line));
        }
    }

    @Override
    public void close() {
        nodes.forEach(ClusterNode::close);
    }
}
