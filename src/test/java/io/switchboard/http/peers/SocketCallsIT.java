package io.switchboard.http.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Compares the results of Python's socket module at the peer with the facts that the API shows. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.six.host=::1",
            "switchboard.listeners.six.port=0",
            "switchboard.listeners.datagrams.transport=udp",
            "switchboard.listeners.datagrams.port=0",
            "switchboard.listeners.datagrams.send-to=127.0.0.0/8",
            "switchboard.listeners.datagrams6.transport=udp",
            "switchboard.listeners.datagrams6.host=::1",
            "switchboard.listeners.datagrams6.port=0",
            "switchboard.listeners.datagrams6.send-to=::1",
            "switchboard.listeners.local.transport=unix"
        })
class SocketCallsIT {
    @TempDir private static Path directory;

    private final RunningService service;

    SocketCallsIT(@Autowired RunningService service) {
        this.service = service;
    }

    @DynamicPropertySource
    static void listener(DynamicPropertyRegistry properties) {
        properties.add("switchboard.listeners.local.path", () -> path().toString());
    }

    private static Path path() {
        return directory.resolve("peers.sock");
    }

    @BeforeEach
    void noPeerIsConnected() {
        service.api().postJson("/peers/close", "{\"to\":\"all\"}");
        service.api().awaitTotal(0);
    }

    @ParameterizedTest
    @CsvSource({
        "AF_INET, SOCK_STREAM, 127.0.0.1, default",
        "AF_INET6, SOCK_STREAM, ::1, six",
        "AF_INET, SOCK_DGRAM, 127.0.0.1, datagrams",
        "AF_INET6, SOCK_DGRAM, ::1, datagrams6"
    })
    void agreeWithTheApi(String family, String type, String host, String listener)
            throws Exception {
        run(family, type, host, Integer.toString(service.port(listener)));
    }

    @Test
    void agreeWithTheApiForAUnixSocket() throws Exception {
        run("AF_UNIX", "SOCK_STREAM", path().toString());
    }

    private void run(String family, String type, String... address) throws Exception {
        Programs.require("python3", "python3");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "bash",
                                "-c",
                                "exec python3 \"$@\" 2>&1",
                                "bash",
                                "src/test/python/socket_calls.py",
                                family,
                                type,
                                Integer.toString(service.api().port())));
        command.addAll(List.of(address));
        try (Child python = Child.start(command.toArray(String[]::new))) {
            assertThat(python.awaitExit()).as(python.output()).isZero();
            assertThat(python.output()).endsWith("all the same\n");
        }
    }
}
