package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.core.ConditionFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * HTTP to one service on this machine, as {@code curl} speaks it.
 *
 * @param port of HTTP
 * @param token that every request shows; empty for none
 */
record Api(int port, String token) {
    /** What {@code curl -d} says of every body. */
    static final String FORM = "application/x-www-form-urlencoded";

    private static final Duration LONGEST = Duration.ofSeconds(90);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(20))
                    .build();

    Api(int port) {
        this(port, "");
    }

    /** The same, for a service that asks for this token. */
    Api with(String token) {
        return new Api(port, token);
    }

    /** What came back. */
    record Answer(int status, HttpHeaders headers, String body) {

        JsonNode json() {
            return JSON.readTree(body);
        }

        String header(String name) {
            return headers.firstValue(name).orElse("");
        }
    }

    Answer get(String path) {
        return answer(request(path).GET());
    }

    Answer head(String path) {
        return answer(request(path).HEAD());
    }

    Answer put(String path) {
        return answer(request(path).PUT(BodyPublishers.noBody()));
    }

    Answer delete(String path) {
        return answer(request(path).DELETE());
    }

    Answer patch(String path, String json) {
        return answer(
                request(path)
                        .header("Content-Type", "application/json")
                        .method("PATCH", BodyPublishers.ofString(json)));
    }

    /** Posts as {@code curl -d} does. */
    Answer post(String path, String body) {
        return post(path, FORM, BodyPublishers.ofString(body));
    }

    Answer post(String path, byte[] body) {
        return post(path, FORM, BodyPublishers.ofByteArray(body));
    }

    Answer postJson(String path, String json) {
        return post(path, "application/json", BodyPublishers.ofString(json));
    }

    Answer post(String path, String contentType, BodyPublisher body) {
        return answer(request(path).header("Content-Type", contentType).POST(body));
    }

    /** Posts as {@code curl -d} does, and does not wait for the answer. */
    CompletableFuture<Answer> postAsync(String path, byte[] body) {
        return answerAsync(
                request(path).header("Content-Type", FORM).POST(BodyPublishers.ofByteArray(body)));
    }

    CompletableFuture<Answer> getAsync(String path) {
        return answerAsync(request(path).GET());
    }

    CompletableFuture<Answer> deleteAsync(String path) {
        return answerAsync(request(path).DELETE());
    }

    private static CompletableFuture<Answer> answerAsync(HttpRequest.Builder request) {
        return HTTP.sendAsync(request.build(), BodyHandlers.ofByteArray()).thenApply(Api::answer);
    }

    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(LONGEST);
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    Answer answer(HttpRequest.Builder request) {
        try {
            return answer(HTTP.send(request.build(), BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Answer answer(HttpResponse<byte[]> response) {
        return new Answer(
                response.statusCode(), response.headers(), new String(response.body(), UTF_8));
    }

    /** Every connected peer, read page by page. */
    List<JsonNode> peers() {
        List<JsonNode> peers = new ArrayList<>();
        String after = "";
        do {
            JsonNode page = get("/peers?limit=1000" + after).json();
            page.get("peers").forEach(peers::add);
            JsonNode next = page.get("next");
            after = next == null || next.isNull() ? "" : "&after=" + next.asString();
        } while (!after.isEmpty());
        return peers;
    }

    /** How many peers are connected. */
    int total() {
        return get("/peers?limit=1").json().get("total").asInt();
    }

    /** One peer's facts, whether it is connected or closed. */
    JsonNode peer(String id) {
        Answer answer = get("/peers/" + id);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    /** Waits until a peer is listed whose own port this is. */
    JsonNode awaitPeer(int itsPort) {
        return soon("a peer with port " + itsPort)
                .until(
                        () -> peers().stream().filter(peer -> portOf(peer) == itsPort).findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    /** Waits until this client is listed. */
    String idOf(RawClient client) {
        return awaitPeer(client.port()).get("id").asString();
    }

    private static int portOf(JsonNode peer) {
        return peer.get("peername").get("port").asInt();
    }

    /** Waits until a peer is closed, and says why it was. */
    String awaitClosed(String id) {
        return soon("the end of " + id)
                .until(() -> peer(id), peer -> peer.get("state").asString().equals("closed"))
                .get("closeReason")
                .asString();
    }

    /** A meter as Prometheus reads it. */
    double metric(String name) {
        return get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no " + name));
    }

    /** Waits until so many peers are connected. */
    void awaitTotal(int peers) {
        soon(peers + " peers").untilAsserted(() -> assertThat(total()).isEqualTo(peers));
    }

    private static ConditionFactory soon(String what) {
        return await(what)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(60));
    }
}
