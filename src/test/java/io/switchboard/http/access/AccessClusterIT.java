package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Three nodes with one issuer of JWTs and one file of listeners. A request reaches any of them, and
 * its peers are at another.
 */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessClusterIT {
    private static final String APP = "https://app.example";
    private static final String FLEET = "fleet-0123456789abcdef";
    private static final String CONFIGURED =
            """
            switchboard.listeners.site.port=0
            switchboard.listeners.site.identify.pattern=^id (?<name>\\\\S+)
            """;
    private static final String GONE = "switchboard.listeners.gone.port=0\n";
    private static final String FRESH = "switchboard.listeners.fresh.port=0\n";

    private final List<RawClient> clients = new ArrayList<>();
    private final Issuer issuer = new Issuer();
    private RedisServer redis;
    private TestCluster cluster;
    private Path file;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        file = directory.resolve("listeners.properties");
        Files.writeString(file, CONFIGURED + GONE);
        redis = RedisServer.start();
        cluster =
                TestCluster.start(
                        redis,
                        3,
                        "spring.config.additional-location=" + file.toUri(),
                        "spring.security.oauth2.resourceserver.jwt.issuer-uri=" + issuer.uri(),
                        "spring.security.oauth2.resourceserver.jwt.audiences=" + Issuer.AUDIENCE,
                        "logging.level.switchboard.audit=info",
                        "switchboard.groups.vans=van-.*",
                        "switchboard.admin.tokens.fleet.token=" + FLEET,
                        "switchboard.admin.tokens.fleet.roles=read,send",
                        "switchboard.admin.tokens.fleet.groups=vans",
                        "switchboard.connect.allowed-networks=127.0.0.0/8",
                        "switchboard.admin.allowed-origins=" + APP);
    }

    @AfterAll
    void stop() throws IOException {
        cluster.close();
        redis.close();
        issuer.close();
    }

    @AfterEach
    void disconnect() throws IOException {
        for (RawClient each : clients) {
            each.close();
        }
        clients.clear();
        cluster.awaitNoPeers();
    }

    /** Connects a peer with the name {@code at-n1} to the first node, and so on. */
    private RawClient named(ClusterNode node) throws IOException {
        RawClient client = connect(node, "site");
        client.send("id at-" + node.name() + "\n");
        return client;
    }

    private RawClient connect(ClusterNode node, String listener) throws IOException {
        RawClient client = node.connect(listener);
        clients.add(client);
        return client;
    }

    private ClusterNode next(ClusterNode node) {
        List<ClusterNode> nodes = cluster.nodes();
        return nodes.get((nodes.indexOf(node) + 1) % nodes.size());
    }

    private Api as(ClusterNode node, String subject, String scope) {
        return new Api(node.api().port(), issuer.token(subject, scope));
    }

    /** Returns the audit lines that a node has written for changes by {@code who}. */
    private static List<JsonNode> audited(ClusterNode node, String who) {
        return node.logged("\"who\":\"" + who + "\"").stream()
                .map(line -> JsonMapper.shared().readTree(line.substring(line.indexOf('{'))))
                .toList();
    }

    @Test
    void aTokenOfTheIssuerWorksAtEachNodeWhichWritesTheAuditLine() throws Exception {
        for (ClusterNode each : cluster.nodes()) {
            named(each);
        }
        cluster.awaitTotal(3);
        for (ClusterNode node : cluster.nodes()) {
            String subject = "ann-" + node.name();
            String target = "at-" + next(node).name();
            Api reader = as(node, "reader", "switchboard.read");
            reader.awaitOpen(target);
            Answer refused = reader.post("/send?to=" + target, "not sent");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body()).contains("forbidden_role", "'jwt:reader' has read");

            Answer sent =
                    as(node, subject, "switchboard.send")
                            .post("/send?to=" + target, "from " + node.name());
            assertThat(sent.status()).as(sent.body()).isEqualTo(200);
            String who = "jwt:" + subject;
            await().untilAsserted(() -> assertThat(audited(node, who)).hasSize(1));
            JsonNode line = audited(node, who).getFirst();
            assertThat(line.get("what").asString()).isEqualTo("POST /send");
            assertThat(line.get("targets").toString()).isEqualTo("[\"" + target + "\"]");
            assertThat(line.get("status").asInt()).isEqualTo(200);
            assertThat(line.toString()).doesNotContain("from ");
        }
        // the node that has the peer wrote no line for the request of another
        for (ClusterNode node : cluster.nodes()) {
            assertThat(audited(next(node), "jwt:ann-" + node.name())).isEmpty();
        }
        for (ClusterNode node : cluster.nodes()) {
            RawClient peer = clients.get(cluster.nodes().indexOf(next(node)));
            assertThat(peer.readLine()).isEqualTo("from " + node.name());
        }
    }

    /** The two would share the name, and with it the messages. */
    @Test
    void aTokenGivesNoNameThatAPeerOutOfItsReachHasAtAnotherNode() throws Exception {
        ClusterNode there = cluster.node(2);
        String victim = there.idOf(connect(there, "site"));
        change(there.api(), victim, "{\"name\":\"van-1\",\"groups\":[]}", 200);
        for (ClusterNode node : cluster.nodes()) {
            Api fleet = new Api(node.api().port(), FLEET);
            ClusterNode next = next(node);
            String own = next.idOf(connect(next, "site"));
            String name = "van-own-" + node.name();
            change(next.api(), own, "{\"name\":\"" + name + "\"}", 200);
            assertThat(change(fleet, name, "{\"name\":\"van-1\"}", 403))
                    .contains("forbidden_reach", "another peer has it")
                    .doesNotContain(victim);
            try (ServerSocket server = new ServerSocket(0)) {
                Answer dialled =
                        fleet.postJson(
                                "/peers",
                                "{\"host\":\"127.0.0.1\",\"port\":%d,\"listener\":\"site\",\"name\":\"van-1\"}"
                                        .formatted(server.getLocalPort()));
                assertThat(dialled.status()).as(dialled.body()).isEqualTo(403);
                assertThat(dialled.body()).contains("forbidden_reach", "another peer has it");
            }
            assertThat(next.api().peer(own).get("name").asString()).isEqualTo(name);
            change(fleet, name, "{\"name\":\"van-2\"}", 200);
            change(next.api(), own, "{\"name\":\"" + name + "\"}", 200);
        }
        assertThat(cluster.node(1).api().peer("van-1").get("id").asString()).isEqualTo(victim);
    }

    private static String change(Api api, String peer, String json, int status) {
        Answer answer = api.patch("/peers/" + peer, json);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        return answer.body();
    }

    @Test
    void aPageOfAnAllowedOriginChangesPeersOfAnyNode() throws Exception {
        for (ClusterNode each : cluster.nodes()) {
            named(each);
        }
        cluster.awaitTotal(3);
        for (ClusterNode node : cluster.nodes()) {
            Api api = node.api();
            String path = "/peers/at-" + next(node).name();
            api.awaitOpen("at-" + next(node).name());
            Answer preflight =
                    api.answer(
                            new Api(api.port())
                                    .request(path)
                                    .header("Origin", APP)
                                    .header("Access-Control-Request-Method", "PATCH")
                                    .method("OPTIONS", BodyPublishers.noBody()));
            assertThat(preflight.status()).as(preflight.body()).isEqualTo(200);
            assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(APP);
            assertThat(preflight.header("Access-Control-Allow-Methods")).contains("PATCH");

            String groups = "{\"groups\":[\"%s\"]}".formatted("by-" + node.name());
            Answer changed = changeFrom(APP, api, path, groups);
            assertThat(changed.status()).as(changed.body()).isEqualTo(200);
            assertThat(changed.header("Access-Control-Allow-Origin")).isEqualTo(APP);
            Answer refused =
                    changeFrom("https://other.example", api, path, "{\"groups\":[\"other\"]}");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body()).contains("cross_origin");
            assertThat(next(node).api().get(path).json().get("groups").toString())
                    .isEqualTo("[\"by-" + node.name() + "\"]");
        }
    }

    private static Answer changeFrom(String origin, Api api, String path, String json) {
        return api.answer(
                api.request(path)
                        .header("Origin", origin)
                        .header("Content-Type", "application/json")
                        .method("PATCH", BodyPublishers.ofString(json)));
    }

    /** SIGHUP is for one process: the other nodes keep their listeners until they get one. */
    @Test
    void eachNodeReloadsOnItsOwnSignal() throws Exception {
        for (ClusterNode each : cluster.nodes()) {
            named(each);
        }
        List<RawClient> ofGone = new ArrayList<>();
        for (ClusterNode each : cluster.nodes()) {
            ofGone.add(connect(each, "gone"));
        }
        cluster.awaitTotal(6);
        try {
            Files.writeString(file, CONFIGURED + "switchboard.listeners.fresh.prot=1\n");
            for (ClusterNode each : cluster.nodes()) {
                each.process().hangUp();
                await().until(() -> !each.logged("a listener has no such key").isEmpty());
                assertThat(each.api().get("/listeners/gone").status()).isEqualTo(200);
            }
            assertThat(cluster.node(1).api().total()).isEqualTo(6);

            Files.writeString(file, CONFIGURED + FRESH);
            int closed = 0;
            for (ClusterNode each : cluster.nodes()) {
                each.process().hangUp();
                await().until(() -> each.api().get("/listeners/fresh").status() == 200);
                assertThat(ofGone.get(closed).readToEnd()).isEmpty();
                closed++;
                for (ClusterNode other : cluster.nodes()) {
                    int listed = 6 - closed;
                    await().until(() -> other.api().total() == listed);
                }
                for (ClusterNode later : cluster.nodes().subList(closed, 3)) {
                    assertThat(later.api().get("/listeners/gone").status()).isEqualTo(200);
                    assertThat(later.api().get("/listeners/fresh").status()).isEqualTo(404);
                }
            }
            ClusterNode one = cluster.node(1);
            for (int node = 1; node <= 3; node++) {
                String hello = "to n" + node;
                await().until(
                                () ->
                                        one.api()
                                                        .post(
                                                                "/send?to=at-" + hello.substring(3),
                                                                hello)
                                                        .status()
                                                == 200);
                assertThat(clients.get(node - 1).readLine()).isEqualTo(hello);
            }
        } finally {
            Files.writeString(file, CONFIGURED + GONE);
            for (ClusterNode each : cluster.nodes()) {
                each.api().postJson("/actuator/reload", "{}");
            }
        }
    }
}
