package io.switchboard.http.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Browser;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.Keys;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;

/** Tests the operator's page in a real browser. */
@WithService
@DirtiesContext
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorPageIT {
    private static final String NAMES = ".rows .row .name";

    private final RunningService service;
    private final Api api;
    private final List<RawClient> clients = new ArrayList<>();
    private Browser browser;

    OperatorPageIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeAll
    void open() {
        browser = Browser.open(api.port());
    }

    @BeforeEach
    void begin() {
        api.awaitTotal(0);
        browser.resize(1400, 850);
        browser.reload();
        browser.awaitText(".state", "live");
    }

    @AfterEach
    void logsNoErrorAndRequestsNoOtherHost() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        clients.clear();
        browser.assertQuiet();
    }

    @AfterAll
    void quit() {
        if (browser != null) {
            browser.close();
        }
    }

    /** Connects a peer and gives it this name and these groups. */
    private RawClient connect(String name, String... groups) throws IOException {
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

    private void openPane(String name) {
        await("a row of " + name).until(() -> browser.texts(NAMES).contains(name));
        browser.script(
                "[...document.querySelectorAll(arguments[0])]"
                        + ".find(cell => cell.textContent === arguments[1]).click()",
                NAMES,
                name);
        browser.awaitText(".pane h2", name);
    }

    @Test
    void marksAPeerThatSendsWhatItsListenerIsNotFor() throws IOException {
        RawClient client = service.connect();
        clients.add(client);
        client.send(new byte[] {0x16, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3});
        await("the mark of a hint")
                .untilAsserted(
                        () ->
                                assertThat(browser.texts(".rows .row .warn"))
                                        .containsExactly("\u26a0"));
    }

    @Test
    void triesAFraming() {
        browser.click("#try-framing");
        browser.find("dialog [name=hex]").sendKeys("ff 2a6f6b23 2a");
        browser.find("dialog [name=framing]").clear();
        browser.find("dialog [name=framing]").sendKeys("delimiter:#,start=*");
        browser.click("dialog .primary");
        browser.awaitText("#found", "1: 2a6f6b");
        assertThat(browser.find("#found").getText()).contains("Noise: 0: ff", "Rest: 2a");
        browser.find("dialog [name=framing]").sendKeys(",nonsense=1");
        browser.click("dialog .primary");
        browser.awaitText("dialog .problem", "framing='delimiter:#,start=*,nonsense=1'");
    }

    @Test
    void showsPeersThatConnectAndDisconnect() throws IOException {
        browser.awaitText(".welcome", "nc 127.0.0.1 " + service.port());
        RawClient first = connect("plc-1", "hall-2");
        connect("truck-7", "fleet", "east");
        browser.awaitTexts(NAMES, List.of("plc-1", "truck-7"));
        browser.awaitText("#sum", "2 peers");
        browser.awaitTexts(".rows .row .groups", List.of("hall-2", "east, fleet"));
        browser.awaitText(".rows .row .rtt", "s");
        browser.picture("list");

        first.close();
        browser.awaitTexts(NAMES, List.of("truck-7"));
    }

    @Test
    void searchesSortsAndFilters() throws IOException {
        connect("b", "one").send("a line\n");
        connect("c", "two");
        connect("a", "one", "two").send("a much longer line\n");
        browser.awaitTexts(NAMES, List.of("b", "c", "a"));

        browser.click(".head .name button");
        browser.awaitTexts(NAMES, List.of("a", "b", "c"));
        assertThat(browser.find(".head .name").getDomAttribute("aria-sort")).isEqualTo("ascending");
        browser.click(".head .received button");
        browser.awaitTexts(NAMES, List.of("a", "b", "c"));
        browser.click(".head .received button");
        browser.awaitTexts(NAMES, List.of("c", "b", "a"));

        browser.choose("#group", "one");
        browser.awaitTexts(NAMES, List.of("b", "a"));
        browser.type("#search", "two");
        browser.awaitTexts(NAMES, List.of("a"));
        browser.awaitText("#shown", "1 of 3");
    }

    @Test
    void sendsToAndReceivesFromOnePeer() throws Exception {
        for (String other : List.of("truck-7", "truck-9", "printer-2", "gate-north")) {
            connect(other, other.startsWith("truck") ? "fleet" : "hall-1").send("hello\n");
        }
        RawClient peer = connect("plc-1", "hall-2");
        peer.send("ready\n");
        openPane("plc-1");
        browser.awaitText(".lines", "ready");
        browser.say("temperature?");
        assertThat(peer.readLine()).isEqualTo("temperature?");
        browser.awaitText(".lines .out .status", "written 13 B");
        peer.send("21.5\n");
        browser.awaitText(".lines", "21.5");

        browser.choose("#wait", "a reply");
        browser.say("pressure?");
        assertThat(peer.readLine()).isEqualTo("pressure?");
        peer.send("1013\n");
        browser.awaitText(".lines .reply", "1013");
        browser.awaitTexts(
                ".rows .row .groups", List.of("fleet", "fleet", "hall-1", "hall-1", "hall-2"));
        browser.picture("terminal");

        browser.type("#prompt", Keys.ARROW_UP, Keys.ARROW_UP);
        browser.awaitValue("#prompt", "temperature?");
        browser.type("#prompt", Keys.ARROW_DOWN, Keys.ARROW_DOWN);
        browser.awaitValue("#prompt", "");
    }

    @Test
    void sendsHexAndInAnotherFraming() throws Exception {
        RawClient peer = connect("plc-1");
        openPane("plc-1");
        browser.choose("#mode", "hex");
        browser.say("00 ff 1b");
        assertThat(peer.read(4)).containsExactly(0x00, 0xff, 0x1b, '\n');
        browser.type("#framing", "raw", Keys.TAB);
        browser.say("41");
        browser.choose("#mode", "text");
        browser.say("B");
        assertThat(peer.read(2)).containsExactly('A', 'B');
        browser.choose("#mode", "hex");
        browser.say("4");
        browser.awaitText(".lines .out:last-child .status.failed", "hex");
    }

    @Test
    void showsWhyAMessageWasNotSent() throws Exception {
        connect("plc-1");
        openPane("plc-1");
        browser.choose("#wait", "a reply");
        browser.say("anybody?");
        String id = api.peers().getFirst().get("id").asString();
        await().untilAsserted(
                        () -> assertThat(api.peer(id).at("/sent/messages").asInt()).isEqualTo(1));
        api.delete("/peers/" + id + "?reason=maintenance");
        browser.awaitText(".lines .out .status.failed", "closed");
        browser.awaitText(".lines .note", "kicked (maintenance)");
        await().until(() -> browser.texts("#prompt:disabled").size() == 1);
    }

    @Test
    void aBroadcastShowsTheNumberOfPeersFirst() throws Exception {
        RawClient one = connect("one", "hall");
        RawClient two = connect("two", "hall");
        RawClient three = connect("three");
        browser.awaitTexts(NAMES, List.of("one", "two", "three"));
        browser.choose("#group", "hall");
        browser.awaitTexts(NAMES, List.of("one", "two"));
        browser.click("#broadcast");
        browser.awaitText("dialog", "To the group hall: 2 peers.");
        browser.type("dialog textarea", "lunch");
        browser.picture("broadcast");
        browser.click("dialog .primary");
        browser.awaitText("#report", "written\n2");
        browser.click("dialog .primary");
        assertThat(one.readLine()).isEqualTo("lunch");
        assertThat(two.readLine()).isEqualTo("lunch");

        browser.choose("#group", "every");
        browser.awaitTexts(NAMES, List.of("one", "two", "three"));
        browser.click(".rows .row:nth-child(3) input");
        browser.awaitText("#selected", "1 selected");
        browser.click("#broadcast");
        browser.awaitText("dialog", "To the selected: 1 peer.");
        browser.type("dialog textarea", "you");
        browser.click("dialog .primary");
        browser.awaitText("#report", "written\n1");
        assertThat(three.readLine()).isEqualTo("you");
    }

    @Test
    void storesMessagesForPeersThatAreAwayAndCancelsThem() throws Exception {
        browser.click("#stored");
        browser.awaitText("dialog", "0 messages");
        for (String text : List.of("first", "second")) {
            browser.find("dialog [name=to]").clear();
            browser.type("dialog [name=to]", "meter-7");
            browser.type("dialog [name=text]", text);
            browser.click("dialog .primary");
            browser.awaitText("#stored-done", "stored for meter-7");
            browser.awaitValue("dialog [name=text]", "");
        }
        browser.awaitText("dialog h3", "meter-7: 2 messages");
        browser.picture("stored");
        assertAccessible("stored messages");
        browser.click("#stored-messages li:nth-child(1) .danger");
        browser.awaitText("#stored-done", "1 message cancelled");
        browser.awaitText("dialog h3", "meter-7: 1 message");
        browser.click("dialog .back");
        browser.awaitText("#stored-names", "1 message, 6 B");
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");

        RawClient peer = connect("meter-7");
        assertThat(peer.readLine()).isEqualTo("second");
        openPane("meter-7");
        browser.click("#stored-of-peer");
        browser.awaitText("dialog h3", "meter-7: 0 messages");
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");
    }

    @Test
    void closesTheSelectedPeersWithAFarewell() throws Exception {
        RawClient one = connect("one");
        connect("two");
        browser.awaitTexts(NAMES, List.of("one", "two"));
        browser.click(".rows .row:nth-child(1) input");
        browser.click("#close-selected");
        browser.type("dialog [name=reason]", "maintenance");
        browser.type("dialog [name=farewell]", "bye");
        browser.click("dialog .primary");
        assertThat(one.readToEnd()).isEqualTo("bye\n");
        browser.awaitTexts(NAMES, List.of("two"));
        assertThat(api.get("/peers?state=closed&name=one").body()).contains("maintenance");
    }

    /** A peer chooses its name, groups and messages, so the page must show them only as text. */
    @Test
    void showsHostileBytesAsText() throws Exception {
        String markup = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>";
        RawClient peer = connect("plc-1");
        peer.send(markup + "\n\u001b[2J\u202egnp.exe\n");
        openPane("plc-1");
        browser.awaitText(".lines", markup);
        browser.awaitText(".lines", "\\u{1b}[2J\\u{202e}gnp.exe");
        browser.choose("#wait", "a reply");
        browser.say(markup);
        peer.readLine();
        peer.send(markup + "\n");
        browser.awaitText(".lines .reply", markup);
        assertThat(browser.script("return window.hacked")).isNull();
        assertThat(browser.texts("img, .lines script")).isEmpty();
    }

    @Test
    void everythingCanBeDoneByKeyboard() throws Exception {
        connect("one");
        RawClient two = connect("two");
        browser.awaitTexts(NAMES, List.of("one", "two"));
        browser.press("/");
        browser.awaitFocus("search");
        browser.press(Keys.ESCAPE);
        browser.awaitFocus("grid");
        browser.press("j", "j", Keys.ENTER);
        browser.awaitText(".pane h2", "two");
        browser.awaitFocus("prompt");
        browser.press("hello", Keys.ENTER);
        assertThat(two.readLine()).isEqualTo("hello");
        browser.press(Keys.ESCAPE, "k", Keys.SPACE);
        browser.awaitText("#selected", "1 selected");
        browser.press("b");
        browser.awaitText("dialog h2", "Broadcast");
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");
        browser.press("x");
        browser.awaitText("dialog h2", "Close");
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");
        browser.press("?");
        browser.awaitText("dialog h2", "Keys");
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");
        browser.press(Keys.ESCAPE);
        browser.awaitText(".overview", "Listeners");
    }

    @Test
    void fitsOnAPhone() throws Exception {
        RawClient peer = connect("a-device-with-a-rather-long-name-0815", "hall-2");
        browser.resize(390, 844);
        browser.awaitTexts(NAMES, List.of("a-device-with-a-rather-long-name-0815"));
        assertFits();
        browser.picture("phone-list");
        browser.click(".rows .row .id");
        peer.send("x".repeat(300) + "\n");
        browser.awaitText(".lines", "xxx");
        assertFits();
        browser.picture("phone-terminal");
        browser.click(".back");
        browser.awaitText("#sum", "1 peer");
    }

    private void assertFits() {
        await("charts shrink too")
                .untilAsserted(
                        () ->
                                assertThat(
                                                browser.script(
                                                        """
                                                        return [...document.querySelectorAll('body *')]
                                                          .filter(e => e.tagName !== 'SMALL' && e.getBoundingClientRect().right > innerWidth)
                                                          .map(e => e.className || e.tagName)
                                                        """))
                                        .isEqualTo(List.of()));
    }

    @Test
    void meetsWcagAaInLightAndDark() throws Exception {
        RawClient peer = connect("plc-1", "hall-2");
        peer.send("hello\n");
        openPane("plc-1");
        browser.say("hi");
        browser.awaitText(".lines .out .status", "written");
        for (String scheme : List.of("light", "dark")) {
            colours(scheme);
            assertAccessible("terminal, " + scheme);
            browser.click(".back");
            assertAccessible("overview, " + scheme);
            browser.picture("overview-" + scheme);
            browser.click("#broadcast");
            assertAccessible("broadcast, " + scheme);
            browser.press(Keys.ESCAPE);
            browser.awaitNone("dialog");
            browser.click(".rows .row .id");
            browser.awaitText(".pane h2", "plc-1");
        }
        colours("light");
    }

    private void colours(String scheme) {
        browser.driver()
                .executeCdpCommand(
                        "Emulation.setEmulatedMedia",
                        java.util.Map.of(
                                "features",
                                List.of(
                                        java.util.Map.of(
                                                "name", "prefers-color-scheme", "value", scheme))));
    }

    private void assertAccessible(String what) {
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
                                .map(OperatorPageIT::print)
                                .toList();
        assertThat(found).as(what).isEmpty();
    }

    private static String print(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " " + rule.getNodes();
    }

    @Test
    void reconnectsAfterTheServiceWasUnreachable() throws Exception {
        connect("one");
        browser.awaitTexts(NAMES, List.of("one"));
        browser.driver()
                .executeCdpCommand(
                        "Network.emulateNetworkConditions",
                        java.util.Map.of(
                                "offline",
                                true,
                                "latency",
                                0,
                                "downloadThroughput",
                                0,
                                "uploadThroughput",
                                0));
        await().untilAsserted(
                        () -> assertThat(browser.text(".state")).contains("cannot be reached"));
        connect("two");
        browser.driver()
                .executeCdpCommand(
                        "Network.emulateNetworkConditions",
                        java.util.Map.of(
                                "offline",
                                false,
                                "latency",
                                0,
                                "downloadThroughput",
                                -1,
                                "uploadThroughput",
                                -1));
        browser.awaitText(".state", "live");
        browser.awaitTexts(NAMES, List.of("one", "two"));
        assertThat(browser.complaints())
                .allMatch(line -> line.contains("ERR_INTERNET_DISCONNECTED"));
    }
}
