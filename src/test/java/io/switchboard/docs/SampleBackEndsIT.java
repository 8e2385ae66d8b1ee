package io.switchboard.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Runs the sample back ends that the documentation shows. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.signed.port=0",
            "switchboard.listeners.signed.webhook.secret=s3cret"
        })
class SampleBackEndsIT {
    private static final Path SAMPLES = Path.of("src/samples/backends");
    private static final int BACK_END_PORT = FreePort.find();
    private static final BackEnds BACK_ENDS = new BackEnds();

    private final RunningService service;

    SampleBackEndsIT(@Autowired RunningService service) {
        this.service = service;
    }

    @DynamicPropertySource
    static void urls(DynamicPropertyRegistry properties) {
        properties.add(
                "switchboard.listeners.default.webhook.url",
                () -> "http://127.0.0.1:" + BACK_END_PORT + "/");
        properties.add("switchboard.listeners.signed.webhook.url", () -> BACK_ENDS.url("/signed"));
    }

    @ParameterizedTest
    @CsvSource({"python3, python3, backend.py", "node, nodejs, backend.mjs"})
    void answersEachMessage(String program, String debianPackage, String script) throws Exception {
        Programs.require(program, debianPackage);
        String port = Integer.toString(BACK_END_PORT);
        try (Child backEnd = Child.start(program, SAMPLES.resolve(script).toString(), port)) {
            await().until(SampleBackEndsIT::isListening);
            assertThat(backEnd.isAlive()).isTrue();
            try (RawClient client = service.connect();
                    RawClient other = service.connect()) {
                client.send("hello\nagain\n");
                other.send("grüße\n");
                assertThat(client.readLine()).isEqualTo("you said hello");
                assertThat(client.readLine()).isEqualTo("you said again");
                assertThat(other.readLine()).isEqualTo("you said grüße");
            }
            service.api().awaitTotal(0);
        }
        await().until(() -> !isListening());
    }

    private static boolean isListening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), BACK_END_PORT)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void pythonChecksTheSignature() throws Exception {
        Programs.require("python3", "python3");
        try (RawClient client = RawClient.connect(service.port("signed"))) {
            client.send("hello\n");
            String id = service.api().idOf(client);
            BackEnds.Post post = BACK_ENDS.await("/signed", id, 2).get(1);
            String header = post.header("X-switchboard-signature");
            assertThat(checkSignature(header, post.body(), "s3cret")).isEqualTo("True");
            assertThat(checkSignature(header, post.body(), "guess")).isEqualTo("False");
            assertThat(checkSignature(header, post.body() + " ", "s3cret")).isEqualTo("False");
        }
    }

    private static String checkSignature(String header, String body, String secret)
            throws Exception {
        String check =
                "import sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1]); from"
                        + " signature import genuine; print(genuine(sys.argv[2],"
                        + " sys.argv[3].encode(), sys.argv[4].encode()))";
        try (Child python =
                Child.start("python3", "-c", check, SAMPLES.toString(), header, body, secret)) {
            assertThat(python.awaitExit()).isZero();
            return python.output().strip();
        }
    }

    /** Except for the comment at the top, which repeats the text of the documentation. */
    @ParameterizedTest
    @ValueSource(strings = {"backend.py", "backend.mjs", "signature.py"})
    void theDocumentationShowsTheSamples(String script) throws Exception {
        String shown =
                Files.readString(SAMPLES.resolve(script))
                        .lines()
                        .dropWhile(line -> line.startsWith("# ") || line.startsWith("// "))
                        .map(line -> line.isEmpty() ? line : "    " + line)
                        .collect(Collectors.joining("\n"));
        assertThat(Files.readString(Path.of("src/docs/backend.md"))).contains(shown);
    }
}
