package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/**
 * The first minute of the README, in each language, typed as it stands there: every command gives
 * what is printed below it, but for ids, ports and times.
 */
@WithService
@DirtiesContext
@TestPropertySource(properties = "switchboard.closed.keep=1") // who spoke the other language
class ReadmeCommandsIT {
    private static final Pattern ID = Pattern.compile("[0-9a-z]{6}-d?\\d+");
    private static final String ID_ON_THE_PAGE = "4kdtwq-1";

    /** A command and what it prints; of nc, what is typed. */
    private record Step(String command, List<String> below) {}

    @Autowired private RunningService service;

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "src/docs/README.zh-CN.md"})
    void theFirstMinuteIsAsItStandsThere(String page) throws Exception {
        Programs.require("nc", "netcat-openbsd");
        Programs.require("curl", "curl");
        service.api().awaitTotal(0);
        List<Step> steps = steps(Path.of(page));
        assertThat(steps).hasSizeGreaterThan(5);
        Step first = steps.getFirst();
        assertThat(first.command()).startsWith("nc ");
        try (Child peer = Child.start("bash", "-c", mine(first.command(), ""))) {
            peer.type(String.join("\n", first.below()) + "\n");
            service.api().awaitTotal(1);
            String id = service.api().peers().getFirst().get("id").asString();
            await().untilAsserted(
                            () ->
                                    assertThat(service.api().peer(id).at("/received/messages"))
                                            .hasToString("1"));
            for (Step step : steps.subList(1, steps.size())) {
                assertThat(same(run(mine(step.command(), id))))
                        .as(step.command())
                        .isEqualTo(same(String.join("\n", step.below())));
            }
            peer.awaitOutput("bye\n");
            assertThat(peer.output()).isEqualTo("good morning\nbye\n");
        }
    }

    @Test
    void theTwoCommandsAboveEverythingWork() throws Exception {
        Programs.require("curl", "curl");
        String readme = Files.readString(Path.of("README.md"));
        List<String> commands =
                readme.lines()
                        .takeWhile(line -> !line.startsWith("## "))
                        .filter(line -> line.startsWith("    curl "))
                        .map(line -> line.replaceFirst(" +#.*", "").strip())
                        .toList();
        assertThat(commands).hasSize(2);
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            assertThat(run(mine(commands.get(0), id))).contains("\"id\":\"" + id + "\"");
            assertThat(run(mine(commands.get(1), id))).contains("\"failed\":0");
            assertThat(peer.readLine()).isEqualTo("hello");
        }
    }

    /** The client in Python, which only listens. */
    @Test
    void theClientInPythonHears() throws Exception {
        Programs.require("python3", "python3");
        String readme = Files.readString(Path.of("README.md"));
        String python =
                readme.substring(readme.indexOf("    import socket"))
                        .lines()
                        .takeWhile(line -> line.startsWith("    "))
                        .map(String::strip)
                        .reduce("", (all, line) -> all + line + "\n");
        service.api().awaitTotal(0);
        try (Child client = Child.start("python3", "-c", mine(python, ""))) {
            service.api().awaitTotal(1);
            assertThat(service.api().post("/send?to=all", "hello").status()).isEqualTo(200);
            assertThat(client.awaitExit()).isZero();
            assertThat(client.output()).isEqualTo("hello\n\n");
        }
    }

    private static List<Step> steps(Path page) throws IOException {
        List<Step> steps = new ArrayList<>();
        List<String> lines =
                Files.readString(page)
                        .lines()
                        .dropWhile(line -> !line.contains("$ nc "))
                        .takeWhile(line -> !line.startsWith("## "))
                        .toList();
        boolean inStep = false;
        for (String line : lines) {
            if (line.startsWith("    $ ")) {
                steps.add(new Step(line.substring(6), new ArrayList<>()));
                inStep = true;
            } else if (inStep && line.startsWith("    ")) {
                steps.getLast().below().add(line.substring(4));
            } else {
                inStep = false;
            }
        }
        return steps;
    }

    /** With the ports of this run, and the id of this peer. */
    private String mine(String text, String id) {
        return text.replace("8000", Integer.toString(service.port()))
                .replace("8080", Integer.toString(service.api().port()))
                .replace(ID_ON_THE_PAGE, id);
    }

    private static String run(String command) throws Exception {
        try (Child child = Child.start("bash", "-c", command)) {
            child.endInput();
            child.awaitExit();
            return child.output();
        }
    }

    /** What stays the same from run to run. */
    private String same(String output) {
        return ID.matcher(output)
                .replaceAll("ID")
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME")
                .replaceAll("\"port\":\\d+", "\"port\":PORT")
                .strip();
    }
}
