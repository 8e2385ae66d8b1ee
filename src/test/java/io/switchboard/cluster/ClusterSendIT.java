package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Attempts;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.Crowd;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RemoteEnd;
import io.switchboard.testkit.TestCluster;
import io.switchboard.testkit.TwoNodes;
import io.switchboard.tracing.OtlpCollector;
import io.switchboard.tracing.OtlpCollector.Received;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code POST /send} at either of two nodes, to peers of both. */
@TwoNodes
class ClusterSendIT {
    /** After this time without progress, the answer of another node is unknown. */
    private static final Duration SILENCE = Duration.ofSeconds(1);

    private final TestCluster cluster;
    private final OtlpCollector collector;
    private final ClusterNode here;
    private final ClusterNode there;
    private RawClient localClient;
    private RawClient remoteClient;
    private RawClient gateClient;
    private String localId;
    private String remoteId;

    @SuppressWarnings("NullAway.Init") // connect() sets the rest, before each test
    ClusterSendIT(TestCluster cluster, OtlpCollector collector) {
        this.cluster = cluster;
        this.collector = collector;
        this.here = cluster.node(1);
        this.there = cluster.node(2);
    }

    @BeforeEach
    void connect() throws IOException {
        localClient = here.connect();
        remoteClient = there.connect();
        gateClient = there.connect("gate");
        localId = here.idOf(localClient);
        remoteId = there.idOf(remoteClient);
        there.idOf(gateClient);
        assertThat(here.api().put("/groups/pumps/peers/" + localId).status()).isEqualTo(204);
        assertThat(there.api().put("/groups/pumps/peers/" + remoteId).status()).isEqualTo(204);
    }

    @AfterEach
    void leave() throws IOException {
        for (RawClient client : List.of(localClient, remoteClient, gateClient)) {
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
    void sendsToAPeerByItsId() throws Exception {
        for (ClusterNode node : cluster.nodes()) {
            JsonNode report = report(node.api().post("/send?to=" + remoteId, "to " + node.name()));
            assertThat(report.get("matched").asInt()).isEqualTo(1);
            assertThat(report.get("written").asInt()).isEqualTo(1);
            assertThat(report.at("/results/0/peer").asString()).isEqualTo(remoteId);
            assertThat(report.at("/results/0/status").asString()).isEqualTo("written");
            assertThat(report.at("/results/0/bytes").asInt()).isEqualTo(6);
            assertThat(remoteClient.readLine()).isEqualTo("to " + node.name());
        }
    }

    @Test
    void sendsToAPeerByItsName() throws Exception {
        assertThat(there.api().patch("/peers/" + remoteId, "{\"name\":\"pump-7\"}").status())
                .isEqualTo(200);
        for (ClusterNode node : cluster.nodes()) {
            JsonNode report = report(node.api().post("/send?to=pump-7", "hello"));
            assertThat(report.at("/results/0/peer").asString()).isEqualTo(remoteId);
            assertThat(remoteClient.readLine()).isEqualTo("hello");
        }
    }

    @Test
    void aSendAndItsWorkOnTheOtherNodeAreOneTrace() throws Exception {
        String trace = "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1";
        JsonNode report =
                report(
                        here.api()
                                .answer(
                                        here.api()
                                                .request("/send?to=" + remoteId)
                                                .header("Content-Type", Api.FORM)
                                                .header(
                                                        "traceparent",
                                                        "00-" + trace + "-00000000000000c1-01")
                                                .POST(BodyPublishers.ofString("hello"))));
        List<Received> spans = collector.await(trace, 2);
        assertThat(spans)
                .hasSize(2)
                .allMatch(each -> each.attribute("switchboard.written").equals("1"))
                .extracting(each -> each.attribute("switchboard.delivery"))
                .containsOnly(report.get("id").asString());
        Received request =
                spans.stream()
                        .filter(each -> each.name().equals("/send"))
                        .findFirst()
                        .orElseThrow();
        assertThat(request.parent()).isEqualTo("00000000000000c1");
        assertThat(spans)
                .filteredOn(each -> each.name().equals("cluster send"))
                .singleElement()
                .satisfies(
                        work -> {
                            assertThat(work.parent()).isEqualTo(request.id());
                            assertThat(remoteId)
                                    .startsWith(work.attribute("switchboard.node") + "-");
                        });
    }

    @Test
    void endsTheOutputOfAPeerOfAnotherNode() throws Exception {
        report(here.api().post("/send?finish=true&to=" + remoteId, "bye"));
        assertThat(remoteClient.readToEnd()).isEqualTo("bye\n");
        assertProblem(here.api().post("/send?to=" + remoteId, "more"), 410, "finished");
    }

    @Test
    void theNodeThatIsAskedConnects() throws Exception {
        try (RemoteEnd remote = RemoteEnd.start(RemoteEnd::all)) {
            for (ClusterNode node : cluster.nodes()) {
                String to = "/send?wait=acked&to=tcp:127.0.0.1:" + remote.port();
                String peer = report(node.api().post(to, "hello")).at("/results/0/peer").asString();
                assertThat(remote.received()).isEqualTo("hello\n");
                assertThat(node.api().awaitClosed(peer)).isEqualTo("send_ended");
                assertThat(peer).startsWith(node.boot());
            }
        }
    }

    /** A peer that matches several targets receives the message once. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "to=all&exclude=listener:gate",
                "to=group:pumps",
                "to=listener:default",
                "to=transport:tcp&exclude=listener:gate",
                "to=LOCAL&to=REMOTE",
                "to=LOCAL&to=REMOTE&to=all&to=group:pumps&exclude=listener:gate"
            })
    void sendsToManyPeersOnBothNodes(String query) throws Exception {
        String ids = query.replace("LOCAL", localId).replace("REMOTE", remoteId);
        for (ClusterNode node : cluster.nodes()) {
            JsonNode report = report(node.api().post("/send?" + ids, "by " + node.name()));
            assertThat(report.get("matched").asInt()).isEqualTo(2);
            assertThat(report.get("written").asInt()).isEqualTo(2);
            assertThat(report.get("results"))
                    .extracting(result -> result.get("peer").asString())
                    .containsExactlyInAnyOrder(localId, remoteId);
            assertThat(localClient.readLine()).isEqualTo("by " + node.name());
            assertThat(remoteClient.readLine()).isEqualTo("by " + node.name());
        }
        report(here.api().post("/send?to=listener:gate", "the first that it gets"));
        assertThat(gateClient.readLine()).isEqualTo("the first that it gets");
    }

    @Test
    void peersOfTheOtherNodeCanBeExcluded() throws Exception {
        JsonNode report =
                report(
                        here.api()
                                .postJson(
                                        "/send",
                                        """
                                        {"to": ["group:pumps", "listener:gate"], "text": "not remote",
                                         "exclude": ["%s"]}
                                        """
                                                .formatted(remoteId)));
        assertThat(report.get("matched").asInt()).isEqualTo(2);
        report(here.api().post("/send?to=all", "to all"));
        assertThat(localClient.readLine()).isEqualTo("not remote");
        assertThat(gateClient.readLine()).isEqualTo("not remote");
        assertThat(remoteClient.readLine()).isEqualTo("to all");
    }

    @Test
    void countsManyPeersOnBothNodes() throws Exception {
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
    void aFailureOnTheOtherNodeAffectsNoOtherPeer() throws Exception {
        assertThat(there.api().delete("/peers/" + remoteId).status()).isEqualTo(204);
        Api.Answer answer =
                here.api().post("/send?to=%s&to=%s&to=nobody".formatted(localId, remoteId), "x");
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
                        localId + " written", remoteId + " closed", "nobody unknown");
    }

    // ---- waits

    @ParameterizedTest
    @ValueSource(strings = {"queued", "written", "acked"})
    void everyWaitAppliesToPeersOfTheOtherNode(String wait) throws Exception {
        for (String to : List.of(remoteId, "all")) {
            JsonNode report = report(here.api().post("/send?to=" + to + "&wait=" + wait, "x"));
            int done = report.get("written").asInt() + report.get("acked").asInt();
            assertThat(done).isEqualTo(report.get("matched").asInt());
            if (wait.equals("acked")) {
                assertThat(report.get("acked").asInt()).isEqualTo(done);
            }
            assertThat(remoteClient.readLine()).isEqualTo("x");
        }
    }

    @Test
    void returnsTheRepliesOfBothNodes() throws Exception {
        CompletableFuture<Api.Answer> pending =
                here.api()
                        .postAsync(
                                "/send?wait=reply&timeout=60s&to=group:pumps",
                                "who?".getBytes(UTF_8));
        for (RawClient client : List.of(localClient, remoteClient)) {
            assertThat(client.readLine()).isEqualTo("who?");
            client.send("port " + client.port() + "\n");
        }
        JsonNode report = report(pending.get());
        assertThat(report.get("replied").asInt()).isEqualTo(2);
        assertThat(report.get("results"))
                .extracting(result -> result.get("reply").asString())
                .containsExactlyInAnyOrder(
                        "port " + localClient.port(), "port " + remoteClient.port());
    }

    /** A node that waits for a reply reports progress, so the silence timeout does not expire. */
    @Test
    void waitsForALateReplyOnTheOtherNode() throws Exception {
        for (String to : List.of(remoteId, "group:pumps")) {
            CompletableFuture<Api.Answer> pending =
                    here.api()
                            .postAsync(
                                    "/send?wait=reply&timeout=60s&to=" + to, "q".getBytes(UTF_8));
            assertThat(remoteClient.readLine()).isEqualTo("q");
            if (!to.equals(remoteId)) {
                assertThat(localClient.readLine()).isEqualTo("q");
                localClient.send("at once\n");
            }
            assertThat(pending.copy().completeOnTimeout(null, 2_500, TimeUnit.MILLISECONDS).get())
                    .isNull();
            remoteClient.send(new byte[] {(byte) 0xFF, '\n'});
            JsonNode report = report(pending.get());
            assertThat(report.toString()).contains("\"replyBase64\":\"/w==\"");
        }
    }

    @Test
    void reportsAMissingReplyOnEitherNode() throws Exception {
        for (ClusterNode node : cluster.nodes()) {
            Api.Answer missing =
                    await().until(
                                    () ->
                                            node.api()
                                                    .post(
                                                            "/send?wait=reply&timeout=1s&to="
                                                                    + remoteId,
                                                            "q"),
                                    // busy: the time passed before it was sent
                                    each -> each.status() != 503);
            assertProblem(missing, 504, "no_reply");
            assertThat(remoteClient.readLine()).isEqualTo("q");
        }
        Api.Answer answer =
                here.api().post("/send?wait=reply&timeout=3s&to=" + remoteId + "&to=nobody", "q");
        assertThat(answer.status()).isEqualTo(207);
        assertThat(answer.body()).contains("no_reply", "unknown");
    }

    // ---- payloads

    @Test
    void deliversEveryFormOfPayloadUnchanged() throws Exception {
        String to = "{\"to\":\"" + remoteId + "\",";
        for (String json :
                List.of(
                        "\"text\":\"gr\u00fc\u00dfe\"}",
                        "\"hex\":\"00ff10\"}",
                        "\"base64\":\"AP8Q\"}",
                        "\"text\":\"a\\nb\",\"split\":true}",
                        "\"text\":\"c\\n\",\"framing\":\"raw\"}")) {
            report(here.api().postJson("/send", to + json));
        }
        report(here.api().post("/send?to=" + remoteId, new byte[] {'%', '+', (byte) 0x80}));
        byte[] expected = "gr\u00fc\u00dfe\n_??\n_??\na\nb\nc\n%+?\n".getBytes(UTF_8);
        byte[] odd = {0, (byte) 0xFF, 0x10};
        int first = "gr\u00fc\u00dfe\n".getBytes(UTF_8).length;
        System.arraycopy(odd, 0, expected, first, 3);
        System.arraycopy(odd, 0, expected, first + 4, 3);
        expected[expected.length - 2] = (byte) 0x80;
        assertThat(remoteClient.read(expected.length)).isEqualTo(expected);
    }

    @Test
    void aLargeMessageArrivesWhole() throws Exception {
        String text = "x".repeat(900_000);
        assertThat(sendLarge("/send?wait=queued&to=" + remoteId, text.getBytes(UTF_8)).status())
                .isEqualTo(200);
        assertThat(remoteClient.readLine()).isEqualTo(text);
    }

    @Test
    void linesOfABatchArriveInTheirOrder() throws Exception {
        int count = 2_000;
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String to = i % 10 == 9 ? "group:pumps" : remoteId;
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
            assertThat(remoteClient.readLine()).isEqualTo("message " + i);
        }
    }

    // ---- idempotency

    private static Api.Answer send(ClusterNode node, String key, String to, String text) {
        return node.api()
                .answer(
                        node.api()
                                .request("/send?to=" + to)
                                .header("Idempotency-Key", key)
                                .POST(BodyPublishers.ofString(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"REMOTE", "group:pumps"})
    void anIdempotencyKeyRepeatedAtTheOtherNodeSendsOnce(String target) throws Exception {
        String to = target.replace("REMOTE", remoteId);
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
        for (RawClient client :
                target.equals("REMOTE")
                        ? List.of(remoteClient)
                        : List.of(localClient, remoteClient)) {
            assertThat(client.readLine()).isEqualTo("once");
            assertThat(client.readLine()).isEqualTo("then");
        }
    }

    /** Race: many requests with one key arrive at both nodes at once. */
    @Test
    void simultaneousRequestsWithOneKeySendOnce() throws Exception {
        List<CompletableFuture<Api.Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ClusterNode node = cluster.node(1 + i % 2);
            answers.add(
                    CompletableFuture.supplyAsync(
                            () -> send(node, "race", remoteId, "once"),
                            Thread::startVirtualThread));
        }
        for (CompletableFuture<Api.Answer> answer : answers) {
            assertThat(report(answer.get()).get("written").asInt()).isEqualTo(1);
        }
        report(here.api().post("/send?to=" + remoteId, "end"));
        assertThat(remoteClient.readLine()).isEqualTo("once");
        assertThat(remoteClient.readLine()).isEqualTo("end");
    }

    @Test
    void theOtherNodeRefusesAnotherMessageWithTheSameKey() throws Exception {
        report(send(here, "taken", remoteId, "one"));
        assertProblem(send(there, "taken", remoteId, "two"), 422, "idempotency_key_reused");
        report(here.api().post("/send?to=" + remoteId, "end"));
        assertThat(remoteClient.readLine()).isEqualTo("one");
        assertThat(remoteClient.readLine()).isEqualTo("end");
    }

    // ---- errors

    @Test
    void refusesUnknownPeers() {
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
    void refusesClosedPeers() {
        assertThat(there.api().delete("/peers/" + remoteId).status()).isEqualTo(204);
        for (ClusterNode node : cluster.nodes()) {
            assertProblem(node.api().post("/send?to=" + remoteId, "x"), 410, "closed");
        }
    }

    @Test
    void refusesAPayloadThatTheOtherNodeCannotFrame() {
        Api.Answer own = there.api().post("/send?to=" + remoteId, "a\nb");
        Api.Answer answer = here.api().post("/send?to=" + remoteId, "a\nb");
        assertThat(answer.status()).as(answer.body()).isEqualTo(422).isEqualTo(own.status());
        assertThat(answer.json().get("detail")).isEqualTo(own.json().get("detail"));
    }

    /**
     * Sends again while the answer is 504: a busy machine may need longer than {@link #SILENCE} for
     * a large message between nodes, and then it is unknown whether the message was sent.
     */
    private Api.Answer sendLarge(String path, byte[] message) {
        return await().until(() -> here.api().post(path, message), sent -> sent.status() != 504);
    }

    @Test
    void reportsAFullOutboxOnTheOtherNode() throws Exception {
        byte[] large = "x".repeat(500_000).getBytes(UTF_8);
        try (RawClient stuck = RawClient.connectWithTinyBuffer(there.port())) {
            String id = there.idOf(stuck);
            Api.Answer answer = sendLarge("/send?wait=queued&to=" + id, large);
            for (int i = 0; i < 50 && answer.status() == 200; i++) {
                answer = sendLarge("/send?wait=queued&to=" + id, large);
            }
            assertProblem(answer, 429, "outbox_full");
            assertThat(answer.header("Retry-After")).isNotEmpty();
            assertThat(sendLarge("/send?timeout=200ms&to=" + id, new byte[] {'x'}).status())
                    .isEqualTo(429);
        }
    }

    @Test
    void reportsAMessageThatIsStillQueuedOnTheOtherNode() throws Exception {
        Attempts.within(SILENCE, this::queueALargeMessageOnTheOtherNode);
    }

    private void queueALargeMessageOnTheOtherNode() throws Exception {
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
