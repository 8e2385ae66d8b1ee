package io.switchboard.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.PythonTerminal;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs each line of the tutorial in order, and compares the output with the one it shows. */
class TutorialIT {
    private final TutorialValues values = new TutorialValues();
    private TutorialPage page = TutorialPage.of("");

    @BeforeEach
    void readTheTutorial() throws IOException {
        page = TutorialPage.of(Files.readString(Path.of("src/docs/tutorial.md")));
        Programs.require("curl", "curl");
        Programs.require("jq", "jq");
        Programs.require("python3", "python3");
    }

    /** Starts the service with the options of the tutorial, on free ports. */
    private ChildService start() throws IOException {
        assertThat(page.options()).isNotEmpty();
        String[] options =
                page.options().stream()
                        .map(option -> option.replaceFirst("\\.port=.*", ".port=0"))
                        .toArray(String[]::new);
        ChildService service = ChildService.start(options);
        values.bind("8000", Integer.toString(service.port()));
        values.bind("8001", Integer.toString(service.port("udp")));
        values.bind("8080", Integer.toString(service.api().port()));
        return service;
    }

    @Test
    void everyPairPrintsWhatThePageShows() throws Exception {
        assertThat(page.pairs()).hasSizeGreaterThan(15);
        try (ChildService service = start();
                PythonTerminal python = new PythonTerminal()) {
            assertThat(service.process().isAlive()).isTrue();
            values.bind("9000", Integer.toString(FreePort.find()));
            for (TutorialPage.Pair pair : page.pairs()) {
                run(pair, python);
            }
        }
    }

    private void run(TutorialPage.Pair pair, PythonTerminal python) throws Exception {
        Deque<TutorialPage.Step> left = new ArrayDeque<>(pair.python());
        while (!left.isEmpty()) {
            TutorialPage.Step step = left.removeFirst();
            python.type(values.fill(step.input()));
            if (step.waits()) {
                left.addFirst(step);
                break;
            }
            assertShown(step, python.printed());
        }
        for (TutorialPage.Step step : pair.shell()) {
            curl(step);
        }
        boolean typed = true;
        for (TutorialPage.Step step : left) {
            if (!typed) {
                python.type(values.fill(step.input()));
            }
            typed = false;
            assertShown(step, python.printed());
        }
    }

    private void assertShown(TutorialPage.Step step, String printed) {
        assertThat(values.isShown(step.output(), printed))
                .as("%s%nshows %s%nand printed %s", step.input(), step.output(), printed)
                .isTrue();
    }

    /** Repeats a request that only reads, because the test is faster than a reader. */
    private void curl(TutorialPage.Step step) throws Exception {
        if (Pattern.compile(" -[dX] ").matcher(step.input()).find()) {
            assertShown(step, bash(step));
        } else {
            await(step.input())
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> assertShown(step, bash(step)));
        }
    }

    private String bash(TutorialPage.Step step) throws Exception {
        try (Child shell = Child.startWithErrors("bash", "-c", values.fill(step.input()))) {
            assertThat(shell.awaitExit()).as(step.input() + ": " + shell.output()).isZero();
            return shell.output().stripTrailing();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bind",
                "listen",
                "accept",
                "connect",
                "connect_ex",
                "send",
                "sendall",
                "sendto",
                "recv",
                "recvfrom",
                "setblocking",
                "settimeout",
                "getpeername",
                "getsockname",
                "fileno",
                "close"
            })
    void callsEachFunctionOfTheSocketApi(String call) {
        List<String> typed =
                page.pairs().stream()
                        .flatMap(pair -> pair.python().stream())
                        .map(TutorialPage.Step::input)
                        .toList();
        assertThat(typed).anyMatch(line -> line.contains("." + call + "("));
    }

    @Test
    void theCompleteServerSendsEachTypedLine() throws Exception {
        int port = FreePort.find();
        values.bind("8000", Integer.toString(port));
        try (Child server = Child.startWithErrors("python3", "-c", values.fill(page.server()));
                RawClient client =
                        await().ignoreException(ConnectException.class)
                                .until(() -> RawClient.connect(port), connected -> true)) {
            assertPrompts(server, client);
        }
    }

    @Test
    void theLoopSendsEachTypedLineToEveryClient() throws Exception {
        try (ChildService service = start();
                RawClient client = service.connect();
                RawClient other = service.connect()) {
            service.api().awaitTotal(2);
            try (Child loop = Child.startWithErrors("bash", "-c", values.fill(page.loop()))) {
                assertPrompts(loop, client);
                loop.awaitOutput("{\"written\":2,\"failed\":0}\n>>> ");
                assertThat(other.readLine()).isEqualTo("hello");
                loop.endInput();
                loop.awaitExit();
            }
        }
    }

    private static void assertPrompts(Child program, RawClient client) throws Exception {
        program.awaitOutput(">>> ");
        program.type("hello\n");
        assertThat(client.readLine()).isEqualTo("hello");
        program.type("@again & again\n");
        assertThat(client.readLine()).isEqualTo("@again & again");
    }
}
