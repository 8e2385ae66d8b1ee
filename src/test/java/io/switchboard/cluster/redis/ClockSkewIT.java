package io.switchboard.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two nodes and a Redis whose clocks differ by one and two minutes. Nodes compare times by Redis'
 * clock and measure durations by their monotonic clocks, so no request expires and no lease lapses.
 */
@Tag("system")
class ClockSkewIT {
    private static final String EXPIRED = "switchboard_cluster_commands_total{result=\"expired\"}";

    /** Longer than a lease lasts. */
    private static final Duration OBSERVATION = Duration.ofSeconds(8);

    /** For the time between two readings of clocks on a busy machine. */
    private static final long SLACK_SECONDS = 25;

    @ParameterizedTest
    @CsvSource({"60, -60", "-60, 60"})
    void clocksMayDifferByAMinute(int redisSkew, int nodeSkew) throws Exception {
        try (RedisServer redis = RedisServer.startWithEnvironment(skewed(redisSkew));
                TestCluster cluster = TestCluster.of(redis, 2)) {
            cluster.node(1).start();
            cluster.node(2).start(skewed(nodeSkew));
            cluster.awaitWhole();
            assertThat(skew(redis)).isCloseTo(redisSkew, within(SLACK_SECONDS));
            await().during(OBSERVATION)
                    .until(() -> cluster.nodes().stream().allMatch(node -> node.nodes() == 2));
            for (ClusterNode owner : cluster.nodes()) {
                try (RawClient client = owner.connect()) {
                    String id = owner.idOf(client);
                    int expected = owner == cluster.node(2) ? nodeSkew : 0;
                    assertThat(skew(owner, id)).isCloseTo(expected, within(SLACK_SECONDS));
                    for (ClusterNode sender : cluster.nodes()) {
                        assertThatItSends(sender, id, client);
                    }
                }
                cluster.awaitNoPeers();
            }
            for (ClusterNode node : cluster.nodes()) {
                assertThat(node.api().metric(EXPIRED)).as(node.name()).isZero();
            }
        }
    }

    /**
     * Returns the environment of a process with a shifted time of day that runs at normal speed.
     */
    private static Map<String, String> skewed(int seconds) throws IOException {
        Path library = Programs.library("faketime/libfaketime.so.1", "libfaketime");
        return Map.of(
                "LD_PRELOAD",
                library.toString(),
                "FAKETIME",
                "%+d".formatted(seconds),
                // a JVM waits by the monotonic clock; with a shifted one it waits forever
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1",
                "DONT_FAKE_MONOTONIC",
                "1",
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0",
                "NO_FAKE_STAT",
                "1");
    }

    /** Returns by how many seconds a node's clock is ahead, from a peer that has just connected. */
    private static long skew(ClusterNode node, String id) {
        String connected = node.api().get("/peers/" + id).json().get("connectedAt").asString();
        return Duration.between(Instant.now(), Instant.parse(connected)).toSeconds();
    }

    /** Returns by how many seconds the clock of Redis is ahead. */
    private static long skew(RedisServer redis) throws Exception {
        try (RawClient client = RawClient.connect(redis.port())) {
            client.send("TIME\r\n");
            assertThat(client.readLine()).startsWith("*2");
            assertThat(client.readLine()).startsWith("$");
            return Long.parseLong(client.readLine().strip()) - Instant.now().getEpochSecond();
        }
    }

    private static void assertThatItSends(ClusterNode node, String id, RawClient client)
            throws Exception {
        for (String wait : List.of("queued", "written", "acked")) {
            Api.Answer answer = node.api().post("/send?wait=" + wait + "&to=" + id, wait);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo(wait);
        }
        CompletableFuture<Api.Answer> pending =
                node.api().postAsync("/send?wait=reply&timeout=60s&to=all", "q".getBytes(UTF_8));
        assertThat(client.readLine()).isEqualTo("q");
        client.send("a\n");
        assertThat(pending.get().json().get("replied").asInt()).isEqualTo(1);
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
