package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Programs that end their output and print what is answered. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.webhook.events=message",
            "switchboard.listeners.default.half-close-timeout=5m",
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.tls.bundle=server",
            "switchboard.listeners.secure.webhook.events=message",
            "switchboard.listeners.secure.half-close-timeout=5m",
            "switchboard.listeners.local.transport=unix",
            "switchboard.listeners.local.webhook.events=message",
            "switchboard.listeners.local.half-close-timeout=5m",
            "switchboard.listeners.hl7.port=0",
            "switchboard.listeners.hl7.framing=mllp:lenient",
            "switchboard.listeners.hl7.webhook.events=message",
            "switchboard.listeners.hl7.half-close-timeout=5m"
        })
class HalfClosingProgramsIT {
    private static final BackEnds BACK_ENDS = new BackEnds();

    enum Program {
        NC("nc", "netcat-openbsd", "echo hello | nc -N 127.0.0.1 PORT"),
        NC_UNIX("nc", "netcat-openbsd", "echo hello | nc -N -U FOLDER/peers.sock"),
        NCAT("ncat", "ncat", "echo hello | ncat 127.0.0.1 PORT"),
        BUSYBOX("busybox", "busybox", "echo hello | busybox nc 127.0.0.1 PORT"),
        SOCAT("socat", "socat", "echo hello | socat -t 300 - TCP:127.0.0.1:PORT"),
        SOCAT_UNIX("socat", "socat", "echo hello | socat -t 300 - UNIX:FOLDER/peers.sock"),
        SOCAT_TLS(
                "socat",
                "socat",
                "echo hello | socat -t 300 - OPENSSL:localhost:TLS,cafile=FOLDER/server.crt"),
        PYTHON(
                "python3",
                "python3",
                """
                python3 -c "
                import socket
                sk = socket.create_connection(('127.0.0.1', PORT))
                sk.sendall(b'hello\\n')
                sk.shutdown(socket.SHUT_WR)
                print(sk.makefile().read(), end='')"
                """);

        private final String program;
        private final String debianPackage;
        private final String command;

        Program(String program, String debianPackage, String command) {
            this.program = program;
            this.debianPackage = debianPackage;
            this.command = command;
        }
    }

    @TempDir static Path folder;

    private final RunningService service;

    HalfClosingProgramsIT(@Autowired RunningService service) {
        this.service = service;
    }

    @DynamicPropertySource
    static void properties(DynamicPropertyRegistry properties) throws Exception {
        Certificate server = Certificate.make(folder, "server", "CN=localhost");
        server.addBundle("server", properties);
        properties.add("switchboard.listeners.local.path", () -> folder + "/peers.sock");
        for (String listener : new String[] {"default", "secure", "local", "hl7"}) {
            properties.add(
                    "switchboard.listeners." + listener + ".webhook.url", () -> BACK_ENDS.url("/"));
        }
    }

    @BeforeEach
    void theBackEndAnswers() {
        BACK_ENDS.on("/", (post, reply) -> reply.status(200).body("you said " + post.text()));
    }

    private Child start(String program, String debianPackage, String command) throws IOException {
        Programs.require(program, debianPackage);
        String completed =
                command.replace("PORT", Integer.toString(service.port()))
                        .replace("TLS", Integer.toString(service.port("secure")))
                        .replace("HL7", Integer.toString(service.port("hl7")))
                        .replace("FOLDER", folder.toString());
        return Child.startWithErrors("bash", "-c", completed);
    }

    @ParameterizedTest
    @EnumSource
    void printsTheAnswer(Program program) throws Exception {
        try (Child child = start(program.program, program.debianPackage, program.command)) {
            assertThat(child.awaitExit()).as(child.output()).isZero();
            assertThat(child.output()).isEqualTo("you said hello\n");
        }
    }

    /** The program sends a close_notify and ends; it reads no answer. */
    @Test
    void aTlsClientThatEndsWithACloseNotifyIsClosedWithoutAnError() throws Exception {
        String command = "echo hello | openssl s_client -connect 127.0.0.1:TLS";
        try (Child openssl = start("openssl", "openssl", command)) {
            assertThat(openssl.awaitExit()).as(openssl.output()).isZero();
            service.api().awaitTotal(0);
            assertThat(service.api().get("/peers?state=closed&listener=secure").body())
                    .contains("\"closeReason\":\"peer_closed\"")
                    .doesNotContain("\"closeReason\":\"reset\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\034\\r", "\\034"})
    void anHl7SenderWithOrWithoutTheLastCrReadsItsAnswer(String end) throws Exception {
        String command = "printf '\\013MSH|1" + end + "' | nc -N 127.0.0.1 HL7";
        try (Child nc = start("nc", "netcat-openbsd", command)) {
            assertThat(nc.awaitExit()).as(nc.output()).isZero();
            assertThat(nc.output()).isEqualTo("\013you said MSH|1\034\r");
        }
    }
}
