package io.switchboard.transport.unix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** Peers that connect to a Unix-domain socket, and the life of its file. */
@WithService
class UnixSocketIT {
    @TempDir private static Path directory;

    private final Api api;

    UnixSocketIT(@Autowired RunningService service) {
        this.api = service.api();
    }

    @DynamicPropertySource
    static void listener(DynamicPropertyRegistry properties) {
        properties.add("switchboard.listeners.local.transport", () -> "unix");
        properties.add("switchboard.listeners.local.path", () -> path().toString());
    }

    private static Path path() {
        return directory.resolve("made/peers.sock");
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    private static SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path()));
    }

    private static String read(SocketChannel client, int count) throws IOException {
        return new String(Channels.newInputStream(client).readNBytes(count), UTF_8);
    }

    private static void send(SocketChannel client, String text) throws IOException {
        client.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    private JsonNode onlyPeer() {
        api.awaitTotal(1);
        return api.get("/peers").json().get("peers").get(0);
    }

    @Test
    void peerIsShownWithItsSocketAndTheUserOfItsProcess() throws Exception {
        try (SocketChannel client = connect()) {
            JsonNode peer = onlyPeer();
            assertThat(peer.get("transport").asString()).isEqualTo("unix");
            assertThat(peer.get("family").asString()).isEqualTo("AF_UNIX");
            assertThat(peer.get("type").asString()).isEqualTo("SOCK_STREAM");
            assertThat(peer.get("peername").get("path").asString()).isEmpty();
            assertThat(peer.get("peername").get("user").asString())
                    .isEqualTo(Files.getOwner(directory).getName());
            assertThat(peer.get("peername").has("group")).isTrue();
            assertThat(peer.get("sockname").get("path").asString()).isEqualTo(path().toString());
            JsonNode one = api.get("/peers/" + peer.get("id").asString()).json();
            assertThat(one.get("socket").get("options").get("sendBuffer").asInt()).isPositive();
            assertThat(one.get("socket").get("options").get("noDelay").isNull()).isTrue();
            assertThat(client.isConnected()).isTrue();
        }
    }

    @Test
    void boundClientIsShownByItsPath() throws Exception {
        Path own = directory.resolve("client.sock");
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.bind(UnixDomainSocketAddress.of(own));
            client.connect(UnixDomainSocketAddress.of(path()));
            assertThat(onlyPeer().get("peername").get("path").asString()).isEqualTo(own.toString());
        }
    }

    @Test
    void bytesGoBothWaysAndWrittenBytesCountAsAcked() throws Exception {
        try (SocketChannel client = connect()) {
            String id = onlyPeer().get("id").asString();
            send(client, "hello\n");
            await().until(
                            () ->
                                    api.get("/peers/" + id + "/messages")
                                            .body()
                                            .contains("\"text\":\"hello\""));
            Api.Answer answer = api.post("/send?wait=acked&to=transport:unix", "welcome");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().get("acked").asInt()).isEqualTo(1);
            assertThat(read(client, 8)).isEqualTo("welcome\n");
        }
    }

    @Test
    void optionOfTcpIsRefused() throws Exception {
        try (SocketChannel client = connect()) {
            Api.Answer answer =
                    api.answer(
                            api.request("/peers/" + onlyPeer().get("id").asString())
                                    .header("Content-Type", "application/json")
                                    .method(
                                            "PATCH",
                                            BodyPublishers.ofString("{\"noDelay\":true}")));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("noDelay is not an option of unix");
            assertThat(client.isConnected()).isTrue();
        }
    }

    @Test
    void listenerIsShownByItsPath() {
        JsonNode row = api.get("/listeners").json().get("listeners").get(1);
        assertThat(row.get("name").asString()).isEqualTo("local");
        assertThat(row.get("address").get("path").asString()).isEqualTo(path().toString());
        assertThat(api.get("/actuator/health").body()).contains(path().toString());
    }

    @Test
    void onlyThisUserAndItsGroupMayConnect() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo("rw-rw----");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path().getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void anotherUserIsRefused() throws Exception {
        Programs.require("setpriv", "util-linux");
        Programs.require("socat", "socat");
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path socket = open.resolve("peers.sock");
        try (ChildService service = start(socket);
                Child nobody =
                        Child.start(
                                "bash",
                                "-c",
                                "exec setpriv --reuid=65534 --regid=65534 --clear-groups"
                                        + " socat - UNIX-CONNECT:"
                                        + socket
                                        + " 2>&1")) {
            assertThat(nobody.awaitExit()).isEqualTo(1);
            assertThat(nobody.output()).contains("Permission denied");
            assertThat(service.api().total()).isZero();
        }
    }

    private static ChildService start(Path socket) throws IOException {
        return ChildService.start(
                "switchboard.drain.delay=0s",
                "switchboard.drain.spread=0s",
                "switchboard.listeners.local.transport=unix",
                "switchboard.listeners.local.path=" + socket);
    }

    @Test
    void startReplacesTheSocketOfAKilledServiceAndStopRemovesIt() throws Exception {
        Path socket = directory.resolve("left.sock");
        try (ChildService killed = start(socket)) {
            assertThat(ProcessHandle.of(killed.process().pid()).orElseThrow().destroyForcibly())
                    .isTrue();
            assertThat(killed.process().awaitExit()).isEqualTo(128 + 9);
        }
        assertThat(socket).exists();
        try (ChildService service = start(socket)) {
            SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
            service.process().terminate();
            service.process().awaitExit();
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void socketOfARunningProcessIsLeftAlone() throws Exception {
        Path taken = directory.resolve("taken.sock");
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(taken));
            assertThat(failedStart(taken))
                    .contains("switchboard.listeners.default.path=" + taken)
                    .contains("another process listens on it")
                    .contains("ss -lxp src " + taken);
        }
        assertThat(taken).exists();
    }

    @Test
    void fileThatIsNotASocketIsLeftAlone() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "precious");
        assertThat(failedStart(file)).contains("is not a socket").contains("no file yet");
        assertThat(file).hasContent("precious");
    }

    @Test
    void pathThatIsTooLongStopsTheStart() throws Exception {
        assertThat(failedStart(directory.resolve("x".repeat(108))))
                .contains("too long")
                .contains("at most 107 bytes");
    }

    private static String failedStart(Path path) throws Exception {
        try (Child service =
                Child.service(
                        List.of(
                                "--server.port=0",
                                "--switchboard.listeners.default.transport=unix",
                                "--switchboard.listeners.default.path=" + path))) {
            assertThat(service.awaitExit()).isEqualTo(1);
            assertThat(service.output()).doesNotContain("\tat ");
            return service.output();
        }
    }

    @Test
    void commonProgramsCanBePeers() throws Exception {
        for (String[] program :
                new String[][] {
                    {"nc", "netcat-openbsd", "exec nc -U PATH"},
                    {"socat", "socat", "exec socat - UNIX-CONNECT:PATH"},
                    {
                        "python3",
                        "python3",
                        "exec python3 -c 'import socket,sys; s=socket.socket(socket.AF_UNIX);"
                                + " s.connect(\"PATH\"); f=s.makefile(\"rw\");"
                                + " f.write(sys.stdin.readline()); f.flush();"
                                + " print(f.readline(), end=\"\", flush=True)'"
                    }
                }) {
            Programs.require(program[0], program[1]);
            try (Child client =
                    Child.start("bash", "-c", program[2].replace("PATH", path().toString()))) {
                String id = onlyPeer().get("id").asString();
                client.type("from a program\n");
                await().until(
                                () ->
                                        api.get("/peers/" + id + "/messages")
                                                .body()
                                                .contains("from a program"));
                assertThat(api.post("/send?to=" + id, "to a program").status()).isEqualTo(200);
                client.awaitOutput("to a program");
                api.delete("/peers/" + id);
            }
            api.awaitTotal(0);
        }
    }
}
