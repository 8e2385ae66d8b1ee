package io.switchboard.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.Sample;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/** Runs the samples that are peers, one at a time, and exchanges messages with each. */
final class ClientSamples {
    private static final String VT = "\u000b";
    private static final String FS_CR = "\u001c\r";
    private static final String HOST = "127.0.0.1";

    private final RunningService service;
    private final Api api;

    ClientSamples(RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    private String onlyPeer() {
        api.awaitTotal(1);
        return api.peers().getFirst().get("id").asString();
    }

    /** Waits for a message of the peer and returns its text. */
    private String message(String id, int number) {
        String path = "/peers/" + id + "/messages?wait=30s&after=" + (number - 1);
        return api.get(path).json().get("messages").get(0).get("text").asString();
    }

    void typedInto(String program, String debianPackage) throws Exception {
        Programs.require(program, debianPackage);
        String port = Integer.toString(service.port());
        try (Child child = Sample.start("bash", "clients/" + program + ".sh", HOST, port)) {
            String id = onlyPeer();
            child.type("hello from a terminal\n");
            assertThat(message(id, 1)).isEqualTo("hello from a terminal");
            assertThat(api.post("/send?to=" + id, "good morning").status()).isEqualTo(200);
            child.awaitOutput("good morning\n");
        }
    }

    void exchangesMessages(String program, String file, String... arguments) throws Exception {
        try (Child child = Sample.start(program, "clients/" + file, arguments)) {
            String id = converse(child);
            assertThat(api.delete("/peers/" + id).status()).isEqualTo(204);
            assertThat(child.awaitExit()).as(child.output()).isZero();
        }
    }

    /** A closed UDP peer is not notified, so the sample keeps running. */
    void exchangesMessagesOverUdp(String program, String file, String... arguments)
            throws Exception {
        try (Child child = Sample.start(program, "clients/" + file, arguments)) {
            String id = converse(child);
            assertThat(api.delete("/peers/" + id).status()).isEqualTo(204);
            assertThat(child.isAlive()).isTrue();
        }
    }

    private String converse(Child child) {
        String id = onlyPeer();
        assertThat(message(id, 1)).startsWith("hello from ");
        for (String line : new String[] {"first", "grüße 2"}) {
            JsonNode report =
                    api.post("/send?wait=reply&timeout=30s&to=" + id, line.getBytes(UTF_8)).json();
            assertThat(report.at("/results/0/reply").asString()).isEqualTo("got " + line);
        }
        child.awaitOutput("first\n");
        child.awaitOutput(" 2\n");
        return id;
    }

    void waitsForAnAck() throws Exception {
        assertThat(exitAfterAck("AA")).isZero();
        assertThat(exitAfterAck("AE")).isOne();
    }

    private int exitAfterAck(String code) throws Exception {
        String port = Integer.toString(service.port("hl7"));
        try (Child child = Sample.start("python3", "clients/mllp.py", HOST, port)) {
            String id = onlyPeer();
            assertThat(message(id, 1)).startsWith("MSH|").endsWith("\rOBX|1|NM|K||4.1");
            String ack = "MSH|^~\\&|EHR|2|LAB|1|20261122||ACK|1|P|2.5\rMSA|" + code + "|1";
            assertThat(api.post("/send?to=" + id, ack).status()).isEqualTo(200);
            int exit = child.awaitExit();
            assertThat(child.output()).endsWith("\nMSA|" + code + "|1\n").doesNotContain(VT, FS_CR);
            api.awaitTotal(0);
            return exit;
        }
    }

    /**
     * @param device the path of the pseudo-terminal, whose other end is the device
     */
    void bridges(Path device) throws Exception {
        Programs.require("socat", "socat");
        String port = Integer.toString(service.port());
        String tty = device.toString();
        try (Child scale = Child.startWithErrors("socat", "-", "PTY,rawer,link=" + tty)) {
            await().until(() -> Files.exists(device));
            try (Child bridge = Sample.start("bash", "clients/serial-bridge.sh", HOST, port, tty)) {
                String id = onlyPeer();
                scale.type("12.5 kg\n");
                assertThat(message(id, 1)).isEqualTo("12.5 kg");
                assertThat(api.post("/send?to=" + id, "tare").status()).isEqualTo(200);
                scale.awaitOutput("tare\n");
                assertThat(bridge.isAlive()).isTrue();
            }
        }
    }
}
