package io.switchboard.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.http.ApiDocument;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/**
 * Sends every example of the OpenAPI document to the service while the peer that the examples use
 * is connected, and validates each response against the document. A field that the document lacks
 * fails the test, and so does a documented field that the response lacks.
 */
@WithService
public class ApiExamplesIT {
    private static final ApiDocument DOCUMENT = new ApiDocument();

    @Autowired private RunningService service;
    private Api api;
    private RawClient peer;
    private ServerSocket farEnd;

    /** The request of one example. */
    record Example(ApiDocument.Operation operation, String type, String body) {
        /** Returns whether the body has all parameters, as JSON and batches do. */
        boolean hasAllInBody() {
            return type.contains("json");
        }

        @Override
        public String toString() {
            return operation + (type.isEmpty() ? "" : " " + type + " " + body.strip());
        }
    }

    static Stream<Example> examples() {
        List<Example> examples = new ArrayList<>();
        for (ApiDocument.Operation operation : DOCUMENT.operations()) {
            for (Map.Entry<String, JsonNode> body : operation.bodies().entrySet()) {
                ApiDocument.examples(body.getValue())
                        .map(value -> value.isString() ? value.stringValue() : value.toString())
                        .forEach(text -> examples.add(new Example(operation, body.getKey(), text)));
            }
            if (operation.bodies().isEmpty()) {
                examples.add(new Example(operation, "", ""));
            }
        }
        return examples.stream();
    }

    @BeforeEach
    void connectThePeerOfTheExamples() throws IOException {
        api = service.api();
        farEnd = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        peer = service.connect();
        peer.send("hello\n");
        RawClient answering = peer;
        Thread.ofVirtual().start(() -> answer(answering));
        String patch = "{\"name\":\"meter-7\",\"groups\":[\"floor-2\"]}";
        Api.Answer named =
                api.answer(
                        api.request("/peers/" + api.idOf(peer))
                                .method("PATCH", HttpRequest.BodyPublishers.ofString(patch)));
        assertThat(named.status()).as(named.body()).isEqualTo(200);
    }

    private static void answer(RawClient peer) {
        try {
            while (true) {
                peer.send("heard " + peer.readLine() + "\n");
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    @AfterEach
    void closeAll() throws IOException {
        calls().forEach(id -> api.delete("/calls/" + id));
        api.delete("/listeners/gps?drain=0s");
        farEnd.close();
        peer.close();
        api.peers().forEach(each -> api.delete("/peers/" + each.get("id").asString()));
        api.awaitTotal(0);
    }

    private List<String> calls() {
        return api.get("/calls")
                .json()
                .get("calls")
                .valueStream()
                .map(each -> each.get("id").asString())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void works(Example example) throws Exception {
        ApiDocument.Operation operation = example.operation();
        HttpRequest.Builder request = request(example);
        if (operation.path().equals("/events")) {
            assertStreams(operation, request.GET());
            return;
        }
        int port = operation.path().startsWith("/listeners") ? 0 : farEnd.getLocalPort();
        String body = example.body().replace("9000", String.valueOf(port));
        request.method(
                operation.method(),
                body.isEmpty()
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body));
        Api.Answer answer = api.answer(request);
        assertThat(answer.status()).as(answer.body()).isEqualTo(operation.success());
        assertThat(operation.objections(answer)).as(answer.body()).isEmpty();
    }

    private HttpRequest.Builder request(Example example) {
        ApiDocument.Operation operation = example.operation();
        List<String> query = new ArrayList<>();
        if (!example.hasAllInBody()) {
            operation
                    .parameters("query")
                    .filter(each -> each.has("example"))
                    .forEach(each -> addParameter(each, query));
        }
        String path = operation.examplePath();
        if (operation.path().equals("/calls/{id}")) {
            int port = farEnd.getLocalPort();
            String dial = "{\"host\":\"127.0.0.1\",\"port\":" + port + ",\"keep\":true}";
            assertThat(api.postJson("/peers", dial).status()).isEqualTo(201);
            path = "/calls/" + calls().getFirst();
        } else if (operation.path().equals("/listeners/{name}")) {
            String listener = "{\"name\":\"gps\",\"port\":0}";
            assertThat(api.postJson("/listeners", listener).status()).isEqualTo(201);
        } else if (operation.path().matches("/(messages|mailboxes)/.*")) {
            Api.Answer stored = api.post("/send?to=meter-9&ttl=1h", "open the valve");
            assertThat(stored.status()).as(stored.body()).isEqualTo(202);
            path = path.replaceFirst("[^/]+-m1$", stored.json().path("id").asString());
        }
        HttpRequest.Builder request =
                api.request(path + (query.isEmpty() ? "" : "?" + String.join("&", query)));
        if (!example.type().isEmpty()) {
            request.header("Content-Type", example.type());
        }
        if (!example.hasAllInBody()) {
            operation
                    .parameters("header")
                    .filter(each -> each.has("example"))
                    .forEach(
                            each ->
                                    request.header(
                                            each.get("name").asString(),
                                            each.get("example").asString()));
        }
        return request;
    }

    private static void addParameter(JsonNode parameter, List<String> query) {
        JsonNode example = parameter.get("example");
        Stream<JsonNode> values = example.isArray() ? example.valueStream() : Stream.of(example);
        values.forEach(
                value ->
                        query.add(
                                parameter.get("name").asString()
                                        + "="
                                        + URLEncoder.encode(value.asString(), UTF_8)));
    }

    private static void assertStreams(ApiDocument.Operation operation, HttpRequest.Builder request)
            throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> response =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(operation.success());
            assertThat(response.headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/event-stream");
            try (BufferedReader in =
                    new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
                assertThat(in.readLine()).isEqualTo(": connected");
            }
        }
    }
}
