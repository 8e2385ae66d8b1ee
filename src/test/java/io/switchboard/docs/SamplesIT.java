package io.switchboard.docs;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.Sample;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Runs every file under src/samples. A file for which there is no run fails. */
@WithService
@TestPropertySource(
        properties = {
            // the service soon detects that a subscriber has been killed
            "switchboard.events.heartbeat=500ms",
            "switchboard.listeners.udp.transport=udp",
            "switchboard.listeners.udp.port=0",
            "switchboard.listeners.local.transport=unix",
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.tls.bundle=server",
            "switchboard.listeners.hl7.port=0",
            "switchboard.listeners.hl7.framing=mllp"
        })
class SamplesIT {
    private static final Path SAMPLES = Path.of("src/samples");

    /** The index, the samples of {@link SampleBackEndsIT}, and a sample that needs an ESP32. */
    private static final Set<String> EXCLUDED =
            Set.of(
                    "README.md",
                    "backends/backend.py",
                    "backends/backend.mjs",
                    "backends/signature.py",
                    "clients/esp32/esp32.ino");

    @TempDir private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static Certificate certificate;

    private final Map<String, Executable> runs;
    private final Api api;

    SamplesIT(@Autowired RunningService service) {
        this.api = service.api();
        ClientSamples clients = new ClientSamples(service);
        BackEndSamples backEnds = new BackEndSamples(service);
        String host = "127.0.0.1";
        String port = Integer.toString(service.port());
        String udp = Integer.toString(service.port("udp"));
        String tls = Integer.toString(service.port("secure"));
        String ca = certificate.certificate().toString();
        runs =
                Map.ofEntries(
                        entry("clients/nc.sh", () -> clients.typedInto("nc", "netcat-openbsd")),
                        entry("clients/telnet.sh", () -> clients.typedInto("telnet", "telnet")),
                        entry(
                                "clients/devtcp.sh",
                                () -> clients.exchangesMessages("bash", "devtcp.sh", host, port)),
                        entry(
                                "clients/tcp.py",
                                () -> clients.exchangesMessages("python3", "tcp.py", host, port)),
                        entry(
                                "clients/tls.py",
                                () ->
                                        clients.exchangesMessages(
                                                "python3", "tls.py", host, tls, ca)),
                        entry(
                                "clients/unix.py",
                                () ->
                                        clients.exchangesMessages(
                                                "python3", "unix.py", socket().toString())),
                        entry(
                                "clients/udp.py",
                                () ->
                                        clients.exchangesMessagesOverUdp(
                                                "python3", "udp.py", host, udp)),
                        entry(
                                "clients/tcp.mjs",
                                () -> clients.exchangesMessages("node", "tcp.mjs", host, port)),
                        entry(
                                "clients/Tcp.java",
                                () ->
                                        clients.exchangesMessages(
                                                Sample.JAVA, "Tcp.java", host, port)),
                        entry("clients/mllp.py", clients::waitsForAnAck),
                        entry(
                                "clients/serial-bridge.sh",
                                () -> clients.bridges(folder.resolve("tty"))),
                        entry("backends/peers.py", backEnds::listsEveryPage),
                        entry("backends/send.py", backEnds::sends),
                        entry("backends/push.sh", backEnds::sendsEveryLine),
                        entry("backends/ask.py", backEnds::requestsAReply),
                        entry("backends/Ask.java", backEnds::requestsRepliesFromAll),
                        entry("backends/events.py", backEnds::followsEventsOverLostConnections),
                        entry("backends/chat.mjs", backEnds::chats));
    }

    @DynamicPropertySource
    static void certificateAndPath(DynamicPropertyRegistry properties) throws Exception {
        certificate =
                Certificate.make(folder, "server", "CN=localhost", "-ext", "san=ip:127.0.0.1");
        certificate.addBundle("server", properties);
        properties.add("switchboard.listeners.local.path", () -> socket().toString());
    }

    private static Path socket() {
        return folder.resolve("peers.sock");
    }

    @TestFactory
    Stream<DynamicTest> works() throws IOException {
        return files().stream()
                .filter(file -> !EXCLUDED.contains(file))
                .map(file -> DynamicTest.dynamicTest(file, () -> run(file)));
    }

    private void run(String file) throws Throwable {
        Executable run = runs.get(file);
        assertThat(run).as("a run of src/samples/" + file).isNotNull();
        api.postJson("/peers/close", "{\"to\":\"all\"}");
        api.awaitTotal(0);
        await().until(() -> api.metric("switchboard_event_subscribers") == 0);
        run.execute();
    }

    private static Set<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(SAMPLES)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> SAMPLES.relativize(file).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void theIndexListsExactlyTheFiles() throws IOException {
        String index = Files.readString(SAMPLES.resolve("README.md"));
        Set<String> named =
                index.lines()
                        .filter(line -> line.startsWith("| ["))
                        .map(line -> line.replaceFirst("\\| \\[.*?]\\((.*?)\\).*", "$1"))
                        .collect(Collectors.toCollection(TreeSet::new));
        named.add("README.md");
        assertThat(named).isEqualTo(files());
    }

    @Test
    void eachFileBeginsWithHowToRunIt() throws IOException {
        for (String file : files()) {
            if (!file.equals("README.md")) {
                assertThat(Files.readString(SAMPLES.resolve(file)).lines().limit(5))
                        .as(file)
                        .anyMatch(line -> line.contains("Run it: ") || line.contains("Use it: "));
            }
        }
    }
}
