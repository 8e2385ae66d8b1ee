package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.Received;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Programs that speak the framings of devices: syslog senders, an HL7 sender, a byte pump. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.syslog.port=0",
            "switchboard.listeners.syslog.framing=octet-counted",
            "switchboard.listeners.hl7.port=0",
            "switchboard.listeners.hl7.framing=mllp",
            "switchboard.listeners.meter.port=0",
            "switchboard.listeners.meter.framing=length:2,little,inclusive,offset=3"
        })
class DeviceProgramsIT {
    private static final String VT = "\u000b";
    private static final String FS_CR = "\u001c\r";

    private final RunningService service;
    private final ApplicationContext context;
    private final Api api;

    @TempDir private Path folder;

    DeviceProgramsIT(@Autowired RunningService service, @Autowired ApplicationContext context) {
        this.service = service;
        this.context = context;
        this.api = service.api();
    }

    @BeforeEach
    void awaitNoPeers() {
        api.awaitTotal(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "syslog"})
    void loggerSendsInBothOfItsFramings(String listener) throws Exception {
        Programs.require("logger", "bsdutils");
        List<String> command = new ArrayList<>();
        command.addAll(List.of("logger", "--tcp", "-n", "127.0.0.1"));
        command.addAll(List.of("-P", Integer.toString(service.port(listener))));
        command.addAll(List.of("--rfc5424=notime,notq,nohost", "-t", "pump", "-p", "user.notice"));
        if (listener.equals("syslog")) {
            command.add("--octet-count");
        }
        try (Received received = Received.at(listener, context);
                Child logger = Child.start(command.toArray(String[]::new))) {
            int port = onlyPeer().get("peername").get("port").asInt();
            logger.type("pressure low\n");
            logger.type("päng 7 <x>\n");
            logger.endInput();
            received.awaitFrom(port, 2);
            assertThat(received.from(port))
                    .containsExactly(
                            "<13>1 - - pump - - - pressure low", "<13>1 - - pump - - - päng 7 <x>");
            assertThat(logger.awaitExit()).isZero();
        }
    }

    /** Starts a separate daemon with peerPort own socket; the system's daemon is not touched. */
    @Test
    void rsyslogForwardsOctetCounted() throws Exception {
        Programs.require("rsyslogd", "rsyslog");
        Programs.require("logger", "bsdutils");
        Path socket = folder.resolve("log");
        Path configuration = folder.resolve("rsyslog.conf");
        Files.writeString(
                configuration,
                """
                global(workDirectory="%1$s")
                module(load="imuxsock" SysSock.Use="off")
                input(type="imuxsock" Socket="%2$s" UsePIDFromSystem="off")
                template(name="bare" type="string" string="<%%pri%%>%%syslogtag%%%%msg%%")
                action(type="omfwd" target="127.0.0.1" port="%3$d" protocol="tcp"
                       TCP_Framing="octet-counted" template="bare")
                """
                        .formatted(folder, socket, service.port("syslog")));
        String pid = folder.resolve("pid").toString();
        String file = configuration.toString();
        try (Received received = Received.at("syslog", context);
                Child daemon = Child.start("rsyslogd", "-n", "-f", file, "-i", pid)) {
            await().until(() -> Files.exists(socket));
            log(socket, "first");
            int port = onlyPeer().get("peername").get("port").asInt();
            log(socket, "second, with the digits 42 in it");
            log(socket, "3 third");
            log(socket, "x".repeat(900));
            received.awaitFrom(port, 4);
            assertThat(received.from(port))
                    .containsExactly(
                            "<12>pump: first",
                            "<12>pump: second, with the digits 42 in it",
                            "<12>pump: 3 third",
                            "<12>pump: " + "x".repeat(900));
            assertThat(daemon.isAlive()).isTrue();
        }
    }

    private static void log(Path socket, String message) throws Exception {
        try (Child logger =
                Child.start(
                        "logger",
                        "-u",
                        socket.toString(),
                        "-t",
                        "pump",
                        "-p",
                        "user.warning",
                        message)) {
            assertThat(logger.awaitExit()).isZero();
        }
    }

    /** The program waits for the acknowledgement of a message before it sends the next one. */
    @Test
    void mllpSenderReceivesItsAcknowledgements() throws Exception {
        Programs.require("mllp_send", "python3-hl7");
        String first = "MSH|^~\\&|LAB|1|EHR|2|20261122||ORU^R01|1|P|2.5\rPID|||7||Müller^Eva";
        String second = "MSH|^~\\&|LAB|1|EHR|2|20261122||ORU^R01|2|P|2.5\rOBX|1|NM|K||4.1";
        String ack = "MSH|^~\\&|EHR|2|LAB|1|20261122||ACK|%d|P|2.5\rMSA|AA|%1$d";
        Path file = folder.resolve("messages.hl7");
        Files.writeString(file, VT + first + FS_CR + VT + second + FS_CR);
        String port = Integer.toString(service.port("hl7"));
        try (Received received = Received.at("hl7", context);
                Child sender =
                        Child.start("mllp_send", "-p", port, "-f", file.toString(), "127.0.0.1")) {
            JsonNode peer = onlyPeer();
            int peerPort = peer.get("peername").get("port").asInt();
            for (int number = 1; number <= 2; number++) {
                received.awaitFrom(peerPort, number);
                api.post(
                        "/send?to=" + peer.get("id").asString(),
                        ack.formatted(number).getBytes(UTF_8));
            }
            assertThat(received.from(peerPort)).containsExactly(first, second);
            assertThat(sender.awaitExit()).isZero();
            assertThat(sender.output())
                    .isEqualTo(
                            VT
                                    + ack.formatted(1)
                                    + FS_CR
                                    + "\n"
                                    + VT
                                    + ack.formatted(2)
                                    + FS_CR
                                    + "\n");
        }
    }

    /** Chunks are independent of frames in both directions, as behind a serial converter. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1009})
    void socatTransfersFramesInChunksOfAnyLength(int chunk) throws Exception {
        Programs.require("socat", "socat");
        Random random = new Random(chunk);
        List<byte[]> payloads = new ArrayList<>();
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int count = 0; count < 300; count++) {
            byte[] payload = new byte[3 + random.nextInt(40)];
            random.nextBytes(payload);
            payloads.add(payload);
            frames.write(payload, 0, 3);
            frames.write(payload.length + 2);
            frames.write(0);
            frames.write(payload, 3, payload.length - 3);
        }
        Path file = Files.write(folder.resolve("frames"), frames.toByteArray());
        String address = "TCP:127.0.0.1:" + service.port("meter");
        try (Received received = Received.at("meter", context);
                Child socat =
                        Child.start(
                                "bash",
                                "-c",
                                "{ cat \"$0\"; read -r; } | exec socat -b %d - %s,nodelay"
                                        .formatted(chunk, address),
                                file.toString())) {
            JsonNode peer = onlyPeer();
            int port = peer.get("peername").get("port").asInt();
            assertThat(received.awaitFrom(port, payloads.size()))
                    .containsExactlyElementsOf(payloads);

            String to = "/send?results=none&to=" + peer.get("id").asString();
            for (byte[] payload : payloads) {
                assertThat(api.post(to, payload).status()).isEqualTo(200);
            }
            await().untilAsserted(
                            () -> assertThat(socat.outputBytes()).isEqualTo(frames.toByteArray()));
        }
    }

    private JsonNode onlyPeer() {
        api.awaitTotal(1);
        return api.peers().getFirst();
    }
}
