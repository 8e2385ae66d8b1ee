package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.http.audit.AuditLog;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Access control if tokens are set. */
@WithService
@Isolated("reads what the JVM prints")
@TestPropertySource(
        properties = {
            "switchboard.admin.token=" + AdminTokenIT.TOKEN,
            "switchboard.admin.read-token=" + AdminTokenIT.READ_TOKEN,
            "switchboard.admin.allowed-origins=https://app.example"
        })
@ExtendWith(OutputCaptureExtension.class)
class AdminTokenIT {
    static final String TOKEN = "everything-1f0c2b9d7e";
    static final String READ_TOKEN = "only-looking-83ad54c1";
    private static final String SEND = "Authorization: Bearer " + TOKEN;
    private static final String READ = "Authorization: bearer " + READ_TOKEN;
    private static final String WRONG = "Authorization: Bearer everything-1f0c2b9d7f";

    @Autowired private RunningService service;
    private RawHttp http;

    @BeforeEach
    void createClient() {
        http = new RawHttp(service.api().port());
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/",
        "GET,/peers",
        "POST,/send?to=all",
        "POST,/send;x?to=all",
        "POST,/%73end?to=all",
        "GET,/events",
        "GET,/events;x",
        "GET,//events",
        "GET,/%65vents",
        "GET,/actuator/info"
    })
    void refusesRequestsWithoutAToken(String method, String path) throws IOException {
        RawHttp.Answer answer = http.ask(method, path);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"switchboard\"");
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.body()).contains("\"reason\":\"token_required\"");
        assertThat(answer.head()).doesNotContain("Set-Cookie", "Basic");
    }

    @Test
    void theTokenAllowsEveryRequest() throws IOException {
        assertThat(http.ask("GET", "/peers", SEND).status()).isEqualTo(200);
        assertThat(http.ask("GET", "/actuator/prometheus", SEND).status()).isEqualTo(200);
        assertThat(http.post("/send?to=all", "hello", SEND).status()).isEqualTo(200);
        assertThat(http.headOf("/events", SEND).status()).isEqualTo(200);
        assertThat(http.ask("DELETE", "/peers/nobody", SEND).status()).isEqualTo(404);
    }

    /** If a token is set, the Host header and proxies do not matter. */
    @Test
    void acceptsTheTokenThroughAProxyAndWithAnyHost() throws IOException {
        assertThat(
                        http.ask("GET", "/peers", SEND, "Host: admin.example", "Via: 1.1 proxy")
                                .status())
                .isEqualTo(200);
    }

    @Test
    void refusesAPageOfAnotherOriginEvenWithTheToken() throws IOException {
        assertThat(http.ask("GET", "/peers", SEND, "Origin: https://evil.example").status())
                .isEqualTo(403);
    }

    @Test
    void theReadTokenAllowsOnlyReading() throws IOException {
        assertThat(http.ask("GET", "/peers", READ).status()).isEqualTo(200);
        assertThat(http.ask("HEAD", "/peers/nobody", READ).status()).isEqualTo(404);
        assertThat(http.headOf("/events", READ).status()).isEqualTo(200);
        for (RawHttp.Answer answer :
                List.of(
                        http.post("/send?to=all", "hello", READ),
                        http.post("/peers/close", "{}", READ),
                        http.ask("DELETE", "/peers/nobody", READ),
                        http.ask("PUT", "/groups/g/peers/nobody", READ))) {
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.body())
                    .contains("\"reason\":\"forbidden_role\"")
                    .contains("needs the role send");
        }
    }

    @Test
    void healthIsOpenToEveryClientAndItsDetailsToReaders() throws IOException {
        for (String path : List.of("", "/liveness", "/readiness")) {
            RawHttp.Answer answer = http.ask("GET", "/actuator/health" + path);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).doesNotContain("components");
        }
        assertThat(http.ask("GET", "/actuator/health", READ).body()).contains("\"components\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"token", "access_token"})
    void aTokenInTheUrlDoesNotAuthenticate(String name) throws IOException {
        String path = "?" + name + "=" + TOKEN;
        assertThat(http.ask("GET", "/peers" + path).status()).isEqualTo(401);
        for (RawHttp.Answer answer :
                List.of(
                        http.ask("GET", "/peers" + path, SEND),
                        http.ask("GET", "/events" + path, SEND),
                        http.post("/send" + path + "&to=all", "hello", SEND))) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("unknown parameter '" + name + "'");
        }
    }

    @Test
    @DirtiesContext
    void limitsWrongTokensButStillAcceptsTheRightOne(CapturedOutput output) throws IOException {
        for (int guess = 0; guess < 10; guess++) {
            RawHttp.Answer answer = http.ask("GET", guess % 2 == 0 ? "/peers" : "/events", WRONG);
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.header("WWW-Authenticate")).contains("error=\"invalid_token\"");
        }
        RawHttp.Answer answer = http.post("/send?to=all", "hello", WRONG);
        assertThat(answer.status()).isEqualTo(429);
        assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(1, 60);
        assertThat(http.ask("GET", "/peers", WRONG).status()).isEqualTo(429);
        assertThat(http.ask("GET", "/peers", SEND).status()).isEqualTo(200);
        assertThat(http.ask("GET", "/actuator/health", WRONG).status()).isEqualTo(200);
        assertThat(output.getAll()).doesNotContain(TOKEN, READ_TOKEN, "everything-1f0c2b9d7f");
    }

    @Test
    void refusalsAreCountedByReason() throws IOException {
        double readers = refused("forbidden_role");
        double unauthenticated = refused("token_required");
        http.post("/send?to=all", "hello", READ);
        http.ask("DELETE", "/peers/nobody", READ);
        http.ask("GET", "/peers");
        http.ask("GET", "/actuator/health");
        assertThat(refused("forbidden_role")).isEqualTo(readers + 2);
        assertThat(refused("token_required")).isEqualTo(unauthenticated + 1);
    }

    private double refused(String reason) throws IOException {
        String meter = "switchboard_refused_requests_total{reason=\"" + reason + "\"} ";
        return http.ask("GET", "/actuator/prometheus", READ)
                .body()
                .lines()
                .filter(line -> line.startsWith(meter))
                .mapToDouble(line -> Double.parseDouble(line.substring(meter.length())))
                .sum();
    }

    @Test
    void doesNotLogTheTokenOfAMalformedRequest(CapturedOutput output) throws IOException {
        assertThat(http.ask("GET", "/pe|rs", SEND).status()).isEqualTo(400);
        assertThat(http.ask("GET", "/peers", SEND, "Ho st: x").status()).isEqualTo(400);
        assertThat(output.getAll()).doesNotContain(TOKEN);
    }

    /** One service for all kinds of changes: each request is one line, also if it is refused. */
    @Test
    void logsAnAuditLineForEachChange() throws Exception {
        try (AuditLog log = new AuditLog();
                RawClient client = service.connect()) {
            http.ask("GET", "/peers", READ);
            assertThat(log.lines()).isEmpty();
            http.post("/send?to=nobody", "secret", SEND);
            assertLine(log.only(), "POST /send", "[\"nobody\"]", 404, "unknown");
            http.post("/send?to=all", "secret", SEND);
            JsonNode sent = log.only();
            assertLine(sent, "POST /send", "[\"all\"]", 200, null);
            assertThat(sent.get("delivery").asString()).isNotEmpty();
            assertThat(sent.toString()).doesNotContain("secret");
            http.post("/send?to=all", "x", READ);
            assertLine(log.only(), "POST /send", "[]", 403, "forbidden_role");
            http.post("/send?to=all", "x", WRONG);
            JsonNode wrong = log.only();
            assertLine(wrong, "POST /send", "[]", 401, "bad_token");
            assertThat(wrong.get("who").asString()).isEqualTo("anonymous");
            http.ask("PATCH", "/peers/nobody", SEND);
            assertThat(log.only().get("what").asString()).isEqualTo("PATCH /peers/{peer}");
            http.ask("DELETE", "/peers/nobody", SEND);
            JsonNode closed = log.only();
            assertLine(closed, "DELETE /peers/{peer}", "[\"nobody\"]", 404, "unknown");
            assertThat(closed.get("who").asString()).isNotEqualTo("anonymous");
            http.ask("PUT", "/groups/east/peers/nobody", SEND);
            assertThat(log.only().get("targets").toString()).contains("\"east\"", "\"nobody\"");
            http.ask("DELETE", "/peers/x", SEND, "Origin: https://evil.example");
            assertLine(log.only(), "DELETE /peers/x", "[]", 403, "cross_origin");
            assertThat(client.port()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/peers", "/send", "/events", "/docs"})
    void servesPagesOfAllowedOriginsInBothChains(String path) throws IOException {
        String origin = "Origin: https://app.example";
        RawHttp.Answer preflight =
                http.ask(
                        "OPTIONS",
                        path,
                        origin,
                        "Sec-Fetch-Site: cross-site",
                        "Access-Control-Request-Method: POST",
                        "Access-Control-Request-Headers: authorization");
        assertThat(preflight.status()).isEqualTo(200);
        assertThat(preflight.header("Access-Control-Allow-Origin"))
                .isEqualTo("https://app.example");
        RawHttp.Answer refused = http.ask("POST", path, origin);
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
        RawHttp.Answer answered = http.headOf(path, origin, SEND);
        assertThat(answered.status()).isIn(200, 405);
        assertThat(answered.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
        RawHttp.Answer other = http.ask("GET", path, "Origin: https://evil.example", SEND);
        assertThat(other.status()).isEqualTo(path.equals("/docs") ? 200 : 403);
        assertThat(other.head()).doesNotContain("Access-Control-Allow-Origin");
    }

    @Test
    void aTicketOpensOneEventStreamAndNothingElse() throws Exception {
        assertThat(http.ask("POST", "/tickets").status()).isEqualTo(401);
        RawHttp.Answer issued = http.ask("POST", "/tickets", READ);
        assertThat(issued.status()).isEqualTo(201);
        assertThat(issued.header("Cache-Control")).isEqualTo("no-store");
        String ticket = JsonMapper.shared().readTree(issued.body()).get("ticket").asString();
        String query = "?ticket=" + ticket;
        for (String path : List.of("/peers", "/actuator/prometheus", "/send", "/eventss")) {
            assertThat(http.ask("GET", path + query).status()).as(path).isEqualTo(401);
        }
        assertThat(http.ask("POST", "/events" + query).status()).isEqualTo(401);
        assertThat(http.ask("POST", "/tickets" + query).status()).isEqualTo(401);
        assertThat(http.post("/send" + query + "&to=all", "x").status()).isEqualTo(401);
        assertThat(http.ask("HEAD", "/events" + query).status()).isEqualTo(401);

        // a parameter that is wrong, so that the answer ends; the ticket is used all the same
        RawHttp.Answer answer = http.ask("GET", "/events" + query + "&type=nothing");
        assertThat(answer.status()).isEqualTo(400);
        RawHttp.Answer again = http.ask("GET", "/events" + query);
        assertThat(again.status()).isEqualTo(401);
        assertThat(again.body())
                .contains("\"reason\":\"ticket_used\"", "POST /tickets returns another one")
                .doesNotContain(ticket);
        assertThat(http.ask("GET", "/events?ticket=x").body()).contains("bad_ticket");
        assertThat(http.headOf("/events?ticket=x", SEND).status()).isEqualTo(200);
    }

    private static void assertLine(
            JsonNode line, String what, String targets, int status, @Nullable String reason) {
        assertThat(line.get("from").asString()).isEqualTo("127.0.0.1");
        assertThat(line.get("what").asString()).isEqualTo(what);
        assertThat(line.get("targets").toString()).isEqualTo(targets);
        assertThat(line.get("status").asInt()).isEqualTo(status);
        assertThat(line.path("reason").asString(null)).isEqualTo(reason);
    }
}
