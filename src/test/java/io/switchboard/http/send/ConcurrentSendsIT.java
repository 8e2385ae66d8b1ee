package io.switchboard.http.send;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends {@code POST /send} over several persistent connections at the same time. Each request gets
 * the answer that it would get alone, and no request waits for another.
 */
@WithService
@TestPropertySource(
        properties = {
            // clients that do not read, of both sides, must stay connected
            "switchboard.outbox.write-deadline=10m",
            "server.tomcat.connection-timeout=10m"
        })
class ConcurrentSendsIT {
    private static final int OTHERS = 6;
    private static final int ROUNDS = 100;
    private static final int MORE_THAN_SOCKET_BUFFERS = 16 * 1024 * 1024;
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String JSON = "application/json";

    private static final JsonMapper MAPPER = new JsonMapper();

    @Autowired private RunningService service;

    private final List<RawClient> clients = new ArrayList<>();

    /** The parts of an HTTP answer that these tests check. */
    private record Answer(int status, String body) {
        JsonNode json() {
            return MAPPER.readTree(body);
        }
    }

    @BeforeEach
    void awaitNoPeers() {
        service.api().awaitTotal(0);
    }

    @AfterEach
    void closeClients() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }

    private RawClient http() throws IOException {
        RawClient client = RawClient.connect(service.api().port());
        clients.add(client);
        return client;
    }

    private List<RawClient> httpClients() throws IOException {
        List<RawClient> all = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++) {
            all.add(http());
        }
        return all;
    }

    private static void post(
            RawClient on, String query, String type, String body, String... headers)
            throws IOException {
        on.send(request(query, type, body, headers));
    }

    private static String request(String query, String type, String body, String... headers) {
        return "POST /send"
                + query
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                + type
                + "\r\nContent-Length: "
                + body.getBytes(UTF_8).length
                + "\r\n"
                + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n")
                + "\r\n"
                + body;
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    private static Answer answer(RawClient from) throws IOException {
        int status = Integer.parseInt(from.readLine().split(" ", 3)[1]);
        int length = -1;
        for (String line = from.readLine(); !line.equals("\r"); line = from.readLine()) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring("content-length:".length()).strip());
            }
        }
        return new Answer(status, length < 0 ? chunks(from) : new String(from.read(length), UTF_8));
    }

    private static String chunks(RawClient from) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int length;
        do {
            length = Integer.parseInt(from.readLine().strip(), 16);
            all.write(from.read(length));
            from.readLine();
        } while (length > 0);
        return all.toString(UTF_8);
    }

    private static void assertSent(RawClient http) throws IOException {
        Answer answer = answer(http);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().get("written").asInt()).isEqualTo(1);
    }

    @Test
    void eachRequestGetsItsOwnAnswer() throws Exception {
        List<RawClient> https = httpClients();
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            for (int round = 0; round < ROUNDS; round++) {
                post(https.get(0), "?to=" + id, FORM, "raw" + round);
                post(
                        https.get(1),
                        "",
                        JSON,
                        "{\"to\": \"" + id + "\", \"text\": \"json" + round + "\"}");
                post(https.get(2), "?to=nobody", FORM, "x");
                post(https.get(3), "?to=all", FORM, "all" + round);
                post(
                        https.get(4),
                        "",
                        "application/x-ndjson",
                        "{\"to\": \"" + id + "\", \"text\": \"line" + round + "\"}\n");
                post(https.get(5), "?to=" + id + "&wait=queued", FORM, "queued" + round);
                assertSent(https.get(0));
                assertSent(https.get(1));
                Answer unknown = answer(https.get(2));
                assertThat(unknown.status()).isEqualTo(404);
                assertThat(unknown.json().get("reason").asString()).isEqualTo("unknown");
                assertSent(https.get(3));
                Answer batch = answer(https.get(4));
                assertThat(batch.status()).isEqualTo(200);
                assertThat(batch.json().get("status").asInt()).isEqualTo(200);
                assertThat(answer(https.get(5)).status()).isEqualTo(200);
                List<String> lines = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    lines.add(peer.readLine());
                }
                assertThat(lines)
                        .containsExactlyInAnyOrder(
                                "raw" + round,
                                "json" + round,
                                "all" + round,
                                "line" + round,
                                "queued" + round);
            }
        }
    }

    @Test
    void requestsWithOneIdempotencyKeySendOnce() throws Exception {
        List<RawClient> https = httpClients();
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            for (int round = 0; round < ROUNDS; round++) {
                for (RawClient http : https) {
                    post(http, "?to=" + id, FORM, "m" + round, "Idempotency-Key: together" + round);
                }
                List<String> bodies = new ArrayList<>();
                for (RawClient http : https) {
                    bodies.add(answer(http).body());
                }
                assertThat(bodies).containsOnly(bodies.getFirst());
                assertThat(peer.readLine()).isEqualTo("m" + round);
            }
        }
    }

    @Test
    void aSenderThatWaitsForAReplyDoesNotDelayOthers() throws Exception {
        List<RawClient> https = httpClients();
        try (RawClient replying = service.connect();
                RawClient peer = service.connect()) {
            String replyingId = service.api().idOf(replying);
            String id = service.api().idOf(peer);
            for (int round = 0; round < ROUNDS; round++) {
                post(
                        https.getFirst(),
                        "?wait=reply&timeout=20s&to=" + replyingId,
                        FORM,
                        "q" + round);
                assertOthersAreServed(https, id);
                assertThat(replying.readLine()).isEqualTo("q" + round);
                replying.send("a" + round + "\n");
                Answer answer = answer(https.getFirst());
                assertThat(answer.json().get("replied").asInt()).as(answer.body()).isEqualTo(1);
                assertThat(answer.body()).contains("\"a" + round + "\"");
            }
        }
    }

    /** Only after the service has offered the message does it know that this sender must wait. */
    @Test
    void aSenderThatWaitsForASlowPeerDoesNotDelayOthers() throws Exception {
        List<RawClient> https = httpClients();
        try (RawClient slow = RawClient.connectWithTinyBuffer(service.port());
                RawClient peer = service.connect()) {
            String slowId = service.api().idOf(slow);
            String id = service.api().idOf(peer);
            String large = "x".repeat(100_000);
            int queued = 0;
            int filled = 0;
            while (queued == 0) {
                post(https.getFirst(), "?framing=raw&timeout=100ms&to=" + slowId, FORM, large);
                queued = answer(https.getFirst()).json().get("queued").asInt();
                filled += large.length();
            }
            for (int round = 0; round < ROUNDS; round++) {
                post(https.getFirst(), "?framing=raw&timeout=50ms&to=" + slowId, FORM, "late");
                assertOthersAreServed(https, id);
                Answer late = answer(https.getFirst());
                assertThat(late.status()).as(late.body()).isEqualTo(202);
                assertThat(late.json().get("queued").asInt()).isEqualTo(1);
            }
            post(https.getFirst(), "?framing=raw&timeout=20s&to=" + slowId, FORM, "last");
            assertOthersAreServed(https, id);
            String all = new String(slow.read(filled + ROUNDS * "late".length() + 4), UTF_8);
            assertThat(all).endsWith("late".repeat(ROUNDS) + "last");
            assertSent(https.getFirst());
        }
    }

    /** Checks that requests on all connections but the first are answered. */
    private static void assertOthersAreServed(List<RawClient> https, String to) throws IOException {
        List<RawClient> others = https.subList(1, https.size());
        for (RawClient http : others) {
            post(http, "?to=" + to, FORM, "m");
        }
        for (RawClient http : others) {
            assertSent(http);
        }
    }

    @Test
    void anInvalidRequestGetsAnErrorAndSendsNothing() throws Exception {
        List<RawClient> https = httpClients();
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            for (int round = 0; round < ROUNDS; round++) {
                RawClient bad = http();
                RawClient broken = http();
                post(https.getFirst(), "?to=" + id, FORM, "m");
                post(bad, "?to=" + id + "&tow=x", FORM, "m");
                post(broken, "", JSON, "{\"to\": ");
                assertOthersAreServed(https, id);
                assertSent(https.getFirst());
                assertThat(answer(bad).status()).isEqualTo(400);
                assertThat(answer(broken).status()).isEqualTo(400);
                for (int i = 0; i < OTHERS; i++) {
                    assertThat(peer.readLine()).isEqualTo("m");
                }
            }
        }
    }

    @Test
    void requestsInOneWriteAreAnsweredInOrder() throws Exception {
        List<RawClient> https = httpClients();
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            for (int round = 0; round < ROUNDS; round++) {
                String send = request("?to=" + id, FORM, "m");
                String unknown = request("?to=nobody", FORM, "m");
                for (RawClient http : https) {
                    http.send(send + unknown + get("/nothing") + send);
                }
                for (RawClient http : https) {
                    assertSent(http);
                    assertThat(answer(http).json().get("reason").asString()).isEqualTo("unknown");
                    assertThat(answer(http).json().get("instance").asString())
                            .isEqualTo("/nothing");
                    assertSent(http);
                }
            }
        }
    }

    /**
     * More such clients than there are platform threads; only virtual threads remain for others.
     */
    @Test
    void clientsThatDoNotReadTheirAnswersDoNotDelayOthers() throws Exception {
        List<RawClient> https = httpClients();
        List<RawClient> notReading = new ArrayList<>();
        String document = service.api().get("/openapi.json").body();
        int requests = MORE_THAN_SOCKET_BUFFERS / document.length();
        for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
            RawClient client = RawClient.connectWithTinyBuffer(service.api().port());
            clients.add(client);
            notReading.add(client);
            client.send(get("/openapi.json").repeat(requests));
        }
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            for (int round = 0; round < ROUNDS; round++) {
                assertOthersAreServed(https, id);
            }
        }
        for (int i = 0; i < requests; i++) {
            assertThat(answer(notReading.getFirst()).body()).isEqualTo(document);
        }
    }

    @Test
    void aClientThatDisconnectsDoesNotAffectOthers() throws Exception {
        List<RawClient> https = httpClients();
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            for (int round = 0; round < ROUNDS; round++) {
                try (RawClient leaving = RawClient.connect(service.api().port())) {
                    post(leaving, "?to=nobody", FORM, "leaving");
                    if (round % 2 == 0) {
                        leaving.reset();
                    }
                }
                assertOthersAreServed(https, id);
            }
        }
    }
}
