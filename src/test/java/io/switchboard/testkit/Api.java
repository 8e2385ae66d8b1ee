package io.switchboard.testkit;

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
 * An HTTP client of one service on this machine. Its requests look like those of {@code curl}.
 *
 * @param port the HTTP port
 * @param token the bearer token of every request; empty for none
 */
public record Api(int port, String token) {
    /** The Content-Type that {@code curl -d} sends. */
    public static final String FORM = "application/x-www-form-urlencoded";

    private static final Duration TIMEOUT = Duration.ofSeconds(90);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(20))
                    .build();

    public Api(int port) {
        this(port, "");
    }

    /** Returns a client with this token for the same service. */
    Api with(String token) {
        return new Api(port, token);
    }

    /** An HTTP response. */
    public record Answer(int status, HttpHeaders headers, String body) {

        public JsonNode json() {
            return JSON.readTree(body);
        }

        public String header(String name) {
            return headers.firstValue(name).orElse("");
        }
    }

    public Answer get(String path) {
        return answer(request(path).GET());
    }

    public Answer head(String path) {
        return answer(request(path).HEAD());
    }

    public Answer put(String path) {
        return answer(request(path).PUT(BodyPublishers.noBody()));
    }

    public Answer delete(String path) {
        return answer(request(path).DELETE());
    }

    public Answer patch(String path, String json) {
        return answer(
                request(path)
                        .header("Content-Type", "application/json")
                        .method("PATCH", BodyPublishers.ofString(json)));
    }

    /** Posts as {@code curl -d} does. */
    public Answer post(String path, String body) {
        return post(path, FORM, BodyPublishers.ofString(body));
    }

    public Answer post(String path, byte[] body) {
        return post(path, FORM, BodyPublishers.ofByteArray(body));
    }

    public Answer postJson(String path, String json) {
        return post(path, "application/json", BodyPublishers.ofString(json));
    }

    public Answer post(String path, String contentType, BodyPublisher body) {
        return answer(request(path).header("Content-Type", contentType).POST(body));
    }

    /** Posts as {@code curl -d} does, without waiting for the response. */
    public CompletableFuture<Answer> postAsync(String path, byte[] body) {
        return answerAsync(
                request(path).header("Content-Type", FORM).POST(BodyPublishers.ofByteArray(body)));
    }

    public CompletableFuture<Answer> getAsync(String path) {
        return answerAsync(request(path).GET());
    }

    public CompletableFuture<Answer> deleteAsync(String path) {
        return answerAsync(request(path).DELETE());
    }

    private static CompletableFuture<Answer> answerAsync(HttpRequest.Builder request) {
        return HTTP.sendAsync(request.build(), BodyHandlers.ofByteArray()).thenApply(Api::answer);
    }

    public HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(TIMEOUT);
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    public Answer answer(HttpRequest.Builder request) {
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

    /** Returns every connected peer; reads all pages of the list. */
    public List<JsonNode> peers() {
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

    /** Returns the number of connected peers. */
    public int total() {
        return get("/peers?limit=1").json().get("total").asInt();
    }

    /** Returns the JSON of one peer, connected or closed. */
    public JsonNode peer(String id) {
        Answer answer = get("/peers/" + id);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    /** Waits until a peer with this remote port is listed, and returns it. */
    public JsonNode awaitPeer(int remotePort) {
        return soon("a peer with port " + remotePort)
                .until(
                        () ->
                                peers().stream()
                                        .filter(peer -> portOf(peer) == remotePort)
                                        .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    /**
     * Waits until a peer that is connected has this name. A closed peer that had it does not count.
     */
    public void awaitOpen(String name) {
        soon("a peer named " + name)
                .until(
                        () -> {
                            Answer answer = get("/peers/" + name);
                            return answer.status() == 200
                                    && answer.json().get("state").asString().equals("open");
                        });
    }

    /** Waits until this client is listed, and returns its peer id. */
    public String idOf(RawClient client) {
        return awaitPeer(client.port()).get("id").asString();
    }

    /**
     * Waits until a peer with this remote port has connected to a listener, and returns the id of
     * the newest one. The peer may be closed already.
     */
    public String newestId(String listener, int remotePort) {
        String path = "/peers?state=any&sort=-connectedAt&limit=1000&listener=" + listener;
        return soon("a peer of " + listener + " with port " + remotePort)
                .until(
                        () ->
                                get(path)
                                        .json()
                                        .get("peers")
                                        .valueStream()
                                        .filter(peer -> portOf(peer) == remotePort)
                                        .findFirst(),
                        Optional::isPresent)
                .orElseThrow()
                .get("id")
                .asString();
    }

    private static int portOf(JsonNode peer) {
        return peer.get("peername").get("port").asInt();
    }

    /** Waits until a peer is closed, and returns its close reason. */
    public String awaitClosed(String id) {
        return soon("the close of " + id)
                .until(() -> peer(id), peer -> peer.get("state").asString().equals("closed"))
                .get("closeReason")
                .asString();
    }

    /** Returns the value of a meter without labels from the Prometheus endpoint. */
    public double metric(String name) {
        return get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no meter " + name));
    }

    /** Waits until exactly this many peers are connected. */
    public void awaitTotal(int peers) {
        soon(peers + " peers").untilAsserted(() -> assertThat(total()).isEqualTo(peers));
    }

    private static ConditionFactory soon(String what) {
        return await(what).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20));
    }
}
