package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Nodes of which one is a minute ahead and one a minute behind: nothing between them goes by their
 * clocks.
 */
@Tag("system")
class ClockSkewIT {
    private static final String EXPIRED =
            "switchboard_cluster_commands_total{result=\"expired\"}";
    private static final int SKEW_SECONDS = 60;

    /** More than a lease lasts. */
    private static final Duration A_WHILE = Duration.ofSeconds(8);

    @Test
    void aMinuteBetweenClocksIsNotFelt() throws Exception {
        Path library = Programs.library("faketime/libfaketime.so.1", "libfaketime");
        try (RedisServer redis = RedisServer.start();
                Cluster cluster = Cluster.of(redis, 3)) {
            cluster.node(1).start();
            cluster.node(2).start(skewed(library, "+" + SKEW_SECONDS));
            cluster.node(3).start(skewed(library, "-" + SKEW_SECONDS));
            cluster.awaitWhole();
            assertThat(skew(cluster.node(2))).isBetween(SKEW_SECONDS - 5L, SKEW_SECONDS + 5L);
            assertThat(skew(cluster.node(3))).isBetween(-SKEW_SECONDS - 5L, -SKEW_SECONDS + 5L);
            cluster.awaitNobody();

            await().during(A_WHILE)
                    .atMost(A_WHILE.plusSeconds(2))
                    .until(() -> cluster.nodes().stream().allMatch(node -> node.nodes() == 3));
            for (ClusterNode owner : cluster.nodes()) {
                try (RawClient client = owner.connect()) {
                    String id = owner.idOf(client);
                    for (ClusterNode asked : cluster.nodes()) {
                        assertThatItSends(asked, id, client);
                    }
                }
                cluster.awaitNobody();
            }
            for (ClusterNode node : cluster.nodes()) {
                assertThat(node.api().metric(EXPIRED)).as(node.name()).isZero();
            }
        }
    }

    private static Map<String, String> skewed(Path library, String seconds) {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAKETIME", seconds,
                "FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }

    /** By how many seconds its clock is ahead, as a peer of its own tells. */
    private static long skew(ClusterNode node) throws Exception {
        try (RawClient client = node.connect()) {
            String at = node.api().peer(node.idOf(client)).get("connectedAt").asString();
            return Duration.between(Instant.now(), Instant.parse(at)).toSeconds();
        }
    }

    private static void assertThatItSends(ClusterNode node, String id, RawClient client)
            throws Exception {
        for (String wait : List.of("queued", "written", "acked")) {
            Api.Answer answer = node.api().post("/send?wait=" + wait + "&to=" + id, wait);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo(wait);
        }
        CompletableFuture<Api.Answer> asked =
                node.api().postAsync("/send?wait=reply&to=all", "q".getBytes(UTF_8));
        assertThat(client.readLine()).isEqualTo("q");
        client.send("a\n");
        assertThat(asked.get().json().get("replied").asInt()).isEqualTo(1);
        for (int i = 0; i < 2; i++) {
            Api.Answer keyed =
                    node.api()
                            .answer(
                                    node.api()
                                            .request("/send?to=" + id)
                                            .header("Idempotency-Key", "by " + node.name() + id)
                                            .POST(BodyPublishers.ofString("once")));
            assertThat(keyed.status()).as(keyed.body()).isEqualTo(200);
        }
        assertThat(client.readLine()).isEqualTo("once");
        assertThat(node.api().get("/peers?q=127").json().get("total").asInt()).isEqualTo(1);
    }
}
