package io.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The start of a cluster: its configuration, the rights that it needs in Redis, and no Redis. */
class ClusterStartIT {
    private static final String SECRET = "hush-0123456789abcdef";

    @Test
    void refusesToStartWithoutATokenAndNamesTheKeys() throws Exception {
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

    /** The first node serves its own peers; the second joins it as soon as Redis runs. */
    @Test
    void servesItsOwnPeersWithoutRedisAndJoinsWhenRedisStarts() throws Exception {
        try (RedisServer redis = RedisServer.stopped();
                TestCluster cluster = TestCluster.of(redis, 2)) {
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
                String address = "127.0.0.1:" + redis.port();
                assertThat(
                                api.get("/actuator/health")
                                        .json()
                                        .at("/components/cluster/details/redis")
                                        .asString())
                        .isEqualTo(address);
                node.process()
                        .awaitOutput(
                                "Redis cannot be reached at " + address + " (spring.data.redis.*)");
                for (String group : List.of("liveness", "readiness")) {
                    Api.Answer health = api.get("/actuator/health/" + group);
                    assertThat(health.status()).as(health.body()).isEqualTo(200);
                    assertThat(health.body()).doesNotContain("cluster");
                }
                Api.Answer unresolvable = api.post("/send?to=zzzzzz-1", "x");
                assertThat(unresolvable.status()).as(unresolvable.body()).isEqualTo(503);
                assertThat(unresolvable.json().get("reason").asString())
                        .isEqualTo("bus_unavailable");

                cluster.node(2).start();
                redis.startAgain();
                cluster.awaitWhole();
                for (ClusterNode each : cluster.nodes()) {
                    assertThat(each.api().post("/send?to=" + id, "joined").status()).isEqualTo(200);
                    assertThat(client.readLine()).isEqualTo("joined");
                    await().until(
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
    void joinsWithAPassword() throws Exception {
        try (RedisServer redis = RedisServer.start("requirepass " + SECRET);
                TestCluster cluster =
                        TestCluster.start(redis, 2, "spring.data.redis.password=" + SECRET)) {
            assertThatTheySendToEachOther(cluster);
            cluster.nodes()
                    .forEach(node -> assertThat(node.process().output()).doesNotContain(SECRET));
        }
    }

    /** The Redis user has only the rights that nodes need; the cluster has a name of its own. */
    @Test
    void joinsOverTlsAsAUserWithMinimalRights(@TempDir Path folder) throws Exception {
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
                TestCluster cluster =
                        TestCluster.start(
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

    private static void assertThatTheySendToEachOther(TestCluster cluster) throws Exception {
        for (ClusterNode node : cluster.nodes()) {
            try (RawClient client = node.connect()) {
                String id = node.idOf(client);
                for (ClusterNode sender : cluster.nodes()) {
                    Api.Answer answer = sender.api().post("/send?to=" + id, sender.name());
                    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                    assertThat(client.readLine()).isEqualTo(sender.name());
                }
            }
        }
    }

    /** Only a request that selects a node by an ambiguous name fails. */
    @Test
    void twoNodesMayHaveOneName() throws Exception {
        try (RedisServer redis = RedisServer.start();
                TestCluster cluster =
                        TestCluster.start(redis, 2, "switchboard.cluster.node=twin")) {
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

    /** Nodes that share a Redis but not the name of the cluster form different clusters. */
    @Test
    void twoClustersMayShareARedis() throws Exception {
        try (RedisServer redis = RedisServer.start();
                TestCluster one = TestCluster.start(redis, 1);
                TestCluster other = TestCluster.start(redis, 1, "switchboard.cluster.name=other");
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
