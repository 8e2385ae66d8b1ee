package io.switchboard.docs;

import static io.switchboard.docs.PageCommand.normalized;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/** Runs the first example of the page about stored messages, with the pattern of the page. */
@WithService
@DirtiesContext
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.identify.pattern=" + MailboxPageIT.PATTERN,
            "switchboard.data.directory=target/data/mailbox-page-${random.uuid}"
        })
class MailboxPageIT {
    static final String PATTERN = "^id (?<name>.+)";
    private static final Path PAGE = Path.of("src/docs/mailbox.md");
    private static final String ID_ON_THE_PAGE = "4kdtwq-m1";

    @Autowired private RunningService service;

    @Test
    void theFirstExamplePrintsWhatThePageShows() throws Exception {
        Programs.require("nc", "netcat-openbsd");
        Programs.require("curl", "curl");
        assertThat(PAGE).content().contains(".identify.pattern=\"" + PATTERN + "\"");
        List<PageCommand> steps =
                PageCommand.read(
                        PAGE,
                        line -> line.equals("## A first message"),
                        line -> line.startsWith("## "));
        assertThat(steps).hasSize(3);
        assertThat(run(steps.get(0), "")).isEqualTo(shown(steps.get(0)));
        String id = service.api().get("/mailboxes/meter-7").json().at("/messages/0/id").asString();

        PageCommand device = steps.get(1);
        try (Child peer = Child.start("bash", "-c", withValues(device.command(), ""))) {
            peer.type(device.below().get(0) + "\n");
            peer.awaitOutput(device.below().get(1) + "\n");
            await().atMost(GeneralLimit.LIMIT)
                    .untilAsserted(
                            () ->
                                    assertThat(
                                                    service.api()
                                                            .get("/messages/" + id)
                                                            .json()
                                                            .path("status")
                                                            .asString())
                                            .isEqualTo("acked"));
        }
        assertThat(run(steps.get(2), id)).isEqualTo(shown(steps.get(2)));
    }

    private static String shown(PageCommand step) {
        return normalized(String.join("\n", step.below()));
    }

    private String run(PageCommand step, String id) throws Exception {
        return normalized(PageCommand.run(withValues(step.command(), id)));
    }

    private String withValues(String text, String id) {
        return text.replace("8000", Integer.toString(service.port()))
                .replace("8080", Integer.toString(service.api().port()))
                .replace(ID_ON_THE_PAGE, id);
    }
}
