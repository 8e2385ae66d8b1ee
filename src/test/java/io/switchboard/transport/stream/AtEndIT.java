package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.EventReader;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Frames that are not complete when their peer ends the stream. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.identify.pattern=^(?:name|LOGIN)[ ,](?<name>\\\\w+)",
            "switchboard.listeners.lengths.port=0",
            "switchboard.listeners.lengths.framing=length:2",
            "switchboard.listeners.eager.port=0",
            "switchboard.listeners.eager.framing=length:2",
            "switchboard.listeners.eager.at-end=deliver",
            "switchboard.listeners.strict.port=0",
            "switchboard.listeners.strict.at-end=drop",
            "switchboard.listeners.both.port=0",
            "switchboard.listeners.both.framing=length:1,offset=1,start=0x02 or line",
            "switchboard.listeners.posting.port=0",
            "switchboard.listeners.posting.webhook.events=message",
        })
class AtEndIT {
    private static final BackEnds BACK_ENDS = new BackEnds();

    private final RunningService service;
    private final Api api;

    AtEndIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @DynamicPropertySource
    static void url(DynamicPropertyRegistry properties) {
        properties.add("switchboard.listeners.posting.webhook.url", () -> BACK_ENDS.url("/end"));
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    private RawClient connect(String listener) throws IOException {
        return RawClient.connect(service.port(listener));
    }

    private List<JsonNode> messages(String id) {
        JsonNode page = api.get("/peers/" + id + "/messages").json();
        return StreamSupport.stream(page.get("messages").spliterator(), false).toList();
    }

    /** Sends the text and a FIN, and returns the id of the closed peer. */
    private String sendAndEnd(String listener, String text) throws Exception {
        try (RawClient peer = connect(listener)) {
            String id = api.idOf(peer);
            peer.send(text);
            peer.finish();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
            return id;
        }
    }

    private double unfinished(String listener) {
        return api.metric(
                "switchboard_unfinished_frames_total{listener=\"%s\"}".formatted(listener));
    }

    @Test
    void aLineWithoutItsEndIsAMessageThatIsNotComplete() throws Exception {
        try (EventReader events = EventReader.open(api, "/events?type=message")) {
            String id = sendAndEnd("default", "LOGIN,dev7\nALARM,fire");
            List<JsonNode> messages = messages(id);
            assertThat(messages)
                    .extracting(each -> each.get("text").asString())
                    .containsExactly("LOGIN,dev7", "ALARM,fire");
            assertThat(messages.getFirst().has("complete")).isFalse();
            assertThat(messages.getLast().get("complete").asBoolean(true)).isFalse();
            assertThat(api.get("/peers/" + id + "/messages?format=hexdump").body())
                    .contains("10 bytes, not complete");

            assertThat(events.next().json().has("complete")).isFalse();
            JsonNode event = events.next().json();
            assertThat(event.get("text").asString()).isEqualTo("ALARM,fire");
            assertThat(event.get("complete").asBoolean(true)).isFalse();

            JsonNode closed = api.peer(id);
            assertThat(closed.get("closeDetail").isNull()).isTrue();
            assertThat(closed.get("partialFrameBytes").asInt()).isZero();
            assertThat(closed.get("received").get("messages").asInt()).isEqualTo(2);
            assertThat(closed.get("received").get("bytes").asInt()).isEqualTo(21);
            assertThat(unfinished("default")).isZero();
        }
    }

    @Test
    void theBackEndLearnsThatAMessageIsNotCompleteAndCanAnswer() throws Exception {
        BACK_ENDS.on("/end", (post, reply) -> reply.status(200).body("got " + post.text()));
        try (RawClient peer = connect("posting")) {
            String id = api.idOf(peer);
            peer.send("one\ntw");
            peer.finish();
            assertThat(peer.readToEnd()).isEqualTo("got one\ngot tw\n");
            List<BackEnds.Post> posts = BACK_ENDS.at("/end", id);
            assertThat(posts.getFirst().event().has("complete")).isFalse();
            assertThat(posts.getLast().event().get("complete").asBoolean(true)).isFalse();
        }
    }

    @Test
    void anUnfinishedFrameIsTheReplyToAQuestion() throws Exception {
        try (RawClient peer = connect("default")) {
            String to = "/send?wait=reply&timeout=5m&to=" + api.idOf(peer);
            CompletableFuture<Api.Answer> asked = api.postAsync(to, "ask".getBytes(UTF_8));
            assertThat(peer.readLine()).isEqualTo("ask");
            peer.send("OK");
            peer.finish();
            assertThat(asked.get().status()).as(asked.get().body()).isEqualTo(200);
            JsonNode result = asked.get().json().get("results").get(0);
            assertThat(result.get("reply").asString()).isEqualTo("OK");
            assertThat(result.get("complete").asBoolean(true)).isFalse();
        }
    }

    @Test
    void anUnfinishedFrameThatIsDroppedIsNoReply() throws Exception {
        try (RawClient peer = connect("strict")) {
            String to = "/send?wait=reply&timeout=5m&to=" + api.idOf(peer);
            CompletableFuture<Api.Answer> asked = api.postAsync(to, "ask".getBytes(UTF_8));
            assertThat(peer.readLine()).isEqualTo("ask");
            peer.send("OK");
            peer.finish();
            assertThat(asked.get().status()).as(asked.get().body()).isEqualTo(410);
        }
    }

    @Test
    void anUnfinishedFrameDoesNotNameItsPeer() throws Exception {
        String id = sendAndEnd("default", "name dev7");
        assertThat(api.peer(id).get("name").isNull()).isTrue();
        assertThat(messages(id)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lengths", "strict", "both"})
    void aDroppedFrameIsReportedAndCounted(String listener) throws Exception {
        String sent =
                switch (listener) {
                    case "lengths" -> "\0\3abc\0\20" + "12345678";
                    case "strict" -> "abc\n1234567890";
                    default -> "abc\n\2\20" + "12345678";
                };
        double before = unfinished(listener);
        String id = sendAndEnd(listener, sent);
        assertThat(messages(id)).hasSize(1);
        assertThat(api.peer(id).get("closeDetail").asString())
                .isEqualTo("10 bytes of an unfinished frame");
        assertThat(unfinished(listener)).isEqualTo(before + 1);
    }

    @Test
    void aSingleDroppedByteIsReported() throws Exception {
        String id = sendAndEnd("lengths", "\0");
        assertThat(api.peer(id).get("closeDetail").asString())
                .isEqualTo("1 byte of an unfinished frame");
    }

    @Test
    void theKeyDecidesForEachFraming() throws Exception {
        List<JsonNode> messages = messages(sendAndEnd("eager", "\0\3abc\0\5de"));
        assertThat(messages)
                .extracting(each -> each.get("text").asString())
                .containsExactly("abc", "\0\5de");
        assertThat(messages.getLast().get("complete").asBoolean(true)).isFalse();
    }

    @Test
    void theAlternativeInProgressDecides() throws Exception {
        List<JsonNode> messages = messages(sendAndEnd("both", "\2\3abcline"));
        assertThat(messages)
                .extracting(each -> each.get("text").asString())
                .containsExactly("\2abc", "line");
        assertThat(messages.getLast().get("complete").asBoolean(true)).isFalse();
    }

    @Test
    void aResetDeliversNoUnfinishedFrame() throws Exception {
        try (RawClient peer = connect("default")) {
            String id = api.idOf(peer);
            peer.send("abc\nunfinished");
            await().until(() -> api.peer(id).get("partialFrameBytes").asInt() == 10);
            peer.reset();
            assertThat(api.awaitClosed(id)).isEqualTo("reset");
            assertThat(messages(id)).hasSize(1);
        }
    }

    /**
     * The many frames of one read take several turns; the end of the stream follows all of them.
     */
    @Test
    void theEndFollowsAllFramesThatWereReadBefore() throws Exception {
        StringBuilder sent = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            sent.append(i).append('\n');
        }
        String id = sendAndEnd("default", sent + "last");
        assertThat(api.peer(id).get("received").get("messages").asInt()).isEqualTo(5_001);
        assertThat(messages(id).getLast().get("text").asString()).isEqualTo("last");
    }
}
