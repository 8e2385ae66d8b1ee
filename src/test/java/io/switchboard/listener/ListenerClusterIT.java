package io.switchboard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.BackEnds.Post;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.EventReader;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import io.switchboard.tracing.OtlpCollector;
import io.switchboard.tracing.OtlpCollector.Received;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Run-time control of three nodes with one PostgreSQL: listeners, reach, webhooks and traces. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ListenerClusterIT {
    private static final String SMALL = "small-0123456789abcdef";

    private final List<AutoCloseable> servers = new ArrayList<>();
    private final List<RawClient> clients = new ArrayList<>();
    private final BackEnds backEnds = new BackEnds();
    private final OtlpCollector collector = new OtlpCollector();
    private PostgresServer database;
    private TestCluster cluster;

    @BeforeAll
    void start() throws IOException {
        servers.add(backEnds);
        servers.add(collector);
        database = PostgresServer.start();
        servers.add(database);
        RedisServer redis = RedisServer.start();
        servers.add(redis);
        cluster =
                TestCluster.start(
                        redis,
                        3,
                        "spring.datasource.url=" + database.url(),
                        "spring.datasource.username=test",
                        "switchboard.groups.a=a-.*",
                        "switchboard.groups.b=b-.*",
                        "switchboard.admin.tokens.small.token=" + SMALL,
                        "switchboard.admin.tokens.small.roles=read,send,manage",
                        "switchboard.admin.tokens.small.groups=a",
                        "switchboard.listeners.posting.port=0",
                        "switchboard.listeners.posting.webhook.url=" + backEnds.url("/posting"),
                        "switchboard.listeners.posting.webhook.headers.X-Site=north",
                        "management.opentelemetry.tracing.export.otlp.endpoint="
                                + collector.url("/v1/traces"),
                        "management.opentelemetry.tracing.export.schedule-delay=100ms",
                        "management.tracing.sampling.probability=0");
        servers.add(cluster);
    }

    @AfterAll
    void stop() throws Exception {
        for (AutoCloseable each : servers.reversed()) {
            each.close();
        }
    }

    @AfterEach
    void disconnect() throws IOException {
        for (RawClient each : clients) {
            each.close();
        }
        clients.clear();
        cluster.awaitNoPeers();
    }

    private RawClient connect(int node, String listener) throws IOException {
        RawClient client = cluster.node(node).connect(listener);
        clients.add(client);
        return client;
    }

    /** Connects a peer and gives it a name; returns its id. */
    private String named(int node, String name) throws IOException {
        String id = cluster.node(node).idOf(connect(node, "default"));
        Answer renamed = admin(node).patch("/peers/" + id, "{\"name\":\"" + name + "\"}");
        assertThat(renamed.status()).as(renamed.body()).isEqualTo(200);
        return id;
    }

    private Api admin(int node) {
        return cluster.node(node).api();
    }

    private Api small(int node) {
        return new Api(admin(node).port(), SMALL);
    }

    @Test
    void everyNodeFollows() throws Exception {
        ClusterNode one = cluster.node(1);
        Answer created = one.api().postJson("/listeners", "{\"name\":\"gps\",\"port\":0}");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(created.json().has("errors")).as(created.body()).isFalse();
        List<RawClient> peers = new ArrayList<>();
        for (ClusterNode each : cluster.nodes()) {
            assertThat(each.api().get("/listeners/gps").status()).isEqualTo(200);
            RawClient peer = each.connect("gps");
            clients.add(peer);
            peers.add(peer);
        }
        cluster.awaitTotal(3);
        assertThat(admin(2).patch("/listeners/gps", "{\"groups\":[\"east\"]}").status())
                .isEqualTo(200);
        await().until(() -> one.api().get("/peers?group=east").json().get("total").asInt() == 3);
        assertThat(
                        one.api()
                                .postJson(
                                        "/listeners?node=n3", "{\"name\":\"of-three\",\"port\":0}")
                                .status())
                .isEqualTo(201);
        assertThat(one.api().patch("/listeners/of-three", "{\"groups\":[\"w\"]}").status())
                .isEqualTo(200);
        assertThat(admin(3).get("/listeners/of-three").status()).isEqualTo(200);
        // the configuration of a node says nothing about listeners of the API
        Answer reloaded = admin(3).postJson("/actuator/reload", "{}");
        assertThat(reloaded.status()).as(reloaded.body()).isEqualTo(200);
        assertThat(one.api().total()).isEqualTo(3);

        ClusterNode three = cluster.node(3);
        three.kill();
        three.start();
        cluster.awaitWhole();
        assertThat(three.api().get("/listeners/gps").status()).isEqualTo(200);
        assertThat(three.api().get("/listeners/of-three").status()).isEqualTo(200);

        Answer removed = one.api().delete("/listeners/gps?farewell=bye");
        assertThat(removed.json().get("closed").asInt()).as(removed.body()).isEqualTo(2);
        for (RawClient each : peers.subList(0, 2)) {
            assertThat(each.readToEnd()).isEqualTo("bye\n");
        }
        for (ClusterNode each : cluster.nodes()) {
            assertThat(each.api().get("/listeners/gps").status()).isEqualTo(404);
        }
        assertThat(one.api().delete("/listeners/of-three").status()).isEqualTo(200);
    }

    @Test
    void withoutTheStoreNothingIsChanged() throws Exception {
        Answer created = admin(1).postJson("/listeners", "{\"name\":\"kept\",\"port\":0}");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        RawClient peer = connect(1, "kept");
        JsonNode before = admin(1).get("/listeners/kept").json();
        database.kill();
        try {
            for (Answer refused :
                    List.of(
                            admin(1).postJson("/listeners", "{\"name\":\"new\",\"port\":0}"),
                            admin(1).patch("/listeners/kept", "{\"idle-timeout\":\"7s\"}"),
                            admin(1).delete("/listeners/kept?farewell=bye"))) {
                assertThat(refused.status()).as(refused.body()).isEqualTo(503);
                assertThat(refused.json().get("reason").asString()).isEqualTo("store_unavailable");
                assertThat(refused.json().get("detail").asString()).contains("nothing was changed");
            }
            assertThat(admin(1).get("/listeners/new").status()).isEqualTo(404);
            JsonNode after = admin(1).get("/listeners/kept").json();
            for (String field : List.of("address", "listening", "idleTimeout")) {
                assertThat(after.get(field)).as(field).isEqualTo(before.get(field));
            }
            assertThat(admin(1).post("/send?to=listener:kept", "still").status()).isEqualTo(200);
            assertThat(peer.readLine()).isEqualTo("still");
        } finally {
            database.restart();
        }
        await().until(() -> admin(1).delete("/listeners/kept").status() == 200);
        assertThat(admin(1).get("/listeners/new").status()).isEqualTo(404);
    }

    /** Each node is asked, and the peers are at the others. */
    @Test
    void aTokenWithAReachSeesNothingOfOthersAtAnyNode() throws Exception {
        String own = named(1, "a-one");
        String hidden = named(2, "b-two");
        named(2, "a-two");
        named(3, "a-three");
        cluster.awaitTotal(4);
        try (EventReader events = EventReader.open(small(3), "/events")) {
            for (int node = 1; node <= 3; node++) {
                Api api = small(node);
                JsonNode peers = api.get("/peers").json();
                assertThat(peers.get("total").asInt()).isEqualTo(3);
                assertThat(peers.toString()).contains("a-one", "a-three").doesNotContain("b-two");
                assertThat(api.get("/peers?sort=-idle&q=b-two").json().get("total").asInt())
                        .isZero();
                assertThat(api.get("/groups").json().get("groups").toString())
                        .isEqualTo("[{\"name\":\"a\",\"peers\":3}]");
                assertThat(api.get("/peers/" + own).status()).isEqualTo(200);
                for (String reference : List.of("b-two", hidden)) {
                    String nobody = reference.equals("b-two") ? "b-none" : hidden + "000";
                    String path = "/peers/" + reference;
                    for (Answer answer :
                            List.of(
                                    api.get(path),
                                    api.get(path + "/messages?direction=sent"),
                                    api.patch(path, "{\"groups\":[\"a\"]}"),
                                    api.put("/groups/a" + path),
                                    api.delete(path),
                                    api.post("/send?to=" + reference, "x"))) {
                        assertThat(answer.status()).as(answer.body()).isEqualTo(404);
                    }
                    assertThat(api.get(path).body())
                            .isEqualTo(
                                    api.get("/peers/" + nobody).body().replace(nobody, reference));
                }
                JsonNode sent = api.post("/send?to=all&results=all", "hello").json();
                assertThat(sent.get("matched").asInt()).isEqualTo(3);
                assertThat(sent.toString()).doesNotContain(hidden);
                assertThat(
                                api.postJson("/peers/close", "{\"to\":\"group:b\"}")
                                        .json()
                                        .get("matched")
                                        .asInt())
                        .isZero();
                assertThat(api.post("/send?ttl=1h&to=b-away", "x").status()).isEqualTo(403);
                assertThat(api.post("/send?ttl=1h&to=a-away", "x").status()).isEqualTo(202);
                for (JsonNode each : api.get("/nodes").json().get("nodes")) {
                    assertThat(each.has("peers")).isFalse();
                }
                assertThat(api.postJson("/actuator/reload", "{}").body())
                        .contains("forbidden_reach");
            }
            assertThat(small(1).get("/mailboxes").json().get("messages").asInt()).isEqualTo(3);
            assertThat(admin(2).post("/send?ttl=1h&to=b-away", "x").status()).isEqualTo(202);
            assertThat(small(3).get("/mailboxes").body()).doesNotContain("b-away");
            clients.get(1).send("a secret of b\n");
            clients.get(2).send("the end\n");
            List<String> seen = new ArrayList<>();
            do {
                seen.add(events.next().data());
            } while (!seen.getLast().contains("the end"));
            assertThat(seen).noneMatch(each -> each.contains("b-") || each.contains("secret"));
        }
        for (String name : List.of("a-away", "b-away")) {
            assertThat(admin(1).delete("/mailboxes/" + name).status()).isEqualTo(200);
        }
        // and nothing of it has reached the hidden peer
        assertThat(admin(1).post("/send?to=b-two", "for b only").status()).isEqualTo(200);
        assertThat(clients.get(1).readLine()).isEqualTo("for b only");
    }

    /** Every node has the same tokens, and so knows the tickets of the others. */
    @Test
    void aTicketOpensTheEventsOfItsReachAtEachNode() throws Exception {
        named(2, "b-quiet");
        named(2, "a-loud");
        for (int node = 1; node <= 3; node++) {
            int issuer = node % 3 + 1;
            Answer issued = small(issuer).post("/tickets", "");
            assertThat(issued.status()).as(issued.body()).isEqualTo(201);
            String ticket = URLEncoder.encode(issued.json().get("ticket").asString(), UTF_8);
            Api nobody = new Api(admin(node).port());
            try (EventReader events = EventReader.open(nobody, "/events?ticket=" + ticket)) {
                await().until(events::lastId, each -> !each.isEmpty());
                clients.get(0).send("secret\n");
                clients.get(1).send("public\n");
                assertThat(events.next().data()).contains("public").doesNotContain("secret");
            }
            assertThat(nobody.get("/events?ticket=" + ticket).body()).contains("ticket_used");
            assertThat(nobody.get("/peers?ticket=" + ticket).status()).isEqualTo(401);
        }
    }

    @Test
    void eachNodePostsWithTheHeadersOfTheWebhook() throws Exception {
        Set<String> nodes = new HashSet<>();
        for (int node = 1; node <= 3; node++) {
            connect(node, "posting").send("from " + node + "\n");
            nodes.add("from " + node);
        }
        await().until(() -> messages().size() >= 3);
        assertThat(messages()).extracting(Post::text).containsExactlyInAnyOrderElementsOf(nodes);
        assertThat(messages())
                .extracting(each -> each.header("X-site"))
                .containsExactly("north", "north", "north");
    }

    private List<Post> messages() {
        return backEnds.at("/posting").stream().filter(Post::isMessage).toList();
    }

    @Test
    void aSendAndItsWorkAtThreeNodesAreOneTrace() throws Exception {
        for (int node = 1; node <= 3; node++) {
            connect(node, "default");
        }
        cluster.awaitTotal(3);
        String trace = "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3";
        Answer sent =
                admin(2).answer(
                                admin(2).request("/send?to=all")
                                        .header(
                                                "traceparent",
                                                "00-" + trace + "-00000000000000c3-01")
                                        .POST(BodyPublishers.ofString("hello")));
        assertThat(sent.json().get("written").asInt()).as(sent.body()).isEqualTo(3);
        List<Received> spans = collector.await(trace, 3);
        Received request =
                spans.stream()
                        .filter(each -> each.name().equals("/send"))
                        .findFirst()
                        .orElseThrow();
        assertThat(request.parent()).isEqualTo("00000000000000c3");
        assertThat(spans)
                .filteredOn(each -> each.name().equals("cluster send"))
                .hasSize(2)
                .allMatch(each -> each.parent().equals(request.id()))
                .extracting(each -> each.attribute("switchboard.node"))
                .containsExactlyInAnyOrder(cluster.node(1).boot(), cluster.node(3).boot());
    }
}
