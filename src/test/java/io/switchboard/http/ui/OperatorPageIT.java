package io.switchboard.http.ui;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;

/** Tests the operator's page in a real browser. */
@WithService
@DirtiesContext
class OperatorPageIT extends OperatorPageFixture {

    OperatorPageIT(@Autowired RunningService service) {
        super(service);
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
        assertThat(browser.find(".rows .row .warn").getDomAttribute("aria-label"))
                .startsWith("New: ");
        browser.click(".rows .row .id");
        browser.awaitText(".pane .hint", "TLS");
        await("the mark is no longer new")
                .untilAsserted(() -> assertThat(browser.texts(".warn.news")).isEmpty());
        assertThat(browser.texts(".rows .row .warn")).hasSize(1);
    }

    @Test
    void showsTheNameColumnOnlyIfAPeerHasAName() throws IOException {
        clients.add(service.connect());
        await("a row").until(() -> browser.texts(".rows .row .id").size() == 1);
        browser.awaitNone(".grid:not(.nameless)");
        assertThat(browser.driver().findElement(By.cssSelector(".head .name")).isDisplayed())
                .isFalse();
        connect("plc-1");
        browser.awaitTexts(NAMES, List.of("127.0.0.1:" + clients.getFirst().port(), "plc-1"));
        browser.awaitNone(".grid.nameless");
        assertThat(browser.find(".head .name").isDisplayed()).isTrue();
        assertThat(truncated()).isEmpty();
    }

    /** Returns the texts of the cells that are wider than their column. */
    private List<String> truncated() {
        return ((List<?>)
                        browser.script(
                                """
                                return [...document.querySelectorAll('.row > span')]
                                  .filter(cell => cell.scrollWidth > cell.clientWidth)
                                  .map(cell => cell.className + ': ' + cell.textContent)
                                """))
                .stream().map(String::valueOf).toList();
    }

    @Test
    void offersToClearASearchThatFindsNobody() throws IOException {
        connect("plc-1", "hall-2");
        browser.awaitTexts(NAMES, List.of("plc-1"));
        browser.choose("#group", "hall-2");
        browser.type("#search", "nonsense");
        browser.awaitText("#no-match", "No peer matches this search.");
        browser.awaitText("#shown", "0 of 1");
        browser.picture("no-match");
        browser.click("#clear-search");
        browser.awaitTexts(NAMES, List.of("plc-1"));
        browser.awaitValue("#search", "");
        browser.awaitValue("#group", "");
        browser.awaitFocus("search");
        browser.awaitNone("#no-match");
    }

    @Test
    void saysThatNobodyIsConnectedOnlyIfItKnows() {
        browser.awaitText(".welcome", "Nobody is connected");
        block("*/peers?*");
        browser.reload();
        browser.awaitText("#unavailable", "Unavailable since");
        browser.awaitText("#unavailable", "cannot be reached");
        assertThat(browser.texts(".welcome")).isEmpty();
        assertThat(browser.text("#sum")).isEmpty();
        assertThat(browser.text("#shown")).isEmpty();
        block();
        browser.awaitText(".welcome", "Nobody is connected");
        browser.awaitText("#sum", "0 peers");
        assertThat(browser.complaints()).allMatch(line -> line.contains("ERR_BLOCKED_BY_CLIENT"));
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
        browser.awaitText(".facts", "Received\n2 messages, ");
        assertThat(browser.text(".facts"))
                .contains("Local address\n127.0.0.1:" + service.port(), "Sent\n1 message, 13 B");

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
    void showsWhatAnybodySentWithItsStatus() throws Exception {
        RawClient peer = connect("plc-1");
        api.post("/send?to=plc-1", "from a script");
        openPane("plc-1");
        browser.awaitText(".lines .out", "from a script written");
        browser.say("from the page");
        browser.awaitText(".lines .out:last-child", "from the page written");
        api.post("/send?to=all", "to everybody");
        await().untilAsserted(
                        () ->
                                assertThat(browser.texts(".lines .out .text"))
                                        .containsExactly(
                                                "from a script", "from the page", "to everybody"));
        for (String text : List.of("from a script", "from the page", "to everybody")) {
            assertThat(peer.readLine()).isEqualTo(text);
        }
        browser.click(".back");
        openPane("plc-1");
        await().untilAsserted(
                        () ->
                                assertThat(browser.texts(".lines .out .text"))
                                        .containsExactly(
                                                "from a script", "from the page", "to everybody"));
    }

    @Test
    void sendsPastedLinesAsOneMessageALine() throws Exception {
        RawClient peer = connect("plc-1");
        openPane("plc-1");
        paste("one\r\n\r\ntwo\nthree\n");
        browser.awaitText(".pasted", "Pasted: 3 lines");
        browser.picture("pasted");
        assertAccessible("pasted lines");
        browser.click("#send-lines");
        for (String line : List.of("one", "two", "three")) {
            assertThat(peer.readLine()).isEqualTo(line);
        }
        browser.awaitNone(".pasted");
        browser.type("#framing", "raw", Keys.TAB);
        paste("a\nb");
        browser.click("#send-whole");
        assertThat(peer.read(3)).containsExactly('a', '\n', 'b');
        paste("c\nd");
        browser.click("#discard");
        browser.awaitNone(".pasted");
        browser.awaitFocus("prompt");
    }

    private void paste(String text) {
        browser.find("#prompt");
        browser.script(
                """
                const data = new DataTransfer();
                data.setData('text', arguments[0]);
                document.getElementById('prompt').dispatchEvent(
                    new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
                """,
                text);
    }

    @Test
    void showsBytesInAlignedColumns() throws Exception {
        RawClient peer = connect("plc-1");
        peer.send("temperature 21.5 \u00b0C\n".getBytes(UTF_8));
        openPane("plc-1");
        browser.awaitText(".lines", "temperature");
        browser.choose("#view", "bytes");
        browser.awaitText(".lines pre", "0000  74 65 6d 70 65 72 61 74  temperat");
        assertThat(browser.texts(".lines pre"))
                .containsExactly(
                        """
                        0000  74 65 6d 70 65 72 61 74  temperat
                        0008  75 72 65 20 32 31 2e 35  ure 21.5
                        0010  20 c2 b0 43               ..C""");
        browser.picture("bytes");
        assertAccessible("bytes");
    }

    @Test
    void remembersFramingAndWaitPerListener() throws Exception {
        connect("plc-1");
        openPane("plc-1");
        browser.type("#framing", "crlf", Keys.TAB);
        browser.choose("#wait", "acknowledged");
        browser.reload();
        browser.awaitText(".state", "live");
        openPane("plc-1");
        browser.awaitValue("#framing", "crlf");
        browser.awaitValue("#wait", "acked");
    }

    @Test
    void copiesASendAsCurl() throws Exception {
        connect("plc-1");
        openPane("plc-1");
        browser.awaitText(".facts", "Listener");
        browser.script("navigator.clipboard.writeText = async text => { window.copied = text; }");
        browser.choose("#wait", "acknowledged");
        browser.type("#prompt", "it's 5");
        browser.click("#copy-curl");
        browser.awaitText("#copied", "Copied");
        assertThat(browser.script("return window.copied"))
                .isEqualTo(
                        "curl -H 'Content-Type: application/json' --data-raw"
                                + " '{\"to\":\"plc-1\",\"text\":\"it'\\''s 5\",\"wait\":\"acked\"}'"
                                + " 'http://localhost:%d/send'".formatted(api.port()));
        browser.script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))");
        browser.click("#copy-curl");
        browser.awaitText("dialog h2", "Copy as curl");
        assertThat(browser.find("#command").getDomProperty("value")).contains("it'\\''s 5");
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");
    }

    @Test
    void changesTheNameAndTheGroupsOfAPeer() throws Exception {
        RawClient peer = connect("plc-1", "hall-1");
        openPane("plc-1");
        browser.click("#edit-peer");
        browser.awaitValue("dialog [name=groups]", "hall-1");
        browser.type("dialog [name=name]", Keys.chord(Keys.CONTROL, "a"), "bad name?");
        browser.click("dialog .primary");
        browser.awaitText("dialog .problem", "must not contain the character '?'");
        browser.type("dialog [name=name]", Keys.chord(Keys.CONTROL, "a"), "plc-2");
        browser.type("dialog [name=groups]", ", hall-2");
        browser.click("dialog .primary");
        browser.awaitNone("dialog");
        browser.awaitTexts(NAMES, List.of("plc-2"));
        browser.awaitTexts(".rows .row .groups", List.of("hall-1, hall-2"));
        browser.awaitText(".pane h2", "plc-2");
        assertThat(api.peer(api.idOf(peer)).get("name").asString()).isEqualTo("plc-2");
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
        browser.awaitText(".pane .closed", "kicked (maintenance)");
        assertThat(browser.text(".pane .closed")).matches("Closed on .*\\d\\d:\\d\\d:\\d\\d: .*");
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

        browser.choose("#group", "All");
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
        browser.type("#prompt", "from a phone");
        browser.click("#send");
        assertThat(peer.readLine()).isEqualTo("from a phone");
        peer.send("x".repeat(300) + "\n");
        browser.awaitText(".lines", "xxx");
        assertFits();
        browser.picture("phone-terminal");
        browser.click(".back");
        browser.awaitText("#sum", "1 peer");
        assertThat(browser.find(".top").getSize().height).isLessThan(60);
        browser.click("#menu-button");
        browser.picture("phone-menu");
        assertAccessible("menu");
        browser.click("#menu-try-framing");
        browser.awaitText("dialog h2", "Try a framing");
        browser.click("dialog .dismiss");
        browser.awaitNone("dialog");
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

    @Test
    void disablesEveryActionWhileTheServiceIsUnavailable() throws Exception {
        connect("one");
        openPane("one");
        browser.click("#stored");
        browser.awaitText("dialog", "0 messages");
        offline(true);
        browser.awaitText(".state", "unavailable");
        browser.awaitText("dialog .problem", "The service has been unavailable since");
        assertThat(browser.texts("dialog button:enabled")).containsExactly("\u00d7");
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");

        browser.awaitText("#unavailable", "Unavailable since");
        browser.awaitText("#unavailable", "cannot be reached");
        browser.awaitTexts(NAMES, List.of("one"));
        assertThat(browser.texts("main.stale")).hasSize(1);
        for (String action :
                List.of("#broadcast", "#stored", "#menu-stored", "#prompt", ".pane .danger")) {
            assertThat(browser.texts(action + ":disabled")).as(action).hasSize(1);
        }
        browser.press("b", "x", "m");
        browser.awaitNone("dialog");
        browser.picture("unavailable");

        connect("two");
        offline(false);
        browser.awaitText(".state", "live");
        browser.awaitTexts(NAMES, List.of("one", "two"));
        browser.awaitNone("#unavailable");
        browser.awaitNone("#broadcast:disabled");
        browser.awaitNone("#prompt:disabled");
        assertThat(browser.complaints())
                .allMatch(line -> line.contains("ERR_INTERNET_DISCONNECTED"));
    }
}
