package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.cluster.CrowdedCluster;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.GeneralLimit;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SIGKILL of Redis, which loses its data, and a restart at once or later than leases last: each
 * node continues to serve its own peers, and the cluster is complete again soon after the restart.
 */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisRestartIT {
    private static final Duration COMPLETE = Duration.ofSeconds(4);

    private CrowdedCluster crowded;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        crowded = CrowdedCluster.start(folder);
    }

    @AfterAll
    void stop() throws IOException {
        crowded.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7})
    void localSendsContinueAndTheClusterIsSoonComplete(int seconds) throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Closeable _ = () -> ended.set(true)) {
            AtomicInteger sent = new AtomicInteger();
            List<Future<?>> senders = new ArrayList<>();
            List<CrowdedCluster.Target> some = new ArrayList<>();
            for (ClusterNode node : crowded.cluster().nodes()) {
                List<CrowdedCluster.Target> own = crowded.targetsAt(node);
                some.add(own.getFirst());
                senders.add(
                        threads.submit(
                                () -> {
                                    for (int i = 1; !ended.get(); i++) {
                                        sendHere(node, own.get(i % own.size()));
                                        sent.incrementAndGet();
                                    }
                                }));
            }
            await().until(() -> sent.get() > 1_000);

            // the best of some restarts, because a stall of the machine spoils a measurement
            Duration whole = GeneralLimit.LIMIT;
            for (int left = 3; left > 0 && whole.compareTo(COMPLETE) >= 0; left--) {
                crowded.redis().kill();
                if (seconds > 0) {
                    TimeUnit.SECONDS.sleep(seconds); // the time without Redis
                }
                int before = sent.get();
                crowded.redis().startAgain();
                long start = System.nanoTime();
                await("the cluster is complete again")
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> isClusterComplete(some));
                whole = Duration.ofNanos(System.nanoTime() - start);
                await().until(() -> sent.get() > before + 1_000);
            }
            ended.set(true);
            for (Future<?> sender : senders) {
                sender.get(60, TimeUnit.SECONDS);
            }
            System.out.printf(
                    "Redis away for %d s: %d local sends unbroken, the cluster whole %d ms after it"
                            + " was back%n",
                    seconds, sent.get(), whole.toMillis());
            assertThat(whole).isLessThan(COMPLETE);
        }
    }

    private static void sendHere(ClusterNode node, CrowdedCluster.Target target) {
        Api.Answer answer = node.api().post("/send?to=" + target.id(), "x");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    /**
     * Returns whether every node knows all nodes, lists all peers and reaches a peer of each node.
     */
    private boolean isClusterComplete(List<CrowdedCluster.Target> some) {
        return crowded.cluster().nodes().stream()
                .allMatch(
                        node ->
                                node.nodes() == 3
                                        && isListComplete(node.api().get("/peers?q=127&limit=1"))
                                        && some.stream()
                                                .allMatch(target -> isReached(node, target)));
    }

    private static boolean isListComplete(Api.Answer peers) {
        return peers.json().get("total").asInt() == CrowdedCluster.PEERS
                && !peers.json().has("partial");
    }

    private static boolean isReached(ClusterNode node, CrowdedCluster.Target target) {
        return node.api().post("/send?to=" + target.id(), "all").status() == 200;
    }
}
