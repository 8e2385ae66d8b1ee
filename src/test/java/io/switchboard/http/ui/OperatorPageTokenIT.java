package io.switchboard.http.ui;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Browser;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** Tests the operator's page of a service with a token: the page is public, its data is not. */
@WithService
@TestPropertySource(properties = "switchboard.admin.token=" + OperatorPageTokenIT.TOKEN)
class OperatorPageTokenIT {
    static final String TOKEN = "a-token-of-the-operators-77";
    private static final String BROWSER = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";

    @Autowired private RunningService service;

    @Test
    void asksForTheTokenAndKeepsItInMemoryOnly() throws Exception {
        try (RawClient peer = service.connect();
                Browser browser = Browser.open(service.api().port())) {
            peer.send("hello\n");
            browser.awaitText("dialog h2", "Sign in");
            browser.type("dialog input", "not-this-one", "\n");
            browser.awaitText("dialog .problem", "not a token of this service");
            browser.type("dialog input", TOKEN, "\n");
            browser.awaitText(".state", "live");
            browser.awaitText("#sum", "1 peer");
            browser.click(".rows .row .id");
            browser.awaitText(".lines", "hello");
            browser.say("welcome");
            assertThat(peer.readLine()).isEqualTo("welcome");
            assertThat(
                            browser.script(
                                    "return document.cookie + JSON.stringify({...localStorage})"
                                            + " + JSON.stringify({...sessionStorage})"))
                    .isEqualTo("{}{}");
            assertThat(browser.requests()).noneMatch(url -> url.contains(TOKEN));

            browser.reload();
            browser.awaitText("dialog h2", "Sign in");
            assertThat(browser.texts(".rows .row")).isEmpty();
            assertThat(browser.complaints()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/ui/app.js",
                "/ui/style.css",
                "/webjars/lit-html/lit-html.js",
                "/webjars/uplot/dist/uPlot.esm.js"
            })
    void theFilesOfThePageArePublicEvenForACrossSiteLink(String path) throws IOException {
        RawHttp http = new RawHttp(service.api().port());
        RawHttp.Answer answer = http.ask("GET", path, BROWSER, "Sec-Fetch-Site: cross-site");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Security-Policy"))
                .contains("default-src 'self'", "frame-ancestors 'none'");
        assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/peers",
                "/ui/../peers",
                "/ui/..;/peers",
                "/ui/%2e%2e/peers",
                "/webjars/..;a=b/actuator/prometheus",
                "/webjars/unknown/lit-html.js",
                "/ui//../../events",
                "/send"
            })
    void everythingElseNeedsTheTokenHoweverThePathIsWritten(String path) throws IOException {
        RawHttp http = new RawHttp(service.api().port());
        for (String accept : List.of(BROWSER, "Accept: */*")) {
            RawHttp.Answer answer = http.ask("GET", path, accept);
            assertThat(answer.status()).isIn(400, 401, 404);
            assertThat(answer.body()).contains("\"status\":" + answer.status());
        }
    }

    @Test
    void aClientThatAcceptsAnyTypeGetsTheLinksAndNeedsTheToken() throws IOException {
        RawHttp http = new RawHttp(service.api().port());
        assertThat(http.ask("GET", "/", "Accept: */*").status()).isEqualTo(401);
        RawHttp.Answer links =
                http.ask("GET", "/", "Accept: */*", "Authorization: Bearer " + TOKEN);
        assertThat(links.header("Content-Type")).startsWith("application/json");
        assertThat(links.header("Vary").toLowerCase(Locale.ROOT).split(",")).contains("accept");
        assertThat(http.ask("POST", "/", BROWSER).status()).isEqualTo(401);
    }
}
