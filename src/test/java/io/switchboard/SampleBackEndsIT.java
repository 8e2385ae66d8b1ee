package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** The back ends that the documentation shows, as they stand there. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.signed.port=0",
            "switchboard.listeners.signed.webhook.secret=s3cret"
        })
class SampleBackEndsIT {
    private static final Path SAMPLES = Path.of("src/samples/backends");
    private static final int BACK_END_PORT;
    private static final BackEnds BACK_ENDS;

    static {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            BACK_END_PORT = free.getLocalPort();
            BACK_ENDS = new BackEnds();
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

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

    @AfterAll
    static void stopBackEnds() {
        BACK_ENDS.close();
    }

    @ParameterizedTest
    @CsvSource({"python3, python3, backend.py", "node, nodejs, backend.mjs"})
    void answersEachMessage(String program, String debianPackage, String script) throws Exception {
        Programs.require(program, debianPackage);
        String port = Integer.toString(BACK_END_PORT);
        try (Child backEnd = Child.start(program, SAMPLES.resolve(script).toString(), port)) {
            await().until(SampleBackEndsIT::listens);
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
        await().until(() -> !listens());
    }

    private static boolean listens() {
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
            assertThat(genuine(header, post.body(), "s3cret")).isEqualTo("True");
            assertThat(genuine(header, post.body(), "guess")).isEqualTo("False");
            assertThat(genuine(header, post.body() + " ", "s3cret")).isEqualTo("False");
        }
    }

    private static String genuine(String header, String body, String secret) throws Exception {
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

    /** All but the comment at the top, which says what the README says around it. */
    @ParameterizedTest
    @ValueSource(strings = {"backend.py", "backend.mjs", "signature.py"})
    void theReadmeShowsWhatIsRun(String script) throws Exception {
        String shown =
                Files.readString(SAMPLES.resolve(script))
                        .lines()
                        .dropWhile(line -> line.startsWith("# ") || line.startsWith("// "))
                        .map(line -> line.isEmpty() ? line : "    " + line)
                        .collect(Collectors.joining("\n"));
        assertThat(Files.readString(Path.of("src/docs/backend.md"))).contains(shown);
    }
}
