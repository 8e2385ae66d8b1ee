package io.switchboard.http;

import static io.switchboard.testkit.ProxyHeaders.tlv;
import static io.switchboard.testkit.ProxyHeaders.v2;
import static io.switchboard.testkit.ProxyHeaders.v2Unix;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.EventReader;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Tests against injection: peers and clients send line ends, escape sequences and text that looks
 * like a log line. The service runs with all log levels enabled and must never print such text raw.
 */
class InjectionIT {
    private static final String HEADER = "X-Smuggled";
    private static final String LINE = "2026-01-01T00:00:00.000Z  INFO 1 --- [x] smuggled";
    private static final String EVIL =
            "\u001b]0;x\u0007\u202e\u009b2J\r\n" + HEADER + ": 1\r\n\r\n\nevent: closed\n\n" + LINE;

    /**
     * Characters that control a terminal or end a line, except LF, which ends the service's own
     * lines.
     */
    private static final Pattern RAW = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}&&[^\\n\\t]]");

    private static final int AUTHORITY = 2;
    private static final int UNIQUE_ID = 5;

    @TempDir static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static BackEnds backEnds;

    @SuppressWarnings("NullAway.Init")
    private static Certificate server;

    @SuppressWarnings("NullAway.Init")
    private static Certificate client;

    @SuppressWarnings("NullAway.Init")
    private static ChildService service;

    @BeforeAll
    static void start() throws Exception {
        backEnds = new BackEnds();
        server = Certificate.make(folder, "server", "CN=localhost");
        client =
                Certificate.make(
                        folder,
                        "client",
                        "CN=x\\0D\\0A\\1B[2J\\E2\\80\\AE\\0A" + LINE.replace("=", ""));
        String bundle = "spring.ssl.bundle.pem.server.";
        service =
                ChildService.start(
                        "logging.level.io.switchboard=trace",
                        "logging.level.org.apache.coyote=debug",
                        "logging.level.org.apache.tomcat=debug",
                        "logging.level.org.springframework.web=trace",
                        "switchboard.drain.delay=0s",
                        "switchboard.drain.spread=0s",
                        "switchboard.listeners.named.port=0",
                        "switchboard.listeners.named.framing=length:4",
                        "switchboard.listeners.named.identify.pattern="
                                + "(?s)^I am (?<name>[^@]+)(@(?<group>.+))?$",
                        "switchboard.listeners.named.webhook.url=" + backEnds.url("/named"),
                        "switchboard.listeners.named.webhook.secret=s3cret",
                        "switchboard.listeners.proxied.port=0",
                        "switchboard.listeners.proxied.handshake-deadline=2m",
                        "switchboard.listeners.proxied.proxy-protocol=true",
                        "switchboard.listeners.proxied.trusted-proxies=127.0.0.1",
                        "switchboard.listeners.proxied.identify.proxy-name=authority",
                        "switchboard.listeners.secure.port=0",
                        "switchboard.listeners.secure.tls.bundle=server",
                        "switchboard.listeners.secure.tls.client-auth=need",
                        "switchboard.listeners.secure.identify.certificate=true",
                        bundle + "keystore.certificate=" + server.certificate(),
                        bundle + "keystore.private-key=" + server.key(),
                        bundle + "truststore.certificate=" + client.certificate());
    }

    @AfterAll
    static void stop() {
        service.close();
        backEnds.close();
    }

    @AfterEach
    void theLogHasNoControlCharactersAndNoInjectedLines() {
        service.api().awaitTotal(0);
        assertThat(service.process().output())
                .satisfies(
                        log ->
                                assertThat(log.lines().filter(RAW.asPredicate()))
                                        .as("lines with control characters")
                                        .isEmpty())
                .satisfies(
                        log ->
                                assertThat(log.lines())
                                        .as("injected lines")
                                        .noneMatch(line -> line.startsWith("2026-01-01T"))
                                        .noneMatch(line -> line.startsWith(HEADER))
                                        .noneMatch(line -> line.startsWith("event:")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"I am " + EVIL, "I am fine@" + EVIL, EVIL})
    void aFirstFrameSetsOnlyValidNamesAndGroups(String frame) throws Exception {
        try (EventReader events = EventReader.open(service.api(), "/events?type=message");
                RawClient peer = RawClient.connect(service.port("named"))) {
            String id = service.api().idOf(peer);
            backEnds.on("/named", (_, _) -> {});
            peer.send(framed(frame));
            EventReader.Sse event = events.next();
            assertThat(event.type()).isEqualTo("message");
            assertThat(event.data()).doesNotContain("\n", "\r");
            assertThat(event.text()).isEqualTo(frame);
            JsonNode facts = service.api().peer(id);
            assertThat(facts.get("name").asString()).doesNotContainPattern(RAW);
            assertThat(facts.get("groups").toString()).doesNotContainPattern(RAW);
            assertTable("?state=any&q=" + id, 1);
            for (BackEnds.Post post : backEnds.await("/named", id, 1)) {
                assertOnlyOwnHeaders(post.headers());
            }
        }
    }

    @Test
    void aProxyHeaderStaysInItsFields() throws Exception {
        service.api().awaitTotal(0);
        try (EventReader events = EventReader.open(service.api(), "/events?type=connected");
                RawClient named = RawClient.connect(service.port("proxied"));
                RawClient unix = RawClient.connect(service.port("proxied"))) {
            named.send(v2("198.51.100.7", 4711, tlv(AUTHORITY, EVIL), tlv(UNIQUE_ID, "id" + EVIL)));
            assertThat(events.next().data()).doesNotContain("\n", "\r");
            unix.send(v2Unix("/x\u001b[2J\r\n\u202e\n" + LINE));
            EventReader.Sse event = events.next();
            assertThat(event.type()).isEqualTo("connected");
            assertThat(event.data()).doesNotContain("\n", "\r");
            service.api().awaitTotal(2);
            assertTable("", 2);
        }
    }

    @Test
    void aCertificateSubjectStaysInItsField() throws Exception {
        SSLSocket socket =
                (SSLSocket)
                        server.trusting(client)
                                .getSocketFactory()
                                .createSocket(
                                        new Socket(
                                                InetAddress.getLoopbackAddress(),
                                                service.port("secure")),
                                        "localhost",
                                        service.port("secure"),
                                        true);
        socket.startHandshake();
        try (RawClient peer = RawClient.over(socket)) {
            JsonNode facts = service.api().awaitPeer(peer.port());
            assertThat(facts.get("name").isNull()).isTrue();
            assertThat(facts.at("/tls/subject").asString()).contains("smuggled");
            assertTable("", 1);
        }
    }

    @Test
    void aRequestCannotInjectAHeaderIntoItsAnswer() throws Exception {
        RawHttp http = new RawHttp(service.api().port());
        String evil = URLEncoder.encode(EVIL, UTF_8).replace("+", "%20");
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            for (RawHttp.Answer answer :
                    List.of(
                            http.ask("GET", "/" + evil),
                            http.ask("GET", "/peers/" + evil),
                            http.ask("GET", "/peers?" + evil + "=1"),
                            http.ask("GET", "/peers?sort=" + evil),
                            http.ask("GET", "/peers?after=" + evil),
                            http.ask("GET", "/events?type=" + evil),
                            http.ask("PUT", "/groups/" + evil + "/peers/" + id),
                            http.ask("PUT", "/groups/g/peers/" + evil),
                            http.ask("DELETE", "/calls/" + evil),
                            http.ask("GET", "/actuator/health/" + evil),
                            http.post("/send?to=" + evil, "x"),
                            http.post("/send?to=" + id + "&framing=" + evil, "x"),
                            http.ask("GET", "/peers", "Host: \u001b[2J\u202e"),
                            http.ask("GET", "/peers", "Host: a\r" + HEADER + ": 1"),
                            http.ask("GET", "/peers/\u001b[2J"),
                            http.ask("\u001b[2J", "/peers"),
                            http.ask("GET", "/peers", "Authorization: Bearer \u001b[2J"),
                            http.ask("GET", "/x", "User-Agent: \u001b[2J\u202e\u009b"),
                            http.ask("GET", "/peers", "Accept: \u001b[2J\u202e"),
                            http.ask(
                                    "DELETE",
                                    "/peers/"
                                            + id
                                            + "?reason=%1b%5b2J%0a"
                                            + LINE.replace(' ', '+')))) {
                assertOnlyOwnLines(answer);
            }
        }
    }

    @Test
    void theLocationOfANewPeerContainsOnlyItsId() throws Exception {
        Api api = service.api();
        String call = "{\"host\":\"127.0.0.1\",\"port\":" + service.port() + ",\"name\":\"%s\"}";
        Api.Answer refused =
                api.postJson("/peers", call.formatted("a\\r\\n" + HEADER + ": 1\\u001b"));
        assertThat(refused.status()).isEqualTo(400);
        Api.Answer made = api.postJson("/peers", call.formatted("Stra\u00dfe 7"));
        assertThat(made.status()).isEqualTo(201);
        String id = made.json().get("id").asString();
        assertThat(made.header("Location")).isEqualTo("/peers/" + id);
        api.delete("/peers/" + id);
    }

    /**
     * An encoder would replace an unpaired surrogate by a question mark: that is another message.
     */
    @Test
    void refusesAnUnpairedSurrogateAndSendsNothing() throws Exception {
        Api api = service.api();
        try (RawClient peer = service.connect()) {
            api.idOf(peer);
            Api.Answer one = api.postJson("/send", "{\"to\":\"all\",\"text\":\"\\ud800\"}");
            assertThat(one.status()).isEqualTo(422);
            assertThat(one.json().get("reason").asString()).isEqualTo("bad_payload");
            Api.Answer lines =
                    api.post(
                            "/send",
                            "application/x-ndjson",
                            BodyPublishers.ofString(
                                    """
                                    {"to":"all","text":"a\\udc00"}
                                    {"to":"all","text":"\\ud83d\\ude00"}
                                    """));
            assertThat(lines.body().lines().toList())
                    .satisfiesExactly(
                            line ->
                                    assertThat(line)
                                            .contains("\"status\":422", "\\\\udc00 at character 2"),
                            line -> assertThat(line).contains("\"status\":200"));
            Api.Answer farewell =
                    api.postJson("/peers/close", "{\"to\":\"all\",\"farewell\":\"\\udc00\"}");
            assertThat(farewell.status()).isEqualTo(422);
            assertThat(farewell.json().get("detail").asString()).startsWith("farewell has");
            assertThat(peer.readLine()).isEqualTo("\ud83d\ude00");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"%s\":1}",
                "{\"to\":\"%s\",\"text\":\"x\"}",
                "{\"to\":\"listener:%s\",\"text\":\"x\"}",
                "{\"to\":\"all\",\"text\":\"x\",\"wait\":\"%s\"}",
                "{\"to\":\"all\",\"text\":\"x\",\"framing\":\"%s\"}",
                "{\"to\":\"all\",\"text\":\"x\",%s}",
            })
    void aProblemEchoesOnlyAPartOfALongBody(String json) {
        String body = json.formatted("x".repeat(1_000_000));
        Api.Answer answer = service.api().postJson("/send", body);
        assertThat(answer.status()).as(answer.body()).isIn(400, 404);
        assertThat(answer.body()).hasSizeLessThan(2_000);
        assertThat(
                        service.api()
                                .post(
                                        "/send",
                                        "application/x-ndjson",
                                        BodyPublishers.ofString(body + "\n"))
                                .body())
                .hasSizeLessThan(2_000);
    }

    @Test
    void aProblemEchoesOnlyAPartOfALongJsonValue() {
        assertThat(closeObject(45_000))
                .contains("it takes a string or a list of strings")
                .hasSizeLessThan(2_000);
        assertThat(closeObject(400_000))
                .contains("has more than 50000 tokens")
                .hasSizeLessThan(2_000);
    }

    private static String closeObject(int values) {
        String node = "[" + "1,".repeat(values) + "1]";
        return service.api().postJson("/peers/close", "{\"to\":{\"x\":" + node + "}}").body();
    }

    /**
     * Proves that the other tests really log what they send: the escaped text appears in the log.
     */
    @Test
    void logsControlCharactersEscaped() throws Exception {
        try (RawClient peer = RawClient.connect(service.port("proxied"))) {
            peer.send(v2Unix("/seen\u001b\r\n\u202e"));
            service.api().awaitTotal(1);
        }
        await().untilAsserted(
                        () ->
                                assertThat(service.logged("/seen"))
                                        .isNotEmpty()
                                        .allSatisfy(line -> assertThat(line).contains("{1b}")));
    }

    private static void assertTable(String query, int peers) throws IOException {
        String table =
                service.api()
                        .answer(
                                service.api()
                                        .request("/peers" + query)
                                        .header("Accept", "text/plain"))
                        .body();
        assertThat(table).doesNotContainPattern(RAW);
        assertThat(table.lines()).hasSize(1 + peers);
    }

    private static void assertOnlyOwnHeaders(Map<String, List<String>> headers) {
        assertThat(headers.keySet()).doesNotContain(HEADER);
        assertThat(headers.toString())
                .contains("X-switchboard-signature", "X-switchboard-delivery")
                .doesNotContain("Smuggled", "smuggled")
                .doesNotContainPattern(RAW);
    }

    private static void assertOnlyOwnLines(RawHttp.Answer answer) {
        assertThat(answer.head().lines())
                .as(answer.head())
                .noneMatch(line -> line.contains("muggled"))
                .noneMatch(RAW.asPredicate())
                .allMatch(line -> line.matches("HTTP/1\\.1 \\d{3} ?|[A-Za-z-]+: .*"));
    }

    private static byte[] framed(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return ByteBuffer.allocate(4 + bytes.length).putInt(bytes.length).put(bytes).array();
    }
}
