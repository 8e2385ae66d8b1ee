package io.switchboard.http.peers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Reads what was sent to a peer with {@code GET /peers/{peer}/messages?direction=sent}. */
@WithService
class SentMessagesIT {
    private final RunningService service;
    private final Api api;

    SentMessagesIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void awaitNoPeers() {
        api.awaitTotal(0);
    }

    private List<String> sent(String id) {
        return StreamSupport.stream(
                        api.get("/peers/" + id + "/messages?direction=sent")
                                .json()
                                .get("messages")
                                .spliterator(),
                        false)
                .map(
                        each ->
                                each.get("text").asString()
                                        + ": "
                                        + each.get("status").asString()
                                        + (each.has("reason")
                                                ? " " + each.get("reason").asString()
                                                : ""))
                .toList();
    }

    @Test
    void listsWhatAnybodySentWithItsStatus() throws Exception {
        try (RawClient client = service.connect();
                RawClient other = service.connect()) {
            String id = api.idOf(client);
            String delivery = api.post("/send?to=" + id, "one").json().get("id").asString();
            api.post("/send?to=all&wait=acked", "two");
            CompletableFuture<Api.Answer> pending =
                    api.postAsync(
                            "/send?wait=reply&timeout=60s&to=" + id, "three?".getBytes(UTF_8));
            for (String text : List.of("one", "two", "three?")) {
                assertThat(client.readLine()).isEqualTo(text);
            }
            client.send("yes\n");
            assertThat(pending.get().json().get("replied").asInt()).isOne();
            api.post("/send?wait=reply&timeout=1ms&to=" + id, "four?");

            assertThat(sent(id))
                    .containsExactly(
                            "one: written",
                            "two: acked",
                            "three?: replied",
                            "four?: failed no_reply");
            assertThat(sent(api.idOf(other))).containsExactly("two: acked");
            JsonNode page =
                    api.get("/peers/" + id + "/messages?direction=sent&hex=true&limit=1").json();
            assertThat(page.at("/messages/0/delivery").asString()).isEqualTo(delivery);
            assertThat(page.at("/messages/0/hex").asString()).isEqualTo("6f6e65");
            assertThat(page.get("next").asInt()).isOne();
            assertThat(page.get("missed").asInt()).isZero();
            assertThat(
                            api.get("/peers/" + id + "/messages")
                                    .json()
                                    .at("/messages/0/text")
                                    .asString())
                    .isEqualTo("yes");
        }
    }

    @Test
    void saysWhatWasNotWrittenWhenAPeerCloses() throws Exception {
        String id;
        try (RawClient client = service.connect()) {
            id = api.idOf(client);
            String large = "x".repeat(200_000);
            await("the outbox holds a message")
                    .until(
                            () ->
                                    api.post("/send?wait=queued&to=" + id, large)
                                                    .json()
                                                    .get("queued")
                                                    .asInt()
                                            == 1);
        }
        api.awaitClosed(id);
        await().untilAsserted(
                        () ->
                                assertThat(sent(id).getLast())
                                        .matches("x+: failed (peer_closed|reset)"));
    }

    @Test
    void aMessageOfAnotherCharsetOrFramingIsListedWithoutFraming() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            api.postJson(
                    "/send", "{\"to\":\"%s\",\"hex\":\"ff00\",\"framing\":\"raw\"}".formatted(id));
            JsonNode message =
                    api.get("/peers/" + id + "/messages?direction=sent").json().at("/messages/0");
            assertThat(message.get("base64").asString()).isEqualTo("/wA=");
            assertThat(message.has("hex")).isFalse();
            assertThat(api.get("/peers/" + id + "/messages?direction=sent&format=hexdump").body())
                    .contains("00000000  ff 00");
        }
    }

    @Test
    void refusesToWaitForThem() throws Exception {
        try (RawClient client = service.connect()) {
            Api.Answer answer =
                    api.get("/peers/" + api.idOf(client) + "/messages?direction=sent&wait=1s");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("wait=1s is not possible with direction=sent");
            assertThat(api.get("/peers/" + api.idOf(client) + "/messages?direction=both").body())
                    .contains("known are received and sent");
        }
    }
}
