package io.switchboard.http.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.nio.charset.Charset;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** The text of messages and sends is in the charset of the listener. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.charset=GBK",
            "switchboard.listeners.default.identify.pattern=^name (?<name>.+)$",
            "switchboard.listeners.unicode.port=0"
        })
class CharsetIT {
    private static final Charset GBK = Charset.forName("GBK");

    private final RunningService service;
    private final Api api;

    CharsetIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @Test
    void messagesAreDecodedAndBytesThatCannotBeAreBase64() throws Exception {
        try (RawClient peer = service.connect()) {
            String id = api.idOf(peer);
            peer.send("name 京A\n".getBytes(GBK));
            peer.send(new byte[] {(byte) 0xbe, (byte) 0xa9, '\n', (byte) 0xff, '\n'});
            JsonNode messages =
                    api.get("/peers/" + id + "/messages?after=2&wait=30s").json().get("messages");
            assertThat(messages.get(0).get("base64").asString()).isEqualTo("/w==");
            messages = api.get("/peers/" + id + "/messages?after=1&limit=1").json().get("messages");
            assertThat(messages.get(0).get("text").asString()).isEqualTo("京");
            assertThat(api.peer(id).get("name").asString()).isEqualTo("京A");
        }
    }

    @Test
    void textIsEncodedForEachListenerAndBytesStayAsTheyAre() throws Exception {
        try (RawClient peer = service.connect();
                RawClient other = RawClient.connect(service.port("unicode"))) {
            api.idOf(peer);
            api.idOf(other);
            assertThat(send("{\"to\": \"all\", \"text\": \"京\"}").status()).isEqualTo(200);
            assertThat(peer.read(3)).isEqualTo("京\n".getBytes(GBK));
            assertThat(other.readLine()).isEqualTo("京");
            assertThat(send("{\"to\": \"all\", \"hex\": \"bea9\"}").status()).isEqualTo(200);
            assertThat(peer.read(3)).isEqualTo("京\n".getBytes(GBK));
            assertThat(other.read(3)).isEqualTo("京\n".getBytes(GBK));
        }
    }

    @Test
    void aReplyIsDecoded() throws Exception {
        try (RawClient peer = service.connect()) {
            String question =
                    "{\"to\": \"%s\", \"text\": \"京\", \"wait\": \"reply\", \"timeout\": \"30s\"}"
                            .formatted(api.idOf(peer));
            CompletableFuture<Api.Answer> answer =
                    CompletableFuture.supplyAsync(() -> send(question));
            assertThat(peer.read(3)).isEqualTo("京\n".getBytes(GBK));
            peer.send("好\n".getBytes(GBK));
            JsonNode result = answer.get().json().get("results").get(0);
            assertThat(result.get("reply").asString()).isEqualTo("好");
        }
    }

    @Test
    void textThatTheCharsetDoesNotHaveIsRefused() throws Exception {
        try (RawClient peer = service.connect()) {
            String id = api.idOf(peer);
            for (String to : new String[] {id, "listener:default"}) {
                Api.Answer answer = send("{\"to\": \"%s\", \"text\": \"ab😀\"}".formatted(to));
                assertThat(answer.status()).isEqualTo(422);
                assertThat(answer.json().get("detail").asString())
                        .contains("text has 😀 (U+1F600) at character 3, which charset GBK");
            }
            Api.Answer farewell =
                    api.postJson(
                            "/peers/close", "{\"to\": \"%s\", \"farewell\": \"😀\"}".formatted(id));
            assertThat(farewell.status()).isEqualTo(422);
        }
    }

    private Api.Answer send(String json) {
        return api.postJson("/send", json);
    }
}
