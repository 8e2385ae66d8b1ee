package io.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.Crowd;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.TestCluster;
import io.switchboard.testkit.TwoNodes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Lists, reads, changes and closes peers of two nodes through either node. */
@TwoNodes
class ClusterPeersIT {
    private final TestCluster cluster;
    private final ClusterNode here;
    private final ClusterNode there;
    private final List<RawClient> clients = new ArrayList<>();

    ClusterPeersIT(TestCluster cluster) {
        this.cluster = cluster;
        this.here = cluster.node(1);
        this.there = cluster.node(2);
    }

    @AfterEach
    void leave() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }

    private RawClient connect(ClusterNode node) throws IOException {
        return connect(node, "default");
    }

    private RawClient connect(ClusterNode node, String listener) throws IOException {
        RawClient client = node.connect(listener);
        clients.add(client);
        return client;
    }

    /** Connects a peer and returns its id. */
    private String peerOf(ClusterNode node) throws IOException {
        return node.idOf(connect(node));
    }

    private static List<String> ids(ClusterNode node, String query) {
        Api.Answer answer = node.api().get("/peers" + query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        List<String> ids = new ArrayList<>();
        answer.json().get("peers").forEach(peer -> ids.add(peer.get("id").asString()));
        return ids;
    }

    // ---- nodes

    @Test
    void eachNodeListsBothNodes() throws Exception {
        String peer = peerOf(there);
        for (ClusterNode node : cluster.nodes()) {
            await().until(() -> entry(node, there).get("peers").asInt() == 1);
            JsonNode nodes = node.api().get("/nodes").json();
            assertThat(nodes.get("total").asInt()).isEqualTo(2);
            assertThat(nodes.get("nodes")).hasSize(2);
            assertThat(entry(node, there).get("id").asString()).isEqualTo(peer.split("-", -1)[0]);
            for (ClusterNode other : cluster.nodes()) {
                JsonNode entry = entry(node, other);
                assertThat(entry.get("self").asBoolean()).isEqualTo(node == other);
                assertThat(entry.get("draining").asBoolean()).isFalse();
                assertThat(entry.get("host").asString()).isNotEmpty();
                assertThat(entry.has("version")).isTrue();
            }
            assertThat(node.api().metric("switchboard_cluster_nodes")).isEqualTo(2);
        }
    }

    /** Returns the description of another node in a node's list. */
    private static JsonNode entry(ClusterNode node, ClusterNode other) {
        for (JsonNode each : node.api().get("/nodes").json().get("nodes")) {
            if (each.get("name").asString().equals(other.name())) {
                return each;
            }
        }
        throw new AssertionError(node.name() + " does not list " + other.name());
    }

    @Test
    void eitherNodeListsSendsToAndClosesAHalfClosedPeer() throws Exception {
        for (ClusterNode node : cluster.nodes()) {
            RawClient client = connect(there, "staying");
            String id = there.idOf(client);
            client.send("hello\n");
            client.finish();
            await().until(() -> ids(node, "?state=half-closed").equals(List.of(id)));
            assertThat(ids(node, "?state=open")).containsExactly(id);
            assertThat(ids(node, "?state=closed")).doesNotContain(id);
            Api api = node.api();
            assertThat(api.peer(id).get("state").asString()).isEqualTo("half-closed");
            assertThat(api.get("/peers/" + id + "/messages").body()).contains("hello");

            assertThat(api.post("/send?to=" + id, "first").status()).isEqualTo(200);
            assertThat(api.post("/send?to=all", "second").status()).isEqualTo(200);
            Api.Answer asked = api.post("/send?wait=reply&timeout=5m&to=" + id, "question");
            assertThat(asked.status()).as(asked.body()).isEqualTo(410);
            assertThat(asked.json().get("reason").asString()).isEqualTo("half_closed");

            assertThat(api.delete("/peers/" + id + "?farewell=bye").status()).isEqualTo(204);
            assertThat(client.readToEnd()).isEqualTo("first\nsecond\nbye\n");
            assertThat(api.awaitClosed(id)).isEqualTo("kicked");
        }
    }

    // ---- the list

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sort=connectedAt",
                "sort=-connectedAt",
                "sort=-lastReceivedAt",
                "sort=receivedBytes",
                "sort=-sentBytes",
                "sort=queuedBytes",
                "sort=-idle",
                "sort=rtt",
                "listener=default",
                "transport=tcp&sort=-receivedBytes",
                "q=127"
            })
    void pagesOfEitherNodeListEveryPeerOnce(String query) throws Exception {
        try (Crowd few = Crowd.connect(here.port(), 23);
                Crowd more = Crowd.connect(there.port(), 41)) {
            int size = few.members().size() + more.members().size();
            cluster.awaitTotal(size);
            for (ClusterNode node : cluster.nodes()) {
                List<JsonNode> walked = allPages(node, query, 7);
                assertThat(walked.size()).isEqualTo(size);
                assertThat(walked)
                        .extracting(peer -> peer.get("id").asString())
                        .doesNotHaveDuplicates();
                assertThat(walked.stream().filter(peer -> isOf(here, peer)))
                        .hasSize(few.members().size());
                if (query.isEmpty()) {
                    assertThat(walked).isSortedAccordingTo(byNodeAndNumber(walked));
                }
            }
        }
    }

    /** The result does not depend on which node's ids or peers come first in the order. */
    @ParameterizedTest
    @ValueSource(strings = {"listener=default", "listener=default&sort=-connectedAt"})
    void pagesOfOneListenerListThePeersOfBothNodes(String query) throws Exception {
        for (ClusterNode first : cluster.nodes()) {
            ClusterNode second = first == here ? there : here;
            try (Crowd few = Crowd.connect(first.port(), 20);
                    Crowd more = Crowd.connect(second.port(), 20)) {
                cluster.awaitTotal(few.members().size() + more.members().size());
                assertThat(allPages(here, query, 7).size()).isEqualTo(40);
                assertThat(allPages(there, query, 7).size()).isEqualTo(40);
            }
            cluster.awaitTotal(0);
        }
    }

    private static boolean isOf(ClusterNode node, JsonNode peer) {
        return peer.get("node").asString().equals(node.name());
    }

    /** Returns the peers of all pages. All pages but the last are full and have the same total. */
    private static List<JsonNode> allPages(ClusterNode node, String query, int limit) {
        List<JsonNode> peers = new ArrayList<>();
        String after = "";
        int total = -1;
        do {
            Api.Answer answer =
                    node.api().get("/peers?limit=%d&%s%s".formatted(limit, query, after));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            JsonNode page = answer.json();
            assertThat(page.has("partial")).as(answer.body()).isFalse();
            if (total >= 0) {
                assertThat(page.get("total").asInt()).isEqualTo(total);
            }
            total = page.get("total").asInt();
            page.get("peers").forEach(peers::add);
            after = page.get("next").isNull() ? "" : "&after=" + page.get("next").asString();
            if (!after.isEmpty()) {
                assertThat(page.get("peers")).hasSize(limit);
            }
        } while (!after.isEmpty());
        assertThat(peers.size()).as(query).isEqualTo(total);
        return peers;
    }

    /** Orders peers by node, in the order in which the nodes occur first, and then by number. */
    private static Comparator<JsonNode> byNodeAndNumber(List<JsonNode> walked) {
        List<String> nodes =
                walked.stream().map(peer -> peer.get("node").asString()).distinct().toList();
        return Comparator.<JsonNode>comparingInt(peer -> nodes.indexOf(peer.get("node").asString()))
                .thenComparingLong(
                        peer -> Long.parseLong(peer.get("id").asString().split("-", -1)[1]));
    }

    @Test
    void sortsThePeersOfBothNodesTogether() throws Exception {
        List<String> bySize = new ArrayList<>();
        for (int size = 1; size <= 6; size++) {
            ClusterNode node = cluster.node(1 + size % 2);
            RawClient client = connect(node);
            String id = node.idOf(client);
            client.send("x".repeat(10 * size) + "\n");
            await().until(() -> !node.api().peer(id).get("lastReceivedAt").isNull());
            bySize.add(id);
        }
        for (ClusterNode node : cluster.nodes()) {
            for (String sort : List.of("receivedBytes", "lastReceivedAt", "-idle")) {
                assertThat(ids(node, "?sort=" + sort)).as(sort).isEqualTo(bySize);
            }
            assertThat(ids(node, "?sort=-receivedBytes")).isEqualTo(bySize.reversed());
            JsonNode page = node.api().get("/peers?limit=4&sort=-receivedBytes").json();
            String next = page.get("next").asString();
            assertThat(ids(node, "?sort=-receivedBytes&after=" + next))
                    .isEqualTo(bySize.subList(0, 2).reversed());
        }
    }

    /** A cursor is valid at every node, not only at the node that returned it. */
    @Test
    void theOtherNodeContinuesFromACursor() throws Exception {
        List<String> all =
                new ArrayList<>(List.of(peerOf(here), peerOf(here), peerOf(there), peerOf(there)));
        for (String sort : List.of("", "&sort=connectedAt")) {
            cluster.awaitTotal(all.size());
            JsonNode first = here.api().get("/peers?limit=3" + sort).json();
            List<String> walked = new ArrayList<>();
            first.get("peers").forEach(peer -> walked.add(peer.get("id").asString()));
            walked.addAll(ids(there, "?limit=3&after=" + first.get("next").asString() + sort));
            assertThat(walked).as(sort).containsExactlyInAnyOrderElementsOf(all);
        }
    }

    @Test
    void filtersThePeersOfBothNodes() throws Exception {
        String first = peerOf(here);
        String second = peerOf(there);
        RawClient third = connect(there, "gate");
        String thirdId = there.idOf(third);
        patch(here, second, "{\"name\":\"plc-1\",\"groups\":[\"east\"]}");
        patch(there, first, "{\"groups\":[\"east\"]}");
        for (ClusterNode node : cluster.nodes()) {
            assertThat(ids(node, "?name=plc-1")).containsExactly(second);
            assertThat(ids(node, "?group=east")).containsExactlyInAnyOrder(first, second);
            assertThat(ids(node, "?listener=gate")).containsExactly(thirdId);
            assertThat(ids(node, "?q=PLC")).containsExactly(second);
            assertThat(ids(node, "?q=127.0.0.1:" + third.port())).contains(thirdId);
            assertThat(node.api().get("/peers?group=east&limit=1").json().get("total").asInt())
                    .isEqualTo(2);
            assertThat(ids(node, "?group=west")).isEmpty();
        }
        assertThat(here.api().delete("/peers/" + second).status()).isEqualTo(204);
        for (ClusterNode node : cluster.nodes()) {
            assertThat(ids(node, "?group=east")).containsExactly(first);
            assertThat(ids(node, "?state=closed&name=plc-1&limit=1000")).contains(second);
            assertThat(ids(node, "?state=any&group=east&limit=1000")).contains(first, second);
        }
    }

    private static void patch(ClusterNode node, String peer, String json) {
        Api.Answer answer = node.api().patch("/peers/" + peer, json);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void refusesInvalidQueries() {
        for (String wrong : List.of("sort=age", "limit=0", "after=x", "listener=other")) {
            Api.Answer answer = here.api().get("/peers?" + wrong);
            assertThat(answer.status()).as(answer.body()).isEqualTo(400);
            assertThat(answer.json().get("detail").asString()).contains(wrong.split("=", 2)[0]);
        }
    }

    @Test
    void theTextTableHasThePeersOfBothNodes() throws Exception {
        String first = peerOf(here);
        String second = peerOf(there);
        Api.Answer table =
                here.api().answer(here.api().request("/peers").header("Accept", "text/plain"));
        assertThat(table.status()).isEqualTo(200);
        assertThat(table.body()).contains(first, second);
    }

    // ---- one peer

    @Test
    void readsChangesAndClosesAPeerOfTheOtherNode() throws Exception {
        RawClient client = connect(there);
        String id = there.idOf(client);
        JsonNode peer = here.api().peer(id);
        JsonNode own = there.api().peer(id);
        assertThat(peer.propertyNames()).containsExactlyElementsOf(own.propertyNames());
        assertThat(peer.get("node").asString()).isEqualTo(there.name());
        assertThat(peer.get("peername").get("port").asInt()).isEqualTo(client.port());
        assertThat(peer.get("socket").get("options")).isEqualTo(own.get("socket").get("options"));
        assertThat(here.api().head("/peers/" + id).status()).isEqualTo(200);

        Api.Answer changed =
                here.api().patch("/peers/" + id, "{\"name\":\"pump-4\",\"idleTimeout\":\"1h\"}");
        assertThat(changed.status()).as(changed.body()).isEqualTo(200);
        assertThat(changed.json().get("name").asString()).isEqualTo("pump-4");
        for (ClusterNode node : cluster.nodes()) {
            assertThat(node.api().peer("pump-4").get("id").asString()).isEqualTo(id);
        }
        Api.Answer refused = here.api().patch("/peers/" + id, "{\"nmae\":\"x\"}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().get("detail").asString()).contains("nmae");

        assertThat(here.api().delete("/peers/" + id + "?reason=swap&farewell=bye").status())
                .isEqualTo(204);
        assertThat(client.readToEnd()).isEqualTo("bye\n");
        for (ClusterNode node : cluster.nodes()) {
            JsonNode closed = node.api().peer(id);
            assertThat(closed.get("state").asString()).isEqualTo("closed");
            assertThat(closed.get("closeReason").asString()).isEqualTo("kicked");
            assertThat(node.api().delete("/peers/" + id).status()).isEqualTo(410);
        }
    }

    @Test
    void refusesUnknownPeersAtEachNode() throws Exception {
        String id = peerOf(there);
        for (ClusterNode node : cluster.nodes()) {
            for (String unknown : List.of("nobody", there.boot() + "-999999", "zzzzzz-1")) {
                for (String path : List.of("", "/messages")) {
                    Api.Answer answer = node.api().get("/peers/" + unknown + path);
                    assertThat(answer.status()).as(answer.body()).isEqualTo(404);
                    assertThat(answer.json().get("reason").asString()).isEqualTo("unknown");
                }
                assertThat(node.api().delete("/peers/" + unknown).status()).isEqualTo(404);
            }
            assertThat(node.api().get("/peers/" + id).status()).isEqualTo(200);
        }
    }

    /** After a peer has closed, a peer of another node can take its name. */
    @Test
    void aNameMovesToAPeerOfAnotherNode() throws Exception {
        RawClient first = connect(here);
        String firstId = here.idOf(first);
        patch(there, firstId, "{\"name\":\"roaming-1\"}");
        assertThat(there.api().peer("roaming-1").get("id").asString()).isEqualTo(firstId);
        assertThat(here.api().delete("/peers/roaming-1").status()).isEqualTo(204);
        String second = peerOf(there);
        patch(there, second, "{\"name\":\"roaming-1\"}");
        for (ClusterNode node : cluster.nodes()) {
            assertThat(node.api().peer("roaming-1").get("id").asString()).isEqualTo(second);
        }
    }

    // ---- its messages

    @Test
    void readsTheMessagesOfAPeerOfTheOtherNode() throws Exception {
        RawClient client = connect(there);
        String id = there.idOf(client);
        client.send("one\ntwo\n");
        client.send(new byte[] {(byte) 0xFE, '\n'});
        JsonNode page =
                await().until(
                                () -> here.api().get("/peers/" + id + "/messages").json(),
                                messages -> messages.get("messages").size() == 3);
        assertThat(page).isEqualTo(there.api().get("/peers/" + id + "/messages").json());
        assertThat(page.at("/messages/0/text").asString()).isEqualTo("one");
        assertThat(page.at("/messages/2/base64").asString()).isEqualTo("/g==");
        assertThat(
                        here.api()
                                .get("/peers/" + id + "/messages?after=1&limit=1")
                                .json()
                                .at("/messages/0/text")
                                .asString())
                .isEqualTo("two");
        assertThat(here.api().get("/peers/" + id + "/messages?format=hexdump&after=2").body())
                .contains("00000000  fe");
        assertThat(here.api().get("/peers/" + id + "/messages?wait=5").status()).isEqualTo(400);
    }

    /** The poll exceeds the silence timeout, but the peer's node reports progress. */
    @Test
    void aLongPollThroughTheOtherNodeReturnsOnAMessageAndOnTheClose() throws Exception {
        RawClient client = connect(there);
        String path = "/peers/" + there.idOf(client) + "/messages?wait=30s";
        CompletableFuture<Api.Answer> poll = here.api().getAsync(path);
        await().pollDelay(Duration.ofMillis(2500)).until(() -> !poll.isDone());
        client.send("now\n");
        assertThat(poll.get().json().at("/messages/0/text").asString()).isEqualTo("now");
        CompletableFuture<Api.Answer> last = here.api().getAsync(path + "&after=1");
        client.reset();
        assertThat(last.get().json().get("messages")).isEmpty();
    }

    @Test
    void aLongPollThroughTheOtherNodeEndsAfterItsWait() throws Exception {
        String id = peerOf(there);
        Api.Answer answer = here.api().get("/peers/" + id + "/messages?wait=1500ms");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("messages")).isEmpty();
    }

    // ---- groups

    @Test
    void groupsSpanBothNodes() throws Exception {
        String first = peerOf(here);
        String second = peerOf(there);
        for (ClusterNode node : cluster.nodes()) {
            for (String peer : List.of(first, second)) {
                assertThat(node.api().put("/groups/hall/peers/" + peer).status()).isEqualTo(204);
            }
        }
        assertThat(here.api().put("/groups/roof/peers/" + second).status()).isEqualTo(204);
        assertGroups(
                "{\"total\":2,\"groups\":[{\"name\":\"hall\",\"peers\":2},{\"name\":\"roof\",\"peers\":1}]}");
        assertThat(there.api().delete("/groups/hall/peers/" + first).status()).isEqualTo(204);
        assertThat(here.api().delete("/groups/roof/peers/" + second).status()).isEqualTo(204);
        assertGroups("{\"total\":1,\"groups\":[{\"name\":\"hall\",\"peers\":1}]}");
        assertThat(here.api().put("/groups/hall/peers/nobody").status()).isEqualTo(404);
        assertThat(here.api().put("/groups/a%23b/peers/" + second).status()).isEqualTo(400);
    }

    private void assertGroups(String json) {
        for (ClusterNode node : cluster.nodes()) {
            assertThat(node.api().get("/groups").json().toString()).isEqualTo(json);
        }
    }

    // ---- close

    @Test
    void closesManyPeersOnBothNodes() throws Exception {
        RawClient first = connect(here);
        RawClient second = connect(there);
        RawClient third = connect(there);
        String staying = there.idOf(third);
        patch(here, staying, "{\"name\":\"stays\"}");
        cluster.awaitTotal(3);
        Api.Answer answer =
                here.api()
                        .postJson(
                                "/peers/close",
                                "{\"to\":[\"all\",\"nobody\"],\"exclude\":\"stays\",\"reason\":\"move\",\"farewell\":\"bye\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().toString()).isEqualTo("{\"matched\":3,\"closed\":2,\"failed\":1}");
        assertThat(first.readToEnd()).isEqualTo("bye\n");
        assertThat(second.readToEnd()).isEqualTo("bye\n");
        for (ClusterNode node : cluster.nodes()) {
            assertThat(ids(node, "")).containsExactly(staying);
        }
        answer = here.api().postJson("/peers/close", "{\"to\":\"" + staying + "\"}");
        assertThat(answer.json().toString()).isEqualTo("{\"matched\":1,\"closed\":1,\"failed\":0}");
        assertThat(third.readToEnd()).isEmpty();
    }

    // ---- dial

    @Test
    void dialsFromTheNodeThatTheRequestNames() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(30_000);
            for (String node : List.of(there.name(), there.boot())) {
                Api.Answer answer = dial(server, ",\"node\":\"" + node + "\",\"name\":\"plc\"");
                assertThat(answer.status()).as(answer.body()).isEqualTo(201);
                String id = answer.json().get("id").asString();
                assertThat(id).startsWith(there.boot() + "-");
                assertThat(answer.header("Location")).isEqualTo("/peers/" + id);
                assertThat(answer.json().get("node").asString()).isEqualTo(there.name());
                try (Socket accepted = server.accept()) {
                    assertThat(here.api().post("/send?to=plc", "hello").status()).isEqualTo(200);
                    assertThat(RawClient.over(accepted).readLine()).isEqualTo("hello");
                    assertThat(here.api().delete("/peers/plc").status()).isEqualTo(204);
                }
            }
            Api.Answer own = dial(server, "");
            assertThat(own.json().get("id").asString()).startsWith(here.boot() + "-");
            server.accept().close();
        }
    }

    @Test
    void reportsAFailedDialOfTheOtherNode() throws Exception {
        int unusedPort = FreePort.find();
        String body = "{\"host\":\"127.0.0.1\",\"port\":%d,\"node\":\"%s\"}";
        Api.Answer answer = here.api().postJson("/peers", body.formatted(unusedPort, there.name()));
        assertThat(answer.status()).as(answer.body()).isEqualTo(502);
        assertThat(answer.json().get("code").asString()).isEqualTo("ECONNREFUSED");
        answer = here.api().postJson("/peers", body.formatted(unusedPort, "n9"));
        assertThat(answer.status()).as(answer.body()).isEqualTo(404);
        assertThat(answer.json().get("reason").asString()).isEqualTo("unknown_node");
        assertThat(answer.json().get("detail").asString()).contains("n9");
    }

    /** The ids of kept connections are those of a node, and the other node has them too. */
    @Test
    void refersToAKeptConnectionOnlyAtItsOwnNode() throws Exception {
        int unusedPort = FreePort.find();
        for (ClusterNode node : List.of(there, here)) {
            Api.Answer answer =
                    here.api()
                            .postJson(
                                    "/peers",
                                    "{\"host\":\"127.0.0.1\",\"port\":%d,\"keep\":true,\"node\":\"%s\"}"
                                            .formatted(unusedPort, node.name()));
            assertThat(answer.status()).as(answer.body()).isEqualTo(202);
            String call = "/calls/" + answer.json().get("id").asString();
            assertThat(answer.header("Location")).isEqualTo(node == here ? call : "");
            assertThat(node.api().delete(call).status()).isEqualTo(204);
        }
    }

    private Api.Answer dial(ServerSocket server, String more) {
        return here.api()
                .postJson(
                        "/peers",
                        "{\"host\":\"127.0.0.1\",\"port\":" + server.getLocalPort() + more + "}");
    }
}
