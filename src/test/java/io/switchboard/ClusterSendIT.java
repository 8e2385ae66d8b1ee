package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code POST /send} at a node, to peers of its own and of another. */
@ExtendWith(TwoNodes.class)
class ClusterSendIT {
    private final Cluster cluster;
    private final ClusterNode here;
    private final ClusterNode there;
    private RawClient near;
    private RawClient far;
    private RawClient gate;
    private String nearId;
    private String farId;

    @SuppressWarnings("NullAway.Init") // connect() sets the rest, before each test
    ClusterSendIT(Cluster cluster) {
        this.cluster = cluster;
        this.here = cluster.node(1);
        this.there = cluster.node(2);
    }

    @BeforeEach
    void connect() throws IOException {
        near = here.connect();
        far = there.connect();
        gate = there.connect("gate");
        nearId = here.idOf(near);
        farId = there.idOf(far);
        there.idOf(gate);
        assertThat(here.api().put("/groups/pumps/peers/" + nearId).status()).isEqualTo(204);
        assertThat(there.api().put("/groups/pumps/peers/" + farId).status()).isEqualTo(204);
    }

    @AfterEach
    void leave() throws IOException {
        for (RawClient client : List.of(near, far, gate)) {
            client.close();
        }
    }

    private static JsonNode report(Api.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().has("partial")).as(answer.body()).isFalse();
        return answer.json();
    }

    private static void assertProblem(Api.Answer answer, int status, String reason) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().get("reason").asString()).isEqualTo(reason);
    }

    // ---- targets

    @Test
    void onePeerIsReachedByItsId() throws Exception {
        for (ClusterNode node : cluster.nodes()) {
            JsonNode report = report(node.api().post("/send?to=" + farId, "to " + node.name()));
            assertThat(report.get("matched").asInt()).isEqualTo(1);
            assertThat(report.get("written").asInt()).isEqualTo(1);
            assertThat(report.at("/results/0/peer").asString()).isEqualTo(farId);
            assertThat(report.at("/results/0/status").asString()).isEqualTo("written");
            assertThat(report.at("/results/0/bytes").asInt()).isEqualTo(6);
            assertThat(far.readLine()).isEqualTo("to " + node.name());
        }
    }

    @Test
    void onePeerIsReachedByItsName() throws Exception {
        assertThat(there.api().patch("/peers/" + farId, "{\"name\":\"pump-7\"}").status())
                .isEqualTo(200);
        for (ClusterNode node : cluster.nodes()) {
            JsonNode report = report(node.api().post("/send?to=pump-7", "hello"));
            assertThat(report.at("/results/0/peer").asString()).isEqualTo(farId);
            assertThat(far.readLine()).isEqualTo("hello");
        }
    }

    /** Each of them gets it once, however many of the targets it is one of. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "to=all&exclude=listener:gate",
                "to=group:pumps",
                "to=listener:default",
                "to=transport:tcp&exclude=listener:gate",
                "to=NEAR&to=FAR",
                "to=NEAR&to=FAR&to=all&to=group:pumps&exclude=listener:gate"
            })
    void manyAreReachedOnBothNodes(String query) throws Exception {
        String ids = query.replace("NEAR", nearId).replace("FAR", farId);
        for (ClusterNode node : cluster.nodes()) {
            JsonNode report = report(node.api().post("/send?" + ids, "by " + node.name()));
            assertThat(report.get("matched").asInt()).isEqualTo(2);
            assertThat(report.get("written").asInt()).isEqualTo(2);
            assertThat(report.get("results"))
                    .extracting(result -> result.get("peer").asString())
                    .containsExactlyInAnyOrder(nearId, farId);
            assertThat(near.readLine()).isEqualTo("by " + node.name());
            assertThat(far.readLine()).isEqualTo("by " + node.name());
        }
        report(here.api().post("/send?to=listener:gate", "the first that it gets"));
        assertThat(gate.readLine()).isEqualTo("the first that it gets");
    }

    @Test
    void peersOfTheOtherNodeCanBeExcluded() throws Exception {
        JsonNode report =
                report(
                        here.api()
                                .postJson(
                                        "/send",
                                        """
                                        {"to": ["group:pumps", "listener:gate"], "text": "not far",
                                         "exclude": ["%s"]}
                                        """
                                                .formatted(farId)));
        assertThat(report.get("matched").asInt()).isEqualTo(2);
        report(here.api().post("/send?to=all", "to all"));
        assertThat(near.readLine()).isEqualTo("not far");
        assertThat(gate.readLine()).isEqualTo("not far");
        assertThat(far.readLine()).isEqualTo("to all");
    }

    @Test
    void aCrowdOnBothNodesIsCounted() throws Exception {
        try (Crowd few = Crowd.connect(here.port(), 150);
                Crowd more = Crowd.connect(there.port(), 200)) {
            cluster.awaitTotal(353);
            JsonNode report = report(here.api().post("/send?to=all&results=all", "x"));
            assertThat(report.get("matched").asInt()).isEqualTo(353);
            assertThat(report.get("results").size()).isEqualTo(353);
            report = report(here.api().post("/send?to=listener:default", "yz"));
            assertThat(report.get("written").asInt()).isEqualTo(352);
            assertThat(report.get("results").size()).isZero();
            await().untilAsserted(
                            () -> {
                                few.assertAllReceived(5);
                                more.assertAllReceived(5);
                            });
        }
    }

    @Test
    void oneThatFailsOnTheOtherNodeFailsNoOther() throws Exception {
        assertThat(there.api().delete("/peers/" + farId).status()).isEqualTo(204);
        Api.Answer answer =
                here.api().post("/send?to=%s&to=%s&to=nobody".formatted(nearId, farId), "x");
        assertThat(answer.status()).as(answer.body()).isEqualTo(207);
        assertThat(answer.json().get("matched").asInt()).isEqualTo(3);
        assertThat(answer.json().get("written").asInt()).isEqualTo(1);
        assertThat(answer.json().get("failed").asInt()).isEqualTo(2);
        assertThat(answer.json().get("results"))
                .extracting(
                        result ->
                                result.get("peer").asString()
                                        + " "
                                        + result.path("reason").asString("written"))
                .containsExactlyInAnyOrder(
                        nearId + " written", farId + " closed", "nobody unknown");
    }

    // ---- waits

    @ParameterizedTest
    @ValueSource(strings = {"queued", "written", "acked"})
    void everyWaitReachesTheOtherNode(String wait) throws Exception {
        for (String to : List.of(farId, "all")) {
            JsonNode report = report(here.api().post("/send?to=" + to + "&wait=" + wait, "x"));
            int done = report.get("written").asInt() + report.get("acked").asInt();
            assertThat(done).isEqualTo(report.get("matched").asInt());
            if (wait.equals("acked")) {
                assertThat(report.get("acked").asInt()).isEqualTo(done);
            }
            assertThat(far.readLine()).isEqualTo("x");
        }
    }

    @Test
    void repliesComeFromBothNodes() throws Exception {
        CompletableFuture<Api.Answer> asked =
                here.api().postAsync("/send?wait=reply&to=group:pumps", "who?".getBytes(UTF_8));
        for (RawClient client : List.of(near, far)) {
            assertThat(client.readLine()).isEqualTo("who?");
            client.send("port " + client.port() + "\n");
        }
        JsonNode report = report(asked.get());
        assertThat(report.get("replied").asInt()).isEqualTo(2);
        assertThat(report.get("results"))
                .extracting(result -> result.get("reply").asString())
                .containsExactlyInAnyOrder("port " + near.port(), "port " + far.port());
    }

    /** A node that waits says so: it is silent no more than a second. */
    @Test
    void aReplyOfTheOtherNodesMayTakeLong() throws Exception {
        for (String to : List.of(farId, "group:pumps")) {
            CompletableFuture<Api.Answer> asked =
                    here.api()
                            .postAsync(
                                    "/send?wait=reply&timeout=20s&to=" + to, "q".getBytes(UTF_8));
            assertThat(far.readLine()).isEqualTo("q");
            if (!to.equals(farId)) {
                near.send("at once\n");
            }
            assertThat(asked.copy().completeOnTimeout(null, 2_500, TimeUnit.MILLISECONDS).get())
                    .isNull();
            far.send(new byte[] {(byte) 0xFF, '\n'});
            JsonNode report = report(asked.get());
            assertThat(report.toString()).contains("\"replyBase64\":\"/w==\"");
        }
    }

    @Test
    void noReplyIsNoReplyFromAnyNode() throws Exception {
        for (ClusterNode node : cluster.nodes()) {
            assertProblem(
                    node.api().post("/send?wait=reply&timeout=300ms&to=" + farId, "q"),
                    504,
                    "no_reply");
            assertThat(far.readLine()).isEqualTo("q");
        }
        Api.Answer answer =
                here.api().post("/send?wait=reply&timeout=300ms&to=" + farId + "&to=nobody", "q");
        assertThat(answer.status()).isEqualTo(207);
        assertThat(answer.body()).contains("no_reply", "unknown");
    }

    // ---- payloads

    @Test
    void everyFormArrivesAsItWasSent() throws Exception {
        String to = "{\"to\":\"" + farId + "\",";
        for (String json :
                List.of(
                        "\"text\":\"gr\u00fc\u00dfe\"}",
                        "\"hex\":\"00ff10\"}",
                        "\"base64\":\"AP8Q\"}",
                        "\"text\":\"a\\nb\",\"split\":true}",
                        "\"text\":\"c\\n\",\"framing\":\"raw\"}")) {
            report(here.api().postJson("/send", to + json));
        }
        report(here.api().post("/send?to=" + farId, new byte[] {'%', '+', (byte) 0x80}));
        byte[] expected = "gr\u00fc\u00dfe\n_??\n_??\na\nb\nc\n%+?\n".getBytes(UTF_8);
        byte[] odd = {0, (byte) 0xFF, 0x10};
        int first = "gr\u00fc\u00dfe\n".getBytes(UTF_8).length;
        System.arraycopy(odd, 0, expected, first, 3);
        System.arraycopy(odd, 0, expected, first + 4, 3);
        expected[expected.length - 2] = (byte) 0x80;
        assertThat(far.read(expected.length)).isEqualTo(expected);
    }

    @Test
    void aLargeMessageArrivesWhole() throws Exception {
        String text = "x".repeat(900_000);
        assertThat(here.api().post("/send?wait=queued&to=" + farId, text).status()).isEqualTo(200);
        assertThat(far.readLine()).isEqualTo(text);
    }

    @Test
    void linesOfABatchArriveInTheirOrder() throws Exception {
        int count = 2_000;
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String to = i % 10 == 9 ? "group:pumps" : farId;
            body.append("{\"to\":\"%s\",\"text\":\"message %d\"}\n".formatted(to, i));
        }
        Api.Answer answer =
                here.api()
                        .post(
                                "/send",
                                "application/x-ndjson",
                                BodyPublishers.ofString(body.toString()));
        List<JsonNode> results =
                answer.body().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
        assertThat(results).hasSize(count);
        assertThat(results)
                .allSatisfy(result -> assertThat(result.get("status").asInt()).isEqualTo(200));
        for (int i = 0; i < count; i++) {
            assertThat(far.readLine()).isEqualTo("message " + i);
        }
    }

    // ---- once

    private static Api.Answer send(ClusterNode node, String key, String to, String text) {
        return node.api()
                .answer(
                        node.api()
                                .request("/send?to=" + to)
                                .header("Idempotency-Key", key)
                                .POST(BodyPublishers.ofString(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"FAR", "group:pumps"})
    void aKeyRepeatedAtTheOtherNodeSendsOnce(String target) throws Exception {
        String to = target.replace("FAR", farId);
        String key = "once " + to;
        Api.Answer first = send(here, key, to, "once");
        report(first);
        for (ClusterNode node : cluster.nodes().reversed()) {
            Api.Answer again = send(node, key, to, "once");
            assertThat(again.status()).isEqualTo(200);
            assertThat(again.json().get("written")).isEqualTo(first.json().get("written"));
            if (node == here) {
                assertThat(again.body()).isEqualTo(first.body());
            }
        }
        report(send(there, key + " then", to, "then"));
        for (RawClient client : target.equals("FAR") ? List.of(far) : List.of(near, far)) {
            assertThat(client.readLine()).isEqualTo("once");
            assertThat(client.readLine()).isEqualTo("then");
        }
    }

    /** The race: one key, many requests, both nodes. */
    @Test
    void manyAtOnceWithOneKeySendOnce() throws Exception {
        List<CompletableFuture<Api.Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ClusterNode node = cluster.node(1 + i % 2);
            answers.add(
                    CompletableFuture.supplyAsync(
                            () -> send(node, "race", farId, "once"), Thread::startVirtualThread));
        }
        for (CompletableFuture<Api.Answer> answer : answers) {
            assertThat(report(answer.get()).get("written").asInt()).isEqualTo(1);
        }
        report(here.api().post("/send?to=" + farId, "end"));
        assertThat(far.readLine()).isEqualTo("once");
        assertThat(far.readLine()).isEqualTo("end");
    }

    @Test
    void anotherMessageUnderTheSameKeyIsRefusedByTheOtherNode() throws Exception {
        report(send(here, "taken", farId, "one"));
        assertProblem(send(there, "taken", farId, "two"), 422, "idempotency_key_reused");
        report(here.api().post("/send?to=" + farId, "end"));
        assertThat(far.readLine()).isEqualTo("one");
        assertThat(far.readLine()).isEqualTo("end");
    }

    // ---- errors

    @Test
    void whoIsUnknownIsUnknown() {
        for (ClusterNode node : cluster.nodes()) {
            for (String to : List.of("nobody", there.boot() + "-999999", "zzzzzz-1")) {
                assertProblem(node.api().post("/send?to=" + to, "x"), 404, "unknown");
            }
            assertThat(node.api().post("/send?to=group:none&require=true", "x").status())
                    .isEqualTo(404);
            assertThat(report(node.api().post("/send?to=group:none", "x")).get("matched").asInt())
                    .isZero();
        }
    }

    @Test
    void whoIsClosedIsGone() {
        assertThat(there.api().delete("/peers/" + farId).status()).isEqualTo(204);
        for (ClusterNode node : cluster.nodes()) {
            assertProblem(node.api().post("/send?to=" + farId, "x"), 410, "closed");
        }
    }

    @Test
    void whatCannotBeFramedThereIsRefusedHere() {
        Api.Answer own = there.api().post("/send?to=" + farId, "a\nb");
        Api.Answer answer = here.api().post("/send?to=" + farId, "a\nb");
        assertThat(answer.status()).as(answer.body()).isEqualTo(422).isEqualTo(own.status());
        assertThat(answer.json().get("detail")).isEqualTo(own.json().get("detail"));
    }

    @Test
    void aFullOutboxOfTheOtherNodeIsToldAsOnesOwn() throws Exception {
        byte[] large = "x".repeat(500_000).getBytes(UTF_8);
        try (RawClient stuck = RawClient.connectWithTinyBuffer(there.port())) {
            String id = there.idOf(stuck);
            Api.Answer answer = here.api().post("/send?wait=queued&to=" + id, large);
            for (int i = 0; i < 50 && answer.status() == 200; i++) {
                answer = here.api().post("/send?wait=queued&to=" + id, large);
            }
            assertProblem(answer, 429, "outbox_full");
            assertThat(answer.header("Retry-After")).isNotEmpty();
            assertThat(here.api().post("/send?timeout=200ms&to=" + id, "x").status())
                    .isEqualTo(429);
        }
    }

    @Test
    void whatIsStillQueuedThereIsAccepted() throws Exception {
        byte[] large = "x".repeat(900_000).getBytes(UTF_8);
        try (RawClient stuck = RawClient.connectWithTinyBuffer(there.port())) {
            String id = there.idOf(stuck);
            Api.Answer answer = here.api().post("/send?timeout=300ms&to=" + id, large);
            for (int i = 0; i < 10 && answer.status() == 200; i++) {
                answer = here.api().post("/send?timeout=300ms&to=" + id, large);
            }
            assertThat(answer.status()).as(answer.body()).isEqualTo(202);
            assertThat(answer.json().get("queued").asInt()).isEqualTo(1);
        }
    }
}
