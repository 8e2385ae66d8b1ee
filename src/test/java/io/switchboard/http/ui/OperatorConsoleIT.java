package io.switchboard.http.ui;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/** Tests the parts of the operator's page that concern the service as a whole. */
@WithService
@DirtiesContext
@TestPropertySource(properties = "switchboard.connect.allowed-networks=127.0.0.0/8")
class OperatorConsoleIT extends OperatorPageFixture {

    OperatorConsoleIT(@Autowired RunningService service) {
        super(service);
    }

    @Test
    void listsClosedPeersWithTheirReasons() throws Exception {
        connect("truck-1");
        RawClient other = connect("truck-2");
        api.delete("/peers/truck-1?reason=maintenance");
        other.close();
        api.awaitTotal(0);
        browser.press("c");
        browser.awaitText("#closed-peers", "truck-2");
        assertThat(browser.text("#closed-peers"))
                .contains("kicked maintenance", "peer_closed", "0 messages, 0 B");
        browser.picture("closed");
        assertAccessible("closed peers");
        browser.type("dialog [name=q]", "truck-1", Keys.ENTER);
        browser.awaitText("#closed-total", "1 closed");
        browser.awaitTexts("#closed-peers .link", List.of("truck-1"));
        browser.click("#closed-peers .link");
        browser.awaitNone("dialog");
        browser.awaitText(".pane .closed", "kicked (maintenance)");
    }

    @Test
    void connectsOutAndListsKeptConnections() throws Exception {
        try (ServerSocket device = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            browser.click("#calls");
            browser.type("dialog [name=host]", "127.0.0.1");
            browser.type("dialog [name=port]", Integer.toString(device.getLocalPort()));
            browser.type("dialog [name=name]", "device");
            browser.type("dialog [name=first]", "hello");
            browser.click("dialog [name=keep]");
            browser.click("dialog form .primary");
            try (Socket accepted = device.accept()) {
                assertThat(new String(accepted.getInputStream().readNBytes(6), UTF_8))
                        .isEqualTo("hello\n");
                browser.awaitText("#call-done", "Connected: device");
                browser.awaitText("#kept", "127.0.0.1:" + device.getLocalPort());
                browser.awaitText("#kept", "connected since");
                browser.picture("calls");
                assertAccessible("connections out");
                browser.click("#kept .danger");
                browser.awaitNone("#kept");
                browser.press(Keys.ESCAPE);
                browser.awaitNone("dialog");
                browser.awaitTexts(NAMES, List.of("device"));
            }
        }
        browser.click("#calls");
        browser.type("dialog [name=host]", "127.0.0.1");
        browser.type("dialog [name=port]", "1");
        browser.click("dialog form .primary");
        browser.awaitText("dialog .problem", "Connection refused");
        browser.press(Keys.ESCAPE);
        assertThat(browser.complaints()).allMatch(line -> line.contains("status of 502"));
    }

    @Test
    void showsNodesTokensLimitsAndRefusals() throws Exception {
        connect("plc-1");
        api.delete("/peers/plc-1");
        api.awaitTotal(0);
        browser.click("#menu-button");
        browser.awaitText("#version", "Switchboard ");
        assertThat(browser.find("#menu a").getDomAttribute("href")).isEqualTo("docs");
        browser.click("#menu-service");
        browser.awaitText("#nodes", "this one");
        browser.awaitText("#self", "You are local: manage, read, send; all peers.");
        assertThat(browser.text("#limits")).contains("Peers: default", "Memory: history");
        assertThat(browser.text("#refusals")).contains("Connections refused", "kicked");
        browser.picture("service");
        assertAccessible("service");
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");
    }

    @Test
    void drawsChartsWithUnitsAndDifferentLabels() throws Exception {
        connect("plc-1").send("hello\n");
        api.delete("/peers/plc-1");
        api.awaitTotal(0);
        browser.awaitText("#reasons", "kicked");
        await("a sample and a line").until(() -> browser.texts(".chart canvas").size() == 4);
        for (String chart : List.of("bytes-chart", "peers-chart", "connects-chart", "ends-chart")) {
            await(chart)
                    .untilAsserted(
                            () -> {
                                String labels =
                                        String.valueOf(
                                                browser.script(
                                                        "return document.getElementById(arguments[0]).dataset.labels",
                                                        chart));
                                assertThat(Arrays.asList(labels.split("\\|")))
                                        .as(chart)
                                        .hasSizeGreaterThan(1)
                                        .doesNotHaveDuplicates();
                            });
        }
        assertThat(api.get("/figures").json().get("samples")).isNotEmpty();
        browser.resize(1400, 1500);
        browser.picture("charts");
    }

    /** The service of this test need not have the calls: the answers are given here. */
    @Test
    void createsChangesAndRemovesListeners() throws Exception {
        answerWith(
                """
                {method: 'POST', path: '/listeners', status: 400,
                 body: {status: 400, key: 'switchboard.listeners.lab.max-connections', value: '-1', detail: 'max-connections=-1: it takes 1 or more'}}
                """);
        browser.click("#new-listener");
        browser.type("dialog [name=name]", "lab");
        browser.type("dialog [name=port]", "9100");
        browser.type("dialog [name=framing]", "stx-etx");
        browser.type("dialog [name=max-connections]", "-1");
        browser.type("dialog [name=more]", "{\"half-close\": \"close\"}");
        browser.type("dialog .trial textarea", "02 61 03 62");
        browser.click("#try");
        browser.awaitText("#trial", "1 frame");
        assertThat(browser.text("#trial")).contains("61", "Noise: 62");
        browser.click("dialog form .primary");
        browser.awaitText("#listener-max-connections-problem", "it takes 1 or more");
        browser.picture("listener");
        assertAccessible("listener form");

        answerWith("{method: 'POST', path: '/listeners', status: 201, body: {name: 'lab'}}");
        browser.type("dialog [name=max-connections]", Keys.chord(Keys.CONTROL, "a"), "5");
        browser.click("dialog form .primary");
        browser.awaitNone("dialog");
        assertThat(browser.script("return JSON.stringify(window.asked)"))
                .isEqualTo(
                        "{\"name\":\"lab\",\"transport\":\"tcp\",\"port\":9100,\"framing\":\"stx-etx\",\"max-connections\":5,\"half-close\":\"close\"}");

        answerWith(
                "{method: 'POST', path: '/listeners', status: 405, body: {status: 405, detail: 'no'}}");
        browser.click("#new-listener");
        browser.type("dialog [name=name]", "lab");
        browser.click("dialog form .primary");
        browser.awaitText("dialog .problem", "This service cannot change listeners at run time");
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");
    }

    @Test
    void changesAndRemovesOnlyListenersOfTheApi() throws Exception {
        browser.awaitText(".listeners", "default");
        assertThat(browser.texts(".listener-actions")).isEmpty();
        browser.script(
                """
                const fetched = window.fetch;
                window.fetch = async (url, options) => {
                  const answer = await fetched(url, options);
                  if (new URL(url).pathname !== '/listeners' || options.method !== 'GET') return answer;
                  const json = await answer.json();
                  json.listeners[0].source = 'api';
                  return Response.json(json);
                };
                """);
        browser.awaitText(".listener-actions", "Change");
        answerWith("{method: 'PATCH', path: '/listeners/default', status: 200, body: {}}");
        browser.click(".listener-actions button");
        browser.type("dialog [name=idle-timeout]", Keys.chord(Keys.CONTROL, "a"), "30s");
        browser.click("dialog form .primary");
        browser.awaitNone("dialog");
        assertThat(browser.script("return JSON.stringify(window.asked)"))
                .isEqualTo("{\"idle-timeout\":\"30s\"}");
        answerWith("{method: 'DELETE', path: '/listeners/default', status: 204, body: null}");
        browser.click(".listener-actions .danger");
        browser.awaitText("dialog", "It has 0 peers");
        browser.click("dialog form .primary");
        browser.awaitNone("dialog");
        assertThat(browser.script("return window.query")).isEqualTo("?drain=5s");
    }

    /** Answers one request of the page in place of the service. */
    private void answerWith(String answer) {
        browser.script(
                """
                const {method, path, status, body} = %s;
                const before = window.fetch;
                window.fetch = async (url, options) => {
                  const {pathname, search} = new URL(url);
                  if (pathname !== path || options.method !== method) return before(url, options);
                  window.fetch = before;
                  window.query = search;
                  window.asked = options.body === undefined ? null : JSON.parse(options.body);
                  return new Response(body === null ? null : JSON.stringify(body), {status});
                };
                """
                        .formatted(answer));
    }
}
