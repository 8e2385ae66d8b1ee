package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
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

/** Who may use HTTP where tokens are set. */
@WithService
@Isolated("reads what the JVM prints")
@TestPropertySource(
        properties = {
            "switchboard.admin.token=" + AdminTokenIT.TOKEN,
            "switchboard.admin.read-token=" + AdminTokenIT.READ_TOKEN
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
    void find() {
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
    void nothingIsAnsweredWithoutAToken(String method, String path) throws IOException {
        RawHttp.Answer answer = http.ask(method, path);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"switchboard\"");
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.body()).contains("\"reason\":\"token_required\"");
        assertThat(answer.head()).doesNotContain("Set-Cookie", "Basic");
    }

    @Test
    void theTokenIsForEverything() throws IOException {
        assertThat(http.ask("GET", "/peers", SEND).status()).isEqualTo(200);
        assertThat(http.ask("GET", "/actuator/prometheus", SEND).status()).isEqualTo(200);
        assertThat(http.post("/send?to=all", "hello", SEND).status()).isEqualTo(200);
        assertThat(http.headOf("/events", SEND).status()).isEqualTo(200);
        assertThat(http.ask("DELETE", "/peers/nobody", SEND).status()).isEqualTo(404);
    }

    /** With a token, the name and the way by which the request came are of no account. */
    @Test
    void theTokenIsGoodThroughAProxyAndByAnyName() throws IOException {
        assertThat(
                        http.ask("GET", "/peers", SEND, "Host: admin.example", "Via: 1.1 proxy")
                                .status())
                .isEqualTo(200);
    }

    @Test
    void aPageOfAnotherOriginIsRefusedWithTheTokenToo() throws IOException {
        assertThat(http.ask("GET", "/peers", SEND, "Origin: https://evil.example").status())
                .isEqualTo(403);
    }

    @Test
    void theReadTokenIsForLooking() throws IOException {
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
    void healthIsForEverybodyAndItsDetailsForReaders() throws IOException {
        for (String path : List.of("", "/liveness", "/readiness")) {
            RawHttp.Answer answer = http.ask("GET", "/actuator/health" + path);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).doesNotContain("components");
        }
        assertThat(http.ask("GET", "/actuator/health", READ).body()).contains("\"components\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"token", "access_token"})
    void aTokenInTheUrlIsNone(String name) throws IOException {
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
    void whoGuessesIsToldToWaitAndTheRightTokenStillPasses(CapturedOutput output)
            throws IOException {
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
        double strangers = refused("token_required");
        http.post("/send?to=all", "hello", READ);
        http.ask("DELETE", "/peers/nobody", READ);
        http.ask("GET", "/peers");
        http.ask("GET", "/actuator/health");
        assertThat(refused("forbidden_role")).isEqualTo(readers + 2);
        assertThat(refused("token_required")).isEqualTo(strangers + 1);
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
    void aMalformedRequestDoesNotBringTheTokenIntoTheLog(CapturedOutput output) throws IOException {
        assertThat(http.ask("GET", "/pe|rs", SEND).status()).isEqualTo(400);
        assertThat(http.ask("GET", "/peers", SEND, "Ho st: x").status()).isEqualTo(400);
        assertThat(output.getAll()).doesNotContain(TOKEN);
    }
}
