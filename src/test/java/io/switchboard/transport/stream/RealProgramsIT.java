package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Common programs, unmodified, are peers. */
@WithService
class RealProgramsIT {

    enum Program {
        NC("netcat-openbsd", true, "exec nc 127.0.0.1 PORT"),
        NCAT("ncat", true, "exec ncat 127.0.0.1 PORT"),
        TELNET("telnet", false, "exec telnet 127.0.0.1 PORT"),
        SOCAT("socat", false, "exec socat - TCP:127.0.0.1:PORT"),
        BASH(
                "bash",
                false,
                "exec 3<>/dev/tcp/127.0.0.1/PORT; read -r line; echo \"$line\" >&3; exec cat <&3");

        private final String debianPackage;

        /** Whether the program waits for the end of its input even after the stream has ended. */
        private final boolean waitsForInput;

        private final String command;

        Program(String debianPackage, boolean waitsForInput, String command) {
            this.debianPackage = debianPackage;
            this.waitsForInput = waitsForInput;
            this.command = command;
        }

        Child start(int port) throws IOException {
            Programs.require(name().toLowerCase(Locale.ROOT), debianPackage);
            return Child.start("bash", "-c", command.replace("PORT", Integer.toString(port)));
        }

        /** Returns every byte except LF; for telnet only printable ASCII, without its commands. */
        byte[] message() {
            int last = this == TELNET ? '~' : 0xff;
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int value = this == TELNET ? ' ' : 0; value <= last; value++) {
                if (value != '\n') {
                    bytes.write(value);
                }
            }
            return bytes.toByteArray();
        }
    }

    /** Columns of proc_net(5)'s tcp. */
    private static final int LOCAL_ADDRESS = 1;

    private static final int INODE = 9;

    /** The usual tutorial client, which only receives. */
    private static final String PYTHON_CLIENT =
            """
            import socket

            sk = socket.socket()
            sk.connect(('127.0.0.1', 8000))
            data = sk.recv(1024)
            print(str(data, 'utf8'))
            """;

    private final RunningService service;
    private final Api api;

    RealProgramsIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @ParameterizedTest
    @EnumSource
    void isListedReceivedFromSentToAndClosed(Program program) throws Exception {
        api.awaitTotal(0);
        try (Child child = program.start(service.port())) {
            api.awaitTotal(1);
            JsonNode peer = api.peers().getFirst();
            String id = peer.get("id").asString();
            assertThat(peer.get("peername").get("host").asString()).isEqualTo("127.0.0.1");
            assertThat(peer.get("peername").get("port").asInt())
                    .isEqualTo(connectedPort(child.pid()));

            child.type("hello from a program\n");
            await().untilAsserted(() -> assertThat(received(id)).isEqualTo(1));

            byte[] before = child.outputBytes();
            byte[] message = program.message();
            Api.Answer answer = api.post("/send?to=" + id, message);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            byte[] after = join(before, message, new byte[] {'\n'});
            await().untilAsserted(() -> assertThat(child.outputBytes()).isEqualTo(after));

            assertThat(api.delete("/peers/" + id).status()).isEqualTo(204);
            assertThat(api.awaitClosed(id)).isEqualTo("kicked");
            if (program.waitsForInput) {
                child.endInput();
            }
            child.awaitExit();
            assertThat(child.outputBytes()).isEqualTo(after);
        }
    }

    @Test
    void aPythonClientThatSendsNothingPrintsWhatItReceives() throws Exception {
        Programs.require("python3", "python3");
        api.awaitTotal(0);
        String client = PYTHON_CLIENT.replace("8000", Integer.toString(service.port()));
        try (Child python = Child.start("python3", "-c", client)) {
            api.awaitTotal(1);
            JsonNode peer = api.peers().getFirst();
            assertThat(peer.get("peername").get("port").asInt())
                    .isEqualTo(connectedPort(python.pid()));
            assertThat(peer.get("received").get("bytes").asInt()).isZero();

            String id = peer.get("id").asString();
            assertThat(api.post("/send?to=" + id, "grüß dich").status()).isEqualTo(200);

            assertThat(python.awaitExit()).isZero();
            assertThat(python.output()).isEqualTo("grüß dich\n\n");
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
        }
    }

    @Test
    void curlSendsItsBodyUnchanged() throws Exception {
        Programs.require("curl", "curl");
        api.awaitTotal(0);
        String body = "a=b&c=%41+1\nto=all&x\r\n\n";
        try (RawClient peer = service.connect()) {
            String url =
                    "http://127.0.0.1:%d/send?framing=raw&to=%s"
                            .formatted(api.port(), api.idOf(peer));
            try (Child curl = Child.start("curl", "-sS", "--data-binary", body, url)) {
                assertThat(curl.awaitExit()).isZero();
                assertThat(curl.output()).contains("\"written\":1").endsWith("}\n");
            }
            assertThat(new String(peer.read(body.length()), UTF_8)).isEqualTo(body);
        }
    }

    private int received(String id) {
        return api.peer(id).get("received").get("messages").asInt();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }

    /** Returns the local port of the only TCP connection of a process, from proc(5). */
    private static int connectedPort(long pid) throws IOException {
        Set<String> inodes = new HashSet<>();
        try (DirectoryStream<Path> open =
                Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path descriptor : open) {
                String opened = Files.readSymbolicLink(descriptor).toString();
                if (opened.startsWith("socket:[")) {
                    inodes.add(opened.substring("socket:[".length(), opened.length() - 1));
                }
            }
        }
        List<Integer> ports =
                Files.readAllLines(Path.of("/proc/" + pid + "/net/tcp")).stream()
                        .map(line -> line.strip().split(" +", -1))
                        .filter(columns -> inodes.contains(columns[INODE]))
                        .map(columns -> columns[LOCAL_ADDRESS].replaceFirst(".*:", ""))
                        .map(port -> Integer.parseInt(port, 16))
                        .toList();
        assertThat(ports).hasSize(1);
        return ports.getFirst();
    }
}
