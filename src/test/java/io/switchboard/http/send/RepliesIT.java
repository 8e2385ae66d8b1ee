package io.switchboard.http.send;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Sends requests to peers with {@code POST /send?wait=reply} and reads their message history. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.numbered.port=0",
            "switchboard.listeners.numbered.correlate=^#(\\\\d+)"
        })
class RepliesIT {
    private final RunningService service;
    private final Api api;

    RepliesIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void awaitNoPeers() {
        api.awaitTotal(0);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @Test
    void theReplyIsInTheReport() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            client.send("boot\n");
            await().untilAsserted(
                            () ->
                                    assertThat(api.peer(id).at("/received/messages").asInt())
                                            .isOne());
            CompletableFuture<Api.Answer> pending =
                    api.postAsync("/send?wait=reply&timeout=60s&to=" + id, bytes("temp?"));
            assertThat(client.readLine()).isEqualTo("temp?");
            client.send("21.5\n");
            Api.Answer answer = pending.get();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().get("replied").asInt()).isEqualTo(1);
            JsonNode result = answer.json().get("results").get(0);
            assertThat(result.get("status").asString()).isEqualTo("replied");
            assertThat(result.get("reply").asString()).isEqualTo("21.5");
            assertThat(result.get("bytes").asInt()).isEqualTo(6);
        }
    }

    @Test
    void aReplyThatIsNotUtf8IsInBase64() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            CompletableFuture<Api.Answer> pending =
                    api.postAsync("/send?wait=reply&timeout=60s&to=" + id, bytes("x"));
            client.readLine();
            client.send(new byte[] {(byte) 0xFF, 0, '\n'});
            JsonNode result = pending.get().json().get("results").get(0);
            assertThat(result.get("replyBase64").asString()).isEqualTo("/wA=");
            assertThat(result.get("reply")).isNull();
        }
    }

    @Test
    void eachPeerRepliesForItself() throws Exception {
        try (RawClient one = service.connect();
                RawClient two = service.connect();
                RawClient silent = service.connect()) {
            String id = api.idOf(silent);
            api.awaitTotal(3);
            CompletableFuture<Api.Answer> pending =
                    api.postAsync("/send?wait=reply&to=all&timeout=10s", bytes("who?"));
            for (RawClient client : List.of(one, two)) {
                assertThat(client.readLine()).isEqualTo("who?");
                client.send("port " + client.port() + "\n");
            }
            assertThat(silent.readLine()).isEqualTo("who?");
            Api.Answer answer = pending.get();
            assertThat(answer.status()).isEqualTo(207);
            assertThat(answer.json().get("replied").asInt()).isEqualTo(2);
            assertThat(answer.json().get("failed").asInt()).isEqualTo(1);
            assertThat(answer.body())
                    .contains("\"reply\":\"port " + one.port() + "\"")
                    .contains("\"reply\":\"port " + two.port() + "\"")
                    .contains(
                            "{\"peer\":\""
                                    + id
                                    + "\",\"status\":\"failed\",\"reason\":\"no_reply\"}");
        }
    }

    @Test
    void aMissingReplyIsATimeoutThatSaysTheMessageMayHaveBeenWritten() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            Api.Answer answer =
                    await().until(
                                    () -> api.post("/send?wait=reply&timeout=200ms&to=" + id, "q0"),
                                    // busy: the time passed before it was sent
                                    each -> each.status() != 503);
            assertThat(answer.status()).as(answer.body()).isEqualTo(504);
            assertThat(answer.json().get("reason").asString()).isEqualTo("no_reply");
            assertThat(answer.json().get("detail").asString()).contains("may have been written");
            assertThat(client.readLine()).isEqualTo("q0");

            CompletableFuture<Api.Answer> next =
                    api.postAsync("/send?wait=reply&timeout=60s&to=" + id, bytes("q1"));
            client.send("a0, late\n");
            assertThat(client.readLine()).isEqualTo("q1");
            client.send("a1\n");
            assertThat(next.get().body()).contains("\"reply\":\"a1\"");
            String counter = "switchboard_%s_messages_total{listener=\"default\"}";
            assertThat(api.metric(counter.formatted("answered"))).isPositive();
            assertThat(api.metric(counter.formatted("unanswered"))).isPositive();
        }
    }

    @Test
    void requestsToOnePeerAreSentOneAfterTheOther() throws Exception {
        int requests = 20;
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            List<CompletableFuture<Api.Answer>> answers = new ArrayList<>();
            for (int each = 0; each < requests; each++) {
                answers.add(
                        api.postAsync("/send?wait=reply&timeout=60s&to=" + id, bytes("q" + each)));
            }
            for (int each = 0; each < requests; each++) {
                String request = client.readLine();
                client.send(request.replace('q', 'a') + "\n");
            }
            for (int each = 0; each < requests; each++) {
                assertThat(answers.get(each).get().body()).contains("\"reply\":\"a" + each + "\"");
            }
        }
    }

    @Test
    void aRequestThatTimesOutBeforeItIsSentIsReportedAsBusy() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            CompletableFuture<Api.Answer> first =
                    api.postAsync("/send?wait=reply&timeout=60s&to=" + id, bytes("q0"));
            assertThat(client.readLine()).isEqualTo("q0");
            Api.Answer answer = api.post("/send?wait=reply&timeout=100ms&to=" + id, "q1");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.json().get("reason").asString()).isEqualTo("busy");
            client.send("a0\n");
            assertThat(first.get().status()).isEqualTo(200);
        }
    }

    @Test
    void requestsWithDifferentCorrelationNumbersAreConcurrent() throws Exception {
        try (RawClient client = RawClient.connect(service.port("numbered"))) {
            String id = api.idOf(client);
            List<CompletableFuture<Api.Answer>> answers = new ArrayList<>();
            for (int each = 0; each < 5; each++) {
                answers.add(
                        api.postAsync(
                                "/send?wait=reply&timeout=60s&to=" + id, bytes("#" + each + " q")));
                client.readLine();
            }
            for (int each = 4; each >= 0; each--) {
                client.send("#" + each + " a\n");
                assertThat(answers.get(each).get().body())
                        .contains("\"reply\":\"#" + each + " a\"");
            }
            Api.Answer answer = api.post("/send?wait=reply&timeout=60s&to=" + id, "no number");
            assertThat(answer.status()).isEqualTo(422);
            assertThat(answer.json().get("detail").asString()).contains("correlate").contains("^#");
        }
    }

    /** If a client repeats a number, no sender may get the reply to another sender's request. */
    @Test
    void requestsWithTheSameCorrelationNumberAreSentOneAfterTheOther() throws Exception {
        try (RawClient client = RawClient.connect(service.port("numbered"))) {
            String id = api.idOf(client);
            CompletableFuture<Api.Answer> first =
                    api.postAsync("/send?wait=reply&timeout=60s&to=" + id, bytes("#7 first"));
            assertThat(client.readLine()).isEqualTo("#7 first");
            CompletableFuture<Api.Answer> second =
                    api.postAsync("/send?wait=reply&timeout=60s&to=" + id, bytes("#7 second"));
            CompletableFuture<Api.Answer> other =
                    api.postAsync("/send?wait=reply&timeout=60s&to=" + id, bytes("#8 other"));
            assertThat(client.readLine()).isEqualTo("#8 other"); // and not the second
            client.send("#7 one\n");
            assertThat(first.get().body()).contains("\"reply\":\"#7 one\"");
            assertThat(client.readLine()).isEqualTo("#7 second");
            client.send("#7 two\n#8 three\n");
            assertThat(second.get().body()).contains("\"reply\":\"#7 two\"");
            assertThat(other.get().body()).contains("\"reply\":\"#8 three\"");
        }
    }

    @Test
    void aPeerThatClosesEndsTheWait() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            CompletableFuture<Api.Answer> pending =
                    api.postAsync("/send?wait=reply&timeout=60s&to=" + id, bytes("q"));
            client.readLine();
            client.reset();
            assertThat(pending.get().status()).isEqualTo(410);
        }
    }

    @Test
    void theHistoryHasTheMessagesOfAPeer() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            client.send("one\n\u00e9\n");
            client.send(new byte[] {(byte) 0xFE, '\n'});
            JsonNode page = awaitMessages(id, 3);
            assertThat(page.get("missed").asInt()).isZero();
            assertThat(page.get("next").asInt()).isEqualTo(3);
            JsonNode first = page.get("messages").get(0);
            assertThat(first.get("seq").asInt()).isEqualTo(1);
            assertThat(first.get("text").asString()).isEqualTo("one");
            assertThat(first.get("at").asString()).endsWith("Z");
            assertThat(page.get("messages").get(1).get("text").asString()).isEqualTo("é");
            assertThat(page.get("messages").get(2).get("base64").asString()).isEqualTo("/g==");

            assertThat(
                            api.get("/peers/" + id + "/messages?after=1&limit=1")
                                    .json()
                                    .get("next")
                                    .asInt())
                    .isEqualTo(2);
            assertThat(api.get("/peers/" + id + "/messages?format=hexdump&after=1").body())
                    .contains("#2  ")
                    .contains("  2 bytes\n00000000  c3 a9 ")
                    .contains("  |..|\n");
        }
    }

    private JsonNode awaitMessages(String id, int count) {
        return await().until(
                        () -> api.get("/peers/" + id + "/messages").json(),
                        page -> page.get("messages").size() == count);
    }

    @Test
    void aLongPollReturnsOnTheNextMessageAndOnTheClose() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            CompletableFuture<Api.Answer> poll =
                    api.getAsync("/peers/" + id + "/messages?wait=30s");
            client.send("now\n");
            assertThat(poll.get().json().get("messages").get(0).get("text").asString())
                    .isEqualTo("now");
            poll = api.getAsync("/peers/" + id + "/messages?after=1&wait=30s");
            client.reset();
            assertThat(poll.get().json().get("messages").size()).isZero();
            assertThat(api.awaitClosed(id)).isEqualTo("reset");
            assertThat(api.get("/peers/" + id + "/messages").body()).contains("\"text\":\"now\"");
        }
    }

    @Test
    void anOverrunHistoryReportsTheNumberOfMissedMessages() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            client.send("x\n".repeat(250));
            awaitMessages(id, 100);
            await().until(() -> api.peer(id).get("received").get("messages").asInt() == 250);
            JsonNode page = api.get("/peers/" + id + "/messages").json();
            assertThat(page.get("missed").asInt()).isEqualTo(150);
            assertThat(page.get("messages").get(0).get("seq").asInt()).isEqualTo(151);
        }
    }

    @Test
    void refusesInvalidHistoryParameters() throws IOException {
        assertThat(api.get("/peers/nobody/messages").status()).isEqualTo(404);
        try (RawClient client = service.connect()) {
            String path = "/peers/" + api.idOf(client) + "/messages?";
            for (String wrong :
                    List.of(
                            "after=-1",
                            "after=x",
                            "limit=0",
                            "limit=1001",
                            "wait=5",
                            "wait=6m",
                            "format=xml",
                            "afer=1")) {
                Api.Answer answer = api.get(path + wrong);
                assertThat(answer.status()).as(wrong).isEqualTo(400);
                assertThat(answer.json().get("detail").asString()).contains(wrong.split("=", 2)[0]);
            }
        }
    }
}
