package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Clients that speak something else than the framing of their listener. */
@WithService
@TestPropertySource(
        properties = {"switchboard.listeners.default.identify.pattern=^(?<name>\\\\d{15})"})
class WrongNeighboursIT {
    private final RunningService service;
    private final Api api;

    WrongNeighboursIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @Test
    void anHttpRequestIsAnsweredAndNoPartOfItIsAMessage() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            client.send(
                    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\nENGINE STOP 1\nand more\n");
            assertThat(client.readToEnd())
                    .startsWith("HTTP/1.1 400 Bad Request\r\n")
                    .contains("The HTTP API is at http://127.0.0.1:" + api.port() + ",");
            assertThat(api.awaitClosed(id)).isEqualTo("http_request");
            JsonNode peer = api.peer(id);
            assertThat(peer.get("closeDetail").asString())
                    .isEqualTo("the first line is an HTTP request: POST / HTTP/1.1");
            assertThat(peer.get("hint").asString()).doesNotContain("refuse-http");
            assertThat(peer.get("received").get("messages").asInt()).isZero();
        }
    }

    @Test
    void curlShowsWhereTheApiIs() throws Exception {
        Programs.require("curl", "curl");
        String url = "http://127.0.0.1:" + service.port();
        try (Child curl = Child.start("curl", "-sS", "-d", "x=1", url)) {
            assertThat(curl.awaitExit()).isZero();
            assertThat(curl.output())
                    .contains("curl http://127.0.0.1:%d/peers".formatted(api.port()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "efbbbf,                     356307040000013, ''",
        "fffb1f,                     356307040000014, fffe1f",
        "fffd01fffd03,               356307040000015, fffc01fffc03",
    })
    void aPeerIsNamedByItsFirstTextAndItsNegotiationIsRefused(
            String before, String name, String answer) throws Exception {
        byte[] expected = HexFormat.of().parseHex(answer);
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            client.send(HexFormat.of().parseHex(before));
            client.send(name + "\r\n");
            await().untilAsserted(
                            () -> assertThat(api.peer(id).get("name").asString()).isEqualTo(name));
            assertThat(client.read(expected.length)).isEqualTo(expected);
            assertThat(api.peer(id).get("sent").get("messages").asInt()).isZero();
        }
    }

    @Test
    void aLineInCharacterModeIsAMessage() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            for (String piece : List.of("fffd01", "fffd03", "61", "62", "0d00")) {
                client.send(HexFormat.of().parseHex(piece));
            }
            JsonNode messages = api.get("/peers/" + id + "/messages?wait=30s").json();
            assertThat(messages.get("messages").get(0).get("text").asString()).isEqualTo("ab");
        }
    }

    @Test
    void aHintStaysAfterTheFirstFrameAndAGuessDoesNot() throws Exception {
        try (RawClient tls = service.connect();
                RawClient guessed = service.connect()) {
            String id = api.idOf(tls);
            tls.send("hello\n");
            await().until(() -> messages(id) == 1);
            tls.send(HexFormat.of().parseHex("16030100a5010000a10303aabb0accdd0a"));
            await().untilAsserted(() -> assertThat(hint(id)).startsWith("the peer speaks TLS"));
            tls.send("hello\n");
            await().until(() -> messages(id) == 4);
            assertThat(hint(id)).startsWith("the peer speaks TLS");
            assertThat(api.answer(api.request("/peers").header("Accept", "text/plain")).body())
                    .contains("the peer speaks TLS");

            String other = api.idOf(guessed);
            guessed.send("hello\r");
            await().untilAsserted(
                            () -> assertThat(hint(other)).contains("framing 'delimiter:\\r'"));
            guessed.send("\n");
            await().until(() -> messages(other) == 1);
            assertThat(api.peer(other).get("hint").isNull()).isTrue();
        }
    }

    @Test
    void aZeroByteBeforeTextGetsAHint() throws Exception {
        try (RawClient client = service.connect()) {
            client.send("\0" + "356307040000013\r\n");
            String id = api.idOf(client);
            await().untilAsserted(() -> assertThat(hint(id)).startsWith("the first byte is zero"));
        }
    }

    private String hint(String id) {
        return api.peer(id).get("hint").asString();
    }

    private int messages(String id) {
        return api.peer(id).get("received").get("messages").asInt();
    }
}
