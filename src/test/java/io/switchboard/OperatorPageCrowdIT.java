package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** The operator's page with as many peers as a node has on a busy day. */
@Tag("system")
class OperatorPageCrowdIT {
    private static final int PEERS = 10_000;
    private static final int MOST_ROWS = 80;

    /**
     * Longer than this, and typing would be felt to stick. On a busy machine; alone it is a third.
     */
    private static final long LONGEST_TASK_MILLIS = 600;

    @Test
    void tenThousandStayResponsive() throws Exception {
        try (ChildService service = ChildService.start("switchboard.drain.delay=0s");
                Crowd crowd = Crowd.connect(service.port(), PEERS);
                Browser browser = Browser.open(service.api().port())) {
            browser.awaitText("#sum", "10,000 peers");
            int last = crowd.members().getLast().port();
            browser.script(
                    """
                    window.longest = 0;
                    new PerformanceObserver(list => {
                      for (const task of list.getEntries()) {
                        window.longest = Math.max(window.longest, task.duration);
                      }
                    }).observe({type: 'longtask'});
                    """);

            browser.press("/");
            browser.press(Integer.toString(last));
            browser.awaitText("#shown", " of 10,000");
            browser.awaitText(".rows .row .peername", ":" + last);
            browser.type("#search", Keys.chord(Keys.CONTROL, "a"), Keys.DELETE);
            browser.awaitText("#shown", "10,000");

            for (String column : List.of("peername", "rtt", "idle", "id")) {
                browser.click(".head ." + column + " button");
                assertFewRows(browser);
            }
            browser.find("#grid").sendKeys(Keys.END);
            browser.awaitText(".rows .row.at .listener", "default");
            browser.find("#grid").sendKeys(Keys.chord(Keys.CONTROL, "a"));
            browser.awaitText("#selected", "10,000 selected");
            browser.press("b");
            browser.awaitText("dialog", "To the selected: 10,000 peers.");
            browser.type("dialog textarea", "to all of you");
            browser.click("dialog .primary");
            browser.awaitText("#report", "written\n10,000");
            crowd.assertAllReceived("to all of you\n".length());
            assertFewRows(browser);
            browser.picture("ten-thousand");

            Number longest = (Number) browser.script("return window.longest");
            System.out.println("longest task with 10,000 peers: " + longest + " ms");
            assertThat(longest.longValue()).isLessThan(LONGEST_TASK_MILLIS);
            browser.assertQuiet();
        }
    }

    private static void assertFewRows(Browser browser) {
        assertThat(browser.texts(".rows .row")).hasSizeBetween(10, MOST_ROWS);
    }
}
