package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Telnet clients at a terminal, each in line mode and in character mode. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.prompt.port=0",
            "switchboard.listeners.prompt.telnet=on"
        })
class TelnetProgramsIT {

    enum Program {
        TELNET("telnet", "telnet", "telnet 127.0.0.1 PORT"),
        BUSYBOX("busybox", "busybox", "busybox telnet 127.0.0.1 PORT"),
        PUTTY("plink", "putty-tools", "plink -telnet -P PORT 127.0.0.1");

        private final String program;
        private final String debianPackage;
        private final String command;

        Program(String program, String debianPackage, String command) {
            this.program = program;
            this.debianPackage = debianPackage;
            this.command = command;
        }

        /** Starts the program at a pseudo-terminal. */
        Child start(int port) throws IOException {
            Programs.require(program, debianPackage);
            Programs.require("script", "bsdutils");
            String started = command.replace("PORT", Integer.toString(port));
            return Child.start("script", "-qec", started, "/dev/null");
        }
    }

    enum Mode {
        /** The service does not know of telnet, and the client edits lines. */
        UNKNOWN("default"),
        /** The service asks the client to edit lines. */
        LINE("prompt"),
        /** The service lets the client send each character: WILL ECHO, WILL SUPPRESS-GO-AHEAD. */
        CHARACTER("default");

        private final String listener;

        Mode(String listener) {
            this.listener = listener;
        }
    }

    record Client(Program program, Mode mode) {}

    private final RunningService service;
    private final Api api;

    TelnetProgramsIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    static Stream<Client> clients() {
        return Arrays.stream(Program.values())
                .flatMap(each -> Arrays.stream(Mode.values()).map(mode -> new Client(each, mode)));
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    @ParameterizedTest
    @MethodSource("clients")
    void sendsLinesAndShowsAnswers(Client client) throws Exception {
        try (Child program = client.program.start(service.port(client.mode.listener))) {
            api.awaitTotal(1);
            String id = api.peers().getFirst().get("id").asString();
            if (client.mode == Mode.CHARACTER) {
                String offer =
                        "{\"to\": \"%s\", \"framing\": \"raw\", \"hex\": \"fffb01fffb03\"}"
                                .formatted(id);
                assertThat(api.postJson("/send", offer).status()).isEqualTo(200);
                // DO ECHO, DO SUPPRESS-GO-AHEAD
                await().until(() -> receivedBytes(id) >= 6);
            } else if (client.mode == Mode.LINE && client.program == Program.TELNET) {
                await().until(() -> receivedBytes(id) >= 3); // WILL LINEMODE
            }
            program.type("status\r");
            awaitMessages(id, 1);
            program.type("grüß dich\r");
            awaitMessages(id, 2);
            assertThat(messages(id)).containsExactly("status", "grüß dich");

            assertThat(api.post("/send?to=" + id, "pressure low").status()).isEqualTo(200);
            program.awaitOutput("pressure low");
        }
    }

    private int receivedBytes(String id) {
        return api.peer(id).get("received").get("bytes").asInt();
    }

    private void awaitMessages(String id, int count) {
        await().until(
                        () -> api.peer(id).get("received").get("messages").asInt(),
                        messages -> messages == count);
    }

    private List<String> messages(String id) {
        return api.get("/peers/" + id + "/messages")
                .json()
                .get("messages")
                .valueStream()
                .map(each -> each.get("text"))
                .map(JsonNode::asString)
                .toList();
    }
}
