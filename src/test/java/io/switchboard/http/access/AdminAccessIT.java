package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/** The default access control, which accepts curl without options and refuses web pages. */
@WithService
class AdminAccessIT {
    /** The headers of every response. */
    private static final Map<String, String> DATA =
            Map.of("X-Content-Type-Options", "nosniff", "Cache-Control", "no-store");

    @Autowired private RunningService service;
    @Autowired private ServletContext servlets;
    private RawHttp http;

    @BeforeEach
    void createClient() {
        http = new RawHttp(service.api().port());
    }

    @Test
    void acceptsTheCurlCommandsOfTheReadme() throws IOException {
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            assertThat(http.ask("GET", "/peers").status()).isEqualTo(200);
            assertThat(http.post("/send?to=" + id, "good morning").status()).isEqualTo(200);
            assertThat(peer.readLine()).isEqualTo("good morning");
            assertThat(http.ask("DELETE", "/peers/" + id + "?farewell=bye").status())
                    .isEqualTo(204);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"127.0.0.1:8080", "[::1]:8080", "LOCALHOST", "switchboard", "nas.local."})
    void acceptsLocalNamesInTheHostHeader(String host) throws IOException {
        assertThat(http.ask("GET", "/peers", "Host: " + host).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/",
        "GET,/peers",
        "POST,/send?to=all",
        "GET,/events",
        "DELETE,/peers/1",
        "GET,/actuator",
        "GET,/actuator/prometheus",
        "GET,/nothing",
        "GET,/send;x=y",
        "GET,//send",
        "OPTIONS,/peers",
        "HEAD,/events"
    })
    void refusesANameThatDnsRebindingMayHavePointedHere(String method, String path)
            throws IOException {
        RawHttp.Answer answer = http.ask(method, path, "Host: evil.example:8080");
        // some are malformed URLs in any case; none reaches a handler
        assertThat(answer.status()).isIn(403, 400);
        if (answer.status() == 403 && !method.equals("HEAD")) {
            assertThat(answer.body())
                    .contains("\"reason\":\"unknown_host\"")
                    .contains("switchboard.admin.allowed-hosts")
                    .contains("switchboard.admin.token");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    void refusesEveryRequestOfAPageOfAnotherOrigin(String method) throws IOException {
        for (String path :
                List.of("/peers", "/send?to=all", "/events", "/actuator/health", "/groups/g")) {
            for (String header :
                    List.of(
                            "Sec-Fetch-Site: cross-site",
                            "Sec-Fetch-Site: same-site",
                            "Origin: https://evil.example",
                            "Origin: null")) {
                RawHttp.Answer answer = http.ask(method, path, header);
                assertThat(answer.status()).as(path + " " + header).isEqualTo(403);
                if (!method.equals("HEAD")) {
                    assertThat(answer.body()).contains("\"reason\":\"cross_origin\"");
                }
            }
        }
    }

    @Test
    void acceptsItsOwnPagesAndTheAddressBar() throws IOException {
        String own = "Origin: http://localhost:" + http.port();
        assertThat(http.ask("GET", "/peers", own, "Sec-Fetch-Site: same-origin").status())
                .isEqualTo(200);
        assertThat(
                        http.ask("GET", "/", "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate")
                                .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Forwarded: for=192.0.2.1",
                "X-Forwarded-For: 127.0.0.1",
                "X-Forwarded-Host: localhost",
                "X-Real-IP: 127.0.0.1",
                "Via: 1.1 proxy"
            })
    void refusesRequestsThatCameThroughAProxy(String header) throws IOException {
        for (String path : List.of("/peers", "/send", "/events", "/actuator/prometheus")) {
            assertThat(http.ask("GET", path, header))
                    .satisfies(
                            answer -> {
                                assertThat(answer.status()).isEqualTo(403);
                                assertThat(answer.body())
                                        .contains("\"reason\":\"proxied\"")
                                        .contains("switchboard.admin.token")
                                        .contains("switchboard.admin.auth=open");
                            });
        }
    }

    @Test
    void healthIsOpenToEveryClientButItsDetailsAreNot() throws IOException {
        assertThat(http.ask("GET", "/actuator/health").body()).contains("\"components\"");
        for (String path : List.of("", "/liveness", "/readiness")) {
            RawHttp.Answer answer =
                    http.ask("GET", "/actuator/health" + path, "Host: lb.example", "Via: 1.1 lb");
            assertThat(answer.status()).as(path).isEqualTo(200);
            assertThat(answer.body()).contains("\"UP\"").doesNotContain("components", "127.0.0.1");
        }
        assertThat(http.ask("GET", "/actuator/health/../prometheus", "Via: 1.1 lb").status())
                .isIn(400, 403);
    }

    @Test
    void acceptsThisMachineWithoutAHostHeader() throws IOException {
        assertThat(http.exchange("GET /peers HTTP/1.0\r\n\r\n").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"env", "beans", "configprops", "heapdump", "shutdown", "loggers"})
    void hasNoOtherActuatorEndpoints(String endpoint) throws IOException {
        assertThat(http.ask("GET", "/actuator/" + endpoint).status()).isEqualTo(404);
    }

    @Test
    void refusesHeadersLongerThanSixKibibytes() throws IOException {
        assertThat(http.ask("GET", "/peers", "X-Long: " + "x".repeat(5_000)).status())
                .isEqualTo(200);
        RawHttp.Answer answer = http.ask("GET", "/peers", "X-Long: " + "x".repeat(7_000));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.body()).contains("6 KiB");
        assertIsGuarded(answer);
    }

    @Test
    void refusesJsonThatIsNestedTooDeep() {
        for (String path : List.of("/peers", "/peers/close", "/send")) {
            String deep = "{\"to\":" + "[".repeat(400) + "]".repeat(400) + "}";
            Api.Answer answer = service.api().postJson(path, deep);
            assertThat(answer.status()).as(path).isEqualTo(400);
            if (!path.equals("/send")) { // whose own check refuses any nested list first
                assertThat(answer.body()).contains("nested deeper than 16");
            }
        }
    }

    @Test
    void everyResponseHasTheHeadersOfDataAndNoneOfPages() throws IOException {
        assertIsGuarded(http.ask("GET", "/"));
        assertIsGuarded(http.ask("GET", "/peers"));
        assertIsGuarded(http.ask("GET", "/nothing"));
        assertIsGuarded(http.ask("GET", "/openapi.json"));
        assertIsGuarded(http.ask("GET", "/actuator/health"));
        assertIsGuarded(http.ask("GET", "/peers", "Host: evil.example"));
        assertIsGuarded(http.ask("GET", "/%2f"));
        assertIsGuarded(http.post("/send?to=all", "hello"));
        assertIsGuarded(http.post("/send", "hello"));
        assertIsGuarded(http.ask("POST", "/send", "Host: evil.example"));
        assertIsGuarded(http.headOf("/events"));
        assertIsGuarded(http.exchange("GET /pe|rs HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/docs",
                "/docs/search",
                "/docs/hl7",
                "/ui/app.js",
                "/ui/%61pp.js",
                "/webjars/lit-html/lit-html.js"
            })
    void pagesHaveTheHeadersOfPagesToo(String path) throws IOException {
        RawHttp.Answer answer = http.ask("GET", path, "Accept: text/html");
        assertThat(answer.status()).isEqualTo(200);
        assertHasOnce(answer, DATA);
        assertHasOnce(
                answer,
                Map.of(
                        "Referrer-Policy",
                        "no-referrer",
                        "Cross-Origin-Resource-Policy",
                        "same-origin"));
        assertThat(answer.head()).containsOnlyOnce("Content-Security-Policy:");
        assertThat(answer.header("Content-Security-Policy"))
                .startsWith("default-src 'self'; ")
                .endsWith("frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
    }

    private static void assertIsGuarded(RawHttp.Answer answer) {
        assertHasOnce(answer, DATA);
        assertThat(answer.head())
                .doesNotContain(
                        "Content-Security-Policy",
                        "Referrer-Policy",
                        "Cross-Origin-Resource-Policy",
                        "Set-Cookie",
                        "Basic");
    }

    private static void assertHasOnce(RawHttp.Answer answer, Map<String, String> headers) {
        headers.forEach(
                (name, value) -> {
                    assertThat(answer.header(name)).as(answer.head()).isEqualTo(value);
                    assertThat(answer.head()).containsOnlyOnce(name + ":");
                });
    }

    /** A new servlet must be registered with one of the chains. */
    @Test
    void everyServletIsBehindOneChain() {
        FilterRegistration chain = servlets.getFilterRegistration("springSecurityFilterChain");
        FilterRegistration lean = servlets.getFilterRegistration("leanSecurityFilterChain");
        assertThat(chain.getServletNameMappings()).containsExactly("dispatcherServlet");
        assertThat(lean.getServletNameMappings())
                .containsExactlyInAnyOrder("eventsMapping", "sendMapping");
        assertThat(chain.getUrlPatternMappings()).isEmpty();
        assertThat(lean.getUrlPatternMappings()).isEmpty();
        assertThat(new TreeSet<>(servlets.getServletRegistrations().keySet()))
                .containsExactly("dispatcherServlet", "eventsMapping", "sendMapping");
    }
}
