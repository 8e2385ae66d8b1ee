package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
 * Two nodes and a Redis whose clocks are a minute and two apart: what they say to each other goes
 * by Redis' clock and by what has passed of each node's own, and none of it is late or stale.
 */
@Tag("system")
class ClockSkewIT {
    private static final String EXPIRED = "switchboard_cluster_commands_total{result=\"expired\"}";

    /** More than a lease lasts. */
    private static final Duration A_WHILE = Duration.ofSeconds(8);

    @ParameterizedTest
    @CsvSource({"60, -60", "-60, 60"})
    void aMinuteBetweenClocksIsNotFelt(int ofRedis, int ofTheOther) throws Exception {
        try (RedisServer redis = RedisServer.startWithEnvironment(skewed(ofRedis));
                Cluster cluster = Cluster.of(redis, 2)) {
            cluster.node(1).start();
            cluster.node(2).start(skewed(ofTheOther));
            cluster.awaitWhole();
            assertThat(skew(redis)).isBetween(ofRedis - 5L, ofRedis + 5L);
            await().during(A_WHILE)
                    .atMost(A_WHILE.plusSeconds(2))
                    .until(() -> cluster.nodes().stream().allMatch(node -> node.nodes() == 2));
            for (ClusterNode owner : cluster.nodes()) {
                try (RawClient client = owner.connect()) {
                    String id = owner.idOf(client);
                    int expected = owner == cluster.node(2) ? ofTheOther : 0;
                    assertThat(skew(owner, id)).isBetween(expected - 5L, expected + 5L);
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

    /** Of a process with another time of day; how fast it passes is as it was. */
    private static Map<String, String> skewed(int seconds) throws IOException {
        Path library = Programs.library("faketime/libfaketime.so.1", "libfaketime");
        return Map.of(
                "LD_PRELOAD",
                library.toString(),
                "FAKETIME",
                "%+d".formatted(seconds),
                // a JVM's waits go by the monotonic clock, and with a change of it for ever
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1",
                "DONT_FAKE_MONOTONIC",
                "1",
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0",
                "NO_FAKE_STAT",
                "1");
    }

    /** By how many seconds a node's clock is ahead, by when one of its peers has just connected. */
    private static long skew(ClusterNode node, String id) {
        String connected = node.api().get("/peers/" + id).json().get("connectedAt").asString();
        return Duration.between(Instant.now(), Instant.parse(connected)).toSeconds();
    }

    /** By how many seconds its clock is ahead. */
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
