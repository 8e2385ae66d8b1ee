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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A Redis whose clock is a minute ahead of the nodes', or behind: what they say to each other goes
 * by no clock but that one. Nodes whose clocks differ would need a clock of their own to tell, and
 * {@link HouseTest} says that they do not look at it. (libfaketime cannot give a JVM another clock:
 * it hangs.)
 */
@Tag("system")
class ClockSkewIT {
    private static final String EXPIRED = "switchboard_cluster_commands_total{result=\"expired\"}";

    /** More than a lease lasts. */
    private static final Duration A_WHILE = Duration.ofSeconds(8);

    @ParameterizedTest
    @ValueSource(strings = {"+60", "-60"})
    void aMinuteBetweenClocksIsNotFelt(String seconds) throws Exception {
        Path library = Programs.library("faketime/libfaketime.so.1", "libfaketime");
        Map<String, String> skewed = Map.of("LD_PRELOAD", library.toString(), "FAKETIME", seconds);
        try (RedisServer redis = RedisServer.startWithEnvironment(skewed);
                Cluster cluster = Cluster.start(redis, 2)) {
            assertThat(skew(redis) - Integer.parseInt(seconds)).isBetween(-5L, 5L);
            await().during(A_WHILE)
                    .atMost(A_WHILE.plusSeconds(2))
                    .until(() -> cluster.nodes().stream().allMatch(node -> node.nodes() == 2));
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
