package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** How nodes come together: what they need, and what they do without. */
class ClusterStartIT {
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final String SECRET = "hush-0123456789abcdef";

    @Test
    void withoutATokenItRefusesToStartAndSaysWhy() throws Exception {
        try (Child service =
                Child.service(
                        List.of(
                                "--server.port=0",
                                "--switchboard.listeners.default.port=0",
                                "--switchboard.cluster.enabled=true"))) {
            assertThat(service.awaitExit()).isEqualTo(1);
            assertThat(service.output())
                    .contains(
                            "APPLICATION FAILED TO START",
                            "switchboard.cluster.enabled",
                            "switchboard.admin.token",
                            "SWITCHBOARD_ADMIN_TOKEN");
        }
    }

    /** One has peers of its own, and the other comes to it, as soon as there is a Redis. */
    @Test
    void withoutRedisItServesItsOwnPeersAndJoinsWhenRedisComes() throws Exception {
        try (RedisServer redis = RedisServer.stopped();
                Cluster cluster = Cluster.of(redis, 2)) {
            ClusterNode node = cluster.node(1);
            node.start();
            Api api = node.api();
            try (RawClient client = node.connect()) {
                String id = node.idOf(client);
                assertThat(api.post("/send?to=" + id, "hello").status()).isEqualTo(200);
                assertThat(client.readLine()).isEqualTo("hello");
                assertThat(api.get("/nodes").json().get("total").asInt()).isEqualTo(1);
                assertThat(api.get("/actuator/health").json().at("/components/cluster/status"))
                        .hasToString("\"DOWN\"");
                for (String group : List.of("liveness", "readiness")) {
                    Api.Answer health = api.get("/actuator/health/" + group);
                    assertThat(health.status()).as(health.body()).isEqualTo(200);
                    assertThat(health.body()).doesNotContain("cluster");
                }
                Api.Answer nobodys = api.post("/send?to=zzzzzz-1", "x");
                assertThat(nobodys.status()).as(nobodys.body()).isEqualTo(503);
                assertThat(nobodys.json().get("reason").asString()).isEqualTo("bus_unavailable");

                cluster.node(2).start();
                redis.startAgain();
                cluster.awaitWhole();
                for (ClusterNode each : cluster.nodes()) {
                    assertThat(each.api().post("/send?to=" + id, "joined").status()).isEqualTo(200);
                    assertThat(client.readLine()).isEqualTo("joined");
                    await().atMost(LONGEST)
                            .until(
                                    () ->
                                            each.api()
                                                    .get("/actuator/health")
                                                    .json()
                                                    .at("/components/cluster/status")
                                                    .asString()
                                                    .equals("UP"));
                }
            }
        }
    }

    @Test
    void aPasswordIsEnough() throws Exception {
        try (RedisServer redis = RedisServer.start("requirepass " + SECRET);
                Cluster cluster = Cluster.start(redis, 2, "spring.data.redis.password=" + SECRET)) {
            assertThatTheySendToEachOther(cluster);
            cluster.nodes()
                    .forEach(node -> assertThat(node.process().output()).doesNotContain(SECRET));
        }
    }

    /** What the service needs of Redis, and nothing else; and another name than the default. */
    @Test
    void aUserWithFewRightsOverTlsIsEnough(@TempDir Path folder) throws Exception {
        Certificate certificate =
                Certificate.make(folder, "redis", "CN=redis", "-ext", "san=ip:127.0.0.1");
        try (RedisServer redis =
                        RedisServer.startTls(
                                certificate,
                                "user default off",
                                "user plant on >"
                                        + SECRET
                                        + " resetkeys ~plant-2:*"
                                        + " resetchannels &plant-2:* -@all +@read +@write +@pubsub"
                                        + " +@connection +time +info -@dangerous");
                Cluster cluster =
                        Cluster.start(
                                redis,
                                2,
                                "switchboard.cluster.name=plant-2",
                                "spring.data.redis.username=plant",
                                "spring.data.redis.password=" + SECRET,
                                "spring.data.redis.ssl.bundle=redis",
                                "spring.ssl.bundle.pem.redis.truststore.certificate="
                                        + certificate.certificate())) {
            assertThatTheySendToEachOther(cluster);
        }
    }

    private static void assertThatTheySendToEachOther(Cluster cluster) throws Exception {
        for (ClusterNode node : cluster.nodes()) {
            try (RawClient client = node.connect()) {
                String id = node.idOf(client);
                for (ClusterNode asked : cluster.nodes()) {
                    Api.Answer answer = asked.api().post("/send?to=" + id, asked.name());
                    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                    assertThat(client.readLine()).isEqualTo(asked.name());
                }
            }
        }
    }

    /** Names are for people: only what goes by them fails. */
    @Test
    void twoNodesOfOneNameAreTwo() throws Exception {
        try (RedisServer redis = RedisServer.start();
                Cluster cluster = Cluster.start(redis, 2, "switchboard.cluster.node=twin")) {
            assertThatTheySendToEachOther(cluster);
            JsonNode nodes = cluster.node(1).api().get("/nodes").json().get("nodes");
            assertThat(nodes).extracting(node -> node.get("name").asString()).containsOnly("twin");
            String dial = "{\"host\":\"127.0.0.1\",\"port\":%d,\"node\":\"%s\"}";
            Api.Answer answer = cluster.node(1).api().postJson("/peers", dial.formatted(1, "twin"));
            assertThat(answer.status()).as(answer.body()).isEqualTo(409);
            assertThat(answer.json().get("reason").asString()).isEqualTo("ambiguous");
            assertThat(answer.json().get("detail").asString())
                    .contains("twin", cluster.node(1).boot(), cluster.node(2).boot());
            int port = cluster.node(1).port();
            answer =
                    cluster.node(1)
                            .api()
                            .postJson("/peers", dial.formatted(port, cluster.node(2).boot()));
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            assertThat(answer.json().get("id").asString()).startsWith(cluster.node(2).boot() + "-");
        }
    }

    /** Who shares a Redis and not the name is another cluster. */
    @Test
    void twoClustersShareARedis() throws Exception {
        try (RedisServer redis = RedisServer.start();
                Cluster one = Cluster.start(redis, 1);
                Cluster other = Cluster.start(redis, 1, "switchboard.cluster.name=other");
                RawClient client = other.node(1).connect()) {
            String id = other.node(1).idOf(client);
            assertThat(one.node(1).nodes()).isEqualTo(1);
            assertThat(other.node(1).nodes()).isEqualTo(1);
            assertThat(one.node(1).api().post("/send?to=" + id, "x").status()).isEqualTo(404);
            JsonNode all = one.node(1).api().post("/send?to=all", "x").json();
            assertThat(all.get("matched").asInt()).isZero();
            assertThat(other.node(1).api().post("/send?to=" + id, "own").status()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("own");
        }
    }
}
