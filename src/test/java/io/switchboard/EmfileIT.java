package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
 * More clients than descriptors: whoever was accepted stays, whoever waits gets a turn when others
 * leave, and the log stays small.
 */
class EmfileIT {
    private static final int OPEN_FILES = 400;
    private static final int CLIENTS = 500;
    private static final Duration LONGEST = Duration.ofSeconds(60);

    /** It waits 10 ms, then twice as long each time, up to a second. */
    private static final int ERRORS_UNTIL_IT_WAITS_LONGEST = 9;

    private static final Duration ACCEPTING_AGAIN = Duration.ofSeconds(1);

    @Test
    void runningOutOfDescriptorsIsSurvived() throws Exception {
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
            await().atMost(LONGEST).until(() -> acceptErrors(api) >= ERRORS_UNTIL_IT_WAITS_LONGEST);
            assertThat(health(api)).isEqualTo("UP");
            Set<Integer> accepted = ports(api);
            assertThat(accepted).hasSizeBetween(10, OPEN_FILES);
            assertEachHears(api, clients, accepted, "the first");

            Set<Integer> staying = new HashSet<>(accepted);
            for (int port : accepted.stream().limit(10).toList()) {
                staying.remove(port);
                Objects.requireNonNull(clients.remove(port)).close();
            }
            await("as many others take the places of the ten")
                    .pollInterval(Duration.ofMillis(20))
                    .atMost(ACCEPTING_AGAIN)
                    .until(
                            () -> {
                                Set<Integer> now = ports(api);
                                return now.size() >= accepted.size() && now.containsAll(staying);
                            });
            assertEachHears(api, clients, ports(api), "the second");
            long errorsWhileFull = acceptErrors(api);
            await().atMost(LONGEST).until(() -> acceptErrors(api) >= errorsWhileFull + 3);

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
     * One peer comes, is sent a line and leaves. This also makes the connection over which the
     * later requests go: Tomcat has no descriptor for another one by then.
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

    /** The send is written to each, and each reads it, maybe behind an earlier one. */
    private static void assertEachHears(
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
