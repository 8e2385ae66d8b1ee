package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.cluster.CrowdedCluster;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.ClusterNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * SIGKILL of one of three nodes: sends to its peers fail at once with {@code owner_lost}, and the
 * peers are listed no longer than its lease lasts.
 */
@Tag("system")
class OwnerKilledIT {
    private static final int SENDS = 20;

    /** Half of the time after which a send to a silent node would be answered with 504. */
    private static final Duration MEDIAN = PendingCalls.SILENCE.dividedBy(2);

    /** The lease, and time for a busy machine. */
    private static final Duration UNLISTED = Membership.LEASE.plusSeconds(20);

    @Test
    void sendsToItsPeersFailAtOnceAndThePeersAreUnlistedSoon(@TempDir Path folder)
            throws Exception {
        try (CrowdedCluster crowded = CrowdedCluster.start(folder)) {
            ClusterNode lost = crowded.node(2);
            List<CrowdedCluster.Target> targets = crowded.targetsAt(lost);
            int staying = CrowdedCluster.PEERS - targets.size();
            List<ClusterNode> others = List.of(crowded.node(1), crowded.node(3));
            for (int i = 0; i < 5 * SENDS; i++) {
                Api.Answer answer = send(others.get(i % 2), targets.get(i));
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            }

            lost.kill();
            long start = System.nanoTime();
            List<Duration> took = new ArrayList<>();
            for (int i = 0; i < SENDS; i++) {
                long sentAt = System.nanoTime();
                Api.Answer answer = send(others.get(i % 2), targets.get(i));
                took.add(Duration.ofNanos(System.nanoTime() - sentAt));
                assertThat(answer.status()).as(answer.body()).isEqualTo(503);
                assertThat(answer.json().get("reason").asString()).isEqualTo("owner_lost");
            }
            for (ClusterNode node : others) {
                await().pollInterval(Duration.ofMillis(50))
                        .atMost(UNLISTED.minusNanos(System.nanoTime() - start))
                        .until(() -> isUnlisted(node, lost, staying));
            }
            Duration unlisted = Duration.ofNanos(System.nanoTime() - start);
            took.sort(Duration::compareTo);
            System.out.printf(
                    "kill -9 of an owner: 503 after %.1f ms (median of %d; longest %.1f ms), its %d"
                            + " peers unlisted after %d ms%n",
                    took.get(SENDS / 2).toNanos() / 1e6,
                    SENDS,
                    took.getLast().toNanos() / 1e6,
                    targets.size(),
                    unlisted.toMillis());
            assertThat(took.get(SENDS / 2)).isLessThan(MEDIAN);

            for (ClusterNode node : others) {
                Api.Answer answer = send(node, targets.getFirst());
                assertThat(answer.status()).as(answer.body()).isEqualTo(404);
                JsonNode all = node.api().post("/send?to=all", "who is there?").json();
                assertThat(all.get("written").asInt()).isEqualTo(staying);
            }
        }
    }

    private static Api.Answer send(ClusterNode node, CrowdedCluster.Target target) {
        return node.api().post("/send?to=" + target.id(), "x");
    }

    private static boolean isUnlisted(ClusterNode node, ClusterNode lost, int staying) {
        return node.api().total() == staying
                && node.nodes() == 2
                && node.api().peers().stream()
                        .noneMatch(peer -> peer.get("node").asString().equals(lost.name()));
    }
}
