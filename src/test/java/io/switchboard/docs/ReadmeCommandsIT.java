package io.switchboard.docs;

import static io.switchboard.docs.PageCommand.normalized;
import static io.switchboard.docs.PageCommand.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/**
 * Runs the commands of the README's first example, in each language. Each command must print the
 * output that the README shows below it, except for ids, ports and times.
 */
@WithService
@DirtiesContext
@TestPropertySource(
        properties = "switchboard.closed.keep=1") // forgets the peer of the other language
class ReadmeCommandsIT {
    private static final String ID_ON_THE_PAGE = "4kdtwq-1";

    @Autowired private RunningService service;

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "src/docs/README.zh-CN.md"})
    void theFirstExamplePrintsWhatThePageShows(String page) throws Exception {
        Programs.require("nc", "netcat-openbsd");
        Programs.require("curl", "curl");
        service.api().awaitTotal(0);
        List<PageCommand> steps =
                PageCommand.read(
                        Path.of(page),
                        line -> line.contains("$ nc "),
                        line -> line.contains("import socket"));
        assertThat(steps).hasSizeGreaterThan(5);
        PageCommand first = steps.getFirst();
        assertThat(first.command()).startsWith("nc ");
        try (Child peer = Child.start("bash", "-c", withValues(first.command(), ""));
                ExecutorService person = Executors.newVirtualThreadPerTaskExecutor()) {
            peer.type(String.join("\n", first.below()) + "\n");
            service.api().awaitTotal(1);
            String id = service.api().peers().getFirst().get("id").asString();
            await().untilAsserted(
                            () ->
                                    assertThat(service.api().peer(id).at("/received/messages"))
                                            .hasToString("1"));
            for (PageCommand step : steps.subList(1, steps.size())) {
                Future<?> answered = person.submit(() -> answer(step.command(), peer));
                assertThat(normalized(run(withValues(step.command(), id))))
                        .as(step.command())
                        .isEqualTo(normalized(withValues(String.join("\n", step.below()), id)));
                answered.get();
            }
            peer.awaitOutput("bye\n");
            assertThat(peer.output()).isEqualTo("good morning\ntemperature?\nbye\n");
        }
    }

    /** Types the answer that the page asks for, if the command waits for a reply. */
    private static @Nullable Void answer(String command, Child peer) throws IOException {
        if (command.contains("wait=reply")) {
            peer.awaitOutput("temperature?\n");
            peer.type("21.5\n");
        }
        return null;
    }

    /** The client in Python only receives. */
    @Test
    void theClientInPythonReceivesAMessage() throws Exception {
        Programs.require("python3", "python3");
        String readme = Files.readString(Path.of("README.md"));
        String python =
                readme.substring(readme.indexOf("    import socket"))
                        .lines()
                        .takeWhile(line -> line.startsWith("    "))
                        .map(String::strip)
                        .reduce("", (all, line) -> all + line + "\n");
        service.api().awaitTotal(0);
        try (Child client = Child.start("python3", "-c", withValues(python, ""))) {
            service.api().awaitTotal(1);
            assertThat(service.api().post("/send?to=all", "hello").status()).isEqualTo(200);
            assertThat(client.awaitExit()).isZero();
            assertThat(client.output()).isEqualTo("hello\n\n");
        }
    }

    /**
     * Replaces the ports and the id of the page by those of this run, and its name by one that no
     * other run has used.
     */
    private String withValues(String text, String id) {
        return text.replace("8000", Integer.toString(service.port()))
                .replace("8080", Integer.toString(service.api().port()))
                .replace("meter-7", "meter-" + id)
                .replace(ID_ON_THE_PAGE, id);
    }
}
