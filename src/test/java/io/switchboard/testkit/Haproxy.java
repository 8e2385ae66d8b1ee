package io.switchboard.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A real HAProxy in front of listeners, with a usual configuration except for short timeouts.
 *
 * @param process the process; its output is the log
 * @param port the port to which clients connect
 */
public record Haproxy(Child process, int port) implements AutoCloseable {
    private static final String CONFIGURATION =
            """
            global
                maxconn 9000

            defaults
                mode tcp
                timeout connect 5s
                timeout client 1m
                timeout server 1m

            listen devices
                bind 127.0.0.1:PORT
                LINES
            """;

    /** New clients go only to nodes that report readiness; existing connections are kept. */
    private static final List<String> BY_READINESS =
            List.of(
                    "balance leastconn",
                    "option redispatch",
                    "timeout check 2s",
                    "option httpchk GET /actuator/health/readiness",
                    "http-check expect status 200");

    /** Skips or fails the test if HAProxy is not installed; see {@link Programs#require}. */
    public static void require() {
        Programs.require("haproxy", "haproxy");
    }

    /**
     * Starts HAProxy; returns possibly before it listens.
     *
     * @param folder the folder for the configuration file
     * @param lines lines for its section {@code listen}, such as {@code server}
     */
    public static Haproxy start(Path folder, String... lines) throws IOException {
        int port = FreePort.find();
        Path configuration =
                Files.writeString(
                        folder.resolve("haproxy.cfg"),
                        CONFIGURATION
                                .replace("PORT", Integer.toString(port))
                                .replace("LINES", String.join("\n    ", lines)));
        return new Haproxy(
                Child.startWithErrors("haproxy", "-db", "-f", configuration.toString()), port);
    }

    /**
     * Starts HAProxy in front of the {@code proxied} listeners of all nodes; returns when it
     * listens.
     */
    public static Haproxy listening(Path folder, TestCluster cluster) throws IOException {
        List<String> lines = new ArrayList<>(BY_READINESS);
        for (ClusterNode node : cluster.nodes()) {
            lines.add(
                    "server %s 127.0.0.1:%d send-proxy-v2 check port %d inter 200ms fall 2 rise 1"
                            .formatted(node.name(), node.proxied(), node.api().port()));
        }
        Haproxy haproxy = start(folder, lines.toArray(String[]::new));
        haproxy.connectFrom("127.0.0.1").close();
        return haproxy;
    }

    public String output() {
        return process.output();
    }

    /** Connects from this local address, after waiting until HAProxy listens. */
    public RawClient connectFrom(String address) {
        return await().until(
                        () -> {
                            assertThat(process.isAlive()).as(output()).isTrue();
                            try {
                                return Optional.of(RawClient.connectFrom(address, port));
                            } catch (IOException e) {
                                return Optional.<RawClient>empty();
                            }
                        },
                        Optional::isPresent)
                .orElseThrow();
    }

    @Override
    public void close() {
        process.close();
    }
}
