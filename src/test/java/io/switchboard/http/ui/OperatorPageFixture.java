package io.switchboard.http.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Browser;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** Opens the operator's page in a real browser, one for all tests of a class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OperatorPageFixture {
    static final String NAMES = ".rows .row .name";

    final RunningService service;
    final Api api;
    final List<RawClient> clients = new ArrayList<>();
    Browser browser;

    OperatorPageFixture(RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeAll
    final void open() {
        browser = Browser.open(api.port());
    }

    @BeforeEach
    final void begin() {
        api.awaitTotal(0);
        browser.resize(1400, 850);
        browser.script("localStorage.clear()");
        browser.reload();
        browser.awaitText(".state", "live");
    }

    @AfterEach
    final void logsNoErrorAndRequestsNoOtherHost() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        clients.clear();
        browser.assertQuiet();
    }

    @AfterAll
    final void quit() {
        if (browser != null) {
            browser.close();
        }
    }

    /** Connects a peer and gives it this name and these groups. */
    final RawClient connect(String name, String... groups) throws IOException {
        RawClient client = service.connect();
        clients.add(client);
        String joined = groups.length == 0 ? "" : "\"" + String.join("\",\"", groups) + "\"";
        Api.Answer answer =
                api.answer(
                        api.request("/peers/" + api.idOf(client))
                                .method(
                                        "PATCH",
                                        java.net.http.HttpRequest.BodyPublishers.ofString(
                                                "{\"name\":\"%s\",\"groups\":[%s]}"
                                                        .formatted(name, joined))));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return client;
    }

    final void openPane(String name) {
        await("a row of " + name).until(() -> browser.texts(NAMES).contains(name));
        browser.script(
                "[...document.querySelectorAll(arguments[0])]"
                        + ".find(cell => cell.textContent === arguments[1]).click()",
                NAMES,
                name);
        browser.awaitText(".pane h2", name);
    }

    /** Lets the requests of the page to these URLs fail, until the next call. */
    final void block(String... urls) {
        browser.driver().executeCdpCommand("Network.enable", Map.of());
        browser.driver().executeCdpCommand("Network.setBlockedURLs", Map.of("urls", List.of(urls)));
    }

    final void colours(String scheme) {
        browser.driver()
                .executeCdpCommand(
                        "Emulation.setEmulatedMedia",
                        Map.of(
                                "features",
                                List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    final void assertAccessible(String what) {
        List<String> found =
                new AxeBuilder()
                                .withTags(
                                        List.of(
                                                "wcag2a",
                                                "wcag2aa",
                                                "wcag21a",
                                                "wcag21aa",
                                                "wcag22aa"))
                                .analyze(browser.driver())
                                .getViolations()
                                .stream()
                                .map(OperatorPageFixture::print)
                                .toList();
        assertThat(found).as(what).isEmpty();
    }

    private static String print(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " " + rule.getNodes();
    }

    final void offline(boolean offline) {
        int throughput = offline ? 0 : -1; // -1: no limit
        browser.driver()
                .executeCdpCommand(
                        "Network.emulateNetworkConditions",
                        Map.of(
                                "offline",
                                offline,
                                "latency",
                                0,
                                "downloadThroughput",
                                throughput,
                                "uploadThroughput",
                                throughput));
    }
}
