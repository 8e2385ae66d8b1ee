package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * More clients than file descriptors (EMFILE): accepted clients stay connected, waiting clients are
 * accepted when others disconnect, and the log stays small.
 */
class EmfileIT {
    private static final int OPEN_FILES = 400;
    private static final int CLIENTS = 500;

    /** Accepting waits 10 ms after an error, then twice as long each time, up to 1 s. */
    private static final int ERRORS_UNTIL_LONGEST_WAIT = 9;

    @Test
    void survivesRunningOutOfFileDescriptors() throws Exception {
        Programs.require("bash", "bash");
        try (ChildService service =
                ChildService.startWithOpenFiles(
                        OPEN_FILES,
                        "switchboard.drain.delay=0s",
                        "switchboard.listeners.default.max-connections=10000")) {
            Api api = service.api();
            Map<Integer, RawClient> clients = new HashMap<>();
            useOnce(service);
            long start = System.nanoTime();
            for (int i = 0; i < CLIENTS; i++) {
                RawClient client = service.connect();
                clients.put(client.port(), client);
            }
            await().until(() -> acceptErrors(api) >= ERRORS_UNTIL_LONGEST_WAIT);
            assertThat(health(api)).isEqualTo("UP");
            Set<Integer> accepted = ports(api);
            assertThat(accepted).hasSizeBetween(10, OPEN_FILES);
            assertEachReceives(api, clients, accepted, "the first");

            Set<Integer> staying = new HashSet<>(accepted);
            for (int port : accepted.stream().limit(10).toList()) {
                staying.remove(port);
                Objects.requireNonNull(clients.remove(port)).close();
            }
            await("ten waiting clients are accepted")
                    .pollInterval(Duration.ofMillis(20))
                    .until(
                            () -> {
                                Set<Integer> now = ports(api);
                                return now.size() >= accepted.size() && now.containsAll(staying);
                            });
            assertEachReceives(api, clients, ports(api), "the second");
            long errorsWhileFull = acceptErrors(api);
            await().until(() -> acceptErrors(api) >= errorsWhileFull + 3);

            for (RawClient client : clients.values()) {
                client.close();
            }
            api.awaitTotal(0);
            long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
            assertThat(service.logged("accept failed")).hasSizeBetween(1, (int) seconds + 2);
            assertThat(service.logged(" ERROR ")).isEmpty();

            useOnce(service);
            assertThat(health(api)).isEqualTo("UP");
        }
    }

    /**
     * Connects a peer, sends it a line and disconnects it. This also opens the HTTP connection of
     * the later requests, for which Tomcat would not have a descriptor later.
     */
    private static void useOnce(ChildService service) throws IOException {
        try (RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            assertThat(service.api().post("/send?to=" + id, "welcome").status()).isEqualTo(200);
            assertThat(peer.readLine()).isEqualTo("welcome");
        }
        service.api().awaitTotal(0);
        acceptErrors(service.api());
    }

    /** Sends a text to all peers; each must read it, possibly after an earlier text. */
    private static void assertEachReceives(
            Api api, Map<Integer, RawClient> clients, Set<Integer> ports, String text)
            throws IOException {
        assertThat(api.post("/send?to=all", text).status()).isEqualTo(200);
        for (int port : ports) {
            RawClient client = Objects.requireNonNull(clients.get(port));
            String line = client.readLine();
            while (!line.equals(text)) {
                line = client.readLine();
            }
        }
    }

    private static Set<Integer> ports(Api api) {
        Set<Integer> ports = new HashSet<>();
        for (JsonNode peer : api.peers()) {
            ports.add(peer.get("peername").get("port").asInt());
        }
        return ports;
    }

    private static String health(Api api) {
        return api.get("/actuator/health").json().get("status").asString();
    }

    private static long acceptErrors(Api api) {
        return (long) api.metric("switchboard_accept_errors_total{listener=\"default\"}");
    }
}
