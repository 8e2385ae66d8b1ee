package io.switchboard.http.send;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sends many messages in one request, one JSON object per line. */
@WithService
class BatchIT {
    private static final String NDJSON = "application/x-ndjson";

    @Autowired private RunningService service;

    @Test
    void everyLineHasAResultAndMessagesKeepTheirOrder() throws Exception {
        try (RawClient client = service.connect()) {
            String id = service.api().idOf(client);
            int count = 10_000;
            StringBuilder body = new StringBuilder();
            for (int i = 0; i < count; i++) {
                body.append("{\"to\":\"%s\",\"text\":\"message %d\"}\n".formatted(id, i));
            }
            List<JsonNode> results = post(body.toString());
            assertThat(results).hasSize(count);
            assertThat(results)
                    .allSatisfy(result -> assertThat(result.get("status").asInt()).isEqualTo(200));
            for (int i = 0; i < count; i++) {
                assertThat(results.get(i).get("line").asInt()).isEqualTo(i + 1);
                assertThat(client.readLine()).isEqualTo("message " + i);
            }
        }
    }

    @Test
    void linesAfterAnInvalidLineAreSent() throws Exception {
        try (RawClient client = service.connect()) {
            String id = service.api().idOf(client);
            String tooLong = "{\"to\":\"all\",\"text\":\"" + "x".repeat(2 * 1024 * 1024) + "\"}";
            List<JsonNode> results =
                    post(
                            String.join(
                                    "\n",
                                    "{\"to\":\"" + id + "\",\"text\":\"first\"}",
                                    "{\"to\":\"nobody\",\"text\":\"x\"}",
                                    "{\"too\":\"all\",\"text\":\"x\"}",
                                    "no json",
                                    "",
                                    tooLong,
                                    "{\"to\":\"all\",\"text\":\"a\\nb\"}",
                                    "{\"to\":\"" + id + "\",\"text\":\"last\"}"));
            assertThat(results)
                    .extracting(result -> result.get("line").asInt())
                    .containsExactly(1, 2, 3, 4, 6, 7, 8);
            assertThat(results)
                    .extracting(result -> result.get("status").asInt())
                    .containsExactly(200, 404, 400, 400, 413, 422, 200);
            assertThat(results.get(2).get("detail").asString()).contains("'too'");
            assertThat(client.readLine()).isEqualTo("first");
            assertThat(client.readLine()).isEqualTo("last");
        }
    }

    /** The client gets the result of a line before it sends the next line. */
    @Test
    void resultsAreStreamed() throws Exception {
        try (RawClient peer = service.connect();
                RawClient http = RawClient.connect(service.api().port())) {
            service.api().idOf(peer);
            http.send(
                    "POST /send HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                            + NDJSON
                            + "\r\nTransfer-Encoding: chunked\r\n\r\n");
            sendChunk(http, "{\"to\":\"all\",\"text\":\"one\"}\n");
            assertThat(peer.readLine()).isEqualTo("one");
            assertThat(lineWith(http, "\"line\":1")).contains("\"status\":200");
            sendChunk(http, "{\"to\":\"all\",\"text\":\"two\"}\n");
            assertThat(peer.readLine()).isEqualTo("two");
            assertThat(lineWith(http, "\"line\":2")).contains("\"status\":200");
            http.send("0\r\n\r\n");
        }
    }

    @Test
    void rejectsAQuery() {
        Api api = service.api();
        assertThat(api.post("/send?to=all", NDJSON, BodyPublishers.ofString("{}")).status())
                .isEqualTo(400);
    }

    private static void sendChunk(RawClient http, String text) throws Exception {
        http.send(Integer.toHexString(text.getBytes(UTF_8).length) + "\r\n" + text + "\r\n");
    }

    private static String lineWith(RawClient http, String text) throws Exception {
        String line = http.readLine();
        while (!line.contains(text)) {
            line = http.readLine();
        }
        return line;
    }

    private List<JsonNode> post(String body) {
        Api.Answer answer = service.api().post("/send", NDJSON, BodyPublishers.ofString(body));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith(NDJSON);
        return answer.body().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
    }
}
