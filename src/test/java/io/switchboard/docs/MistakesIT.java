package io.switchboard.docs;

import static io.switchboard.docs.PageCommand.normalized;
import static io.switchboard.docs.PageCommand.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Makes each mistake of the page about mistakes. */
@WithService
class MistakesIT {
    @Autowired private RunningService service;

    @Test
    void eachMistakeHasTheAnswerOfThePage() throws Exception {
        Programs.require("curl", "curl");
        List<PageCommand> mistakes =
                PageCommand.read(
                        Path.of("src/docs/mistakes.md"),
                        line -> line.startsWith("# "),
                        line -> line.equals(StartMistakesIT.SECTION));
        assertThat(mistakes).hasSizeGreaterThanOrEqualTo(50);
        for (PageCommand each : mistakes) {
            assertThat(normalized(run(withPorts(each.command()))))
                    .as(each.command())
                    .isEqualTo(normalized(withPorts(String.join("\n", each.below()))));
        }
    }

    /** Replaces the ports of the page by those of this run. */
    private String withPorts(String text) {
        return text.replace("8000", Integer.toString(service.port()))
                .replace("8080", Integer.toString(service.api().port()));
    }
}
