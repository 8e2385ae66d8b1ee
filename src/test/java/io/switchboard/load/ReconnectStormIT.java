package io.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** A fleet of named clients reconnects several times while its old connections are still open. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.fleet.port=0",
            "switchboard.listeners.fleet.identify.pattern=^(?<name>device-\\\\d+)$",
            "switchboard.listeners.fleet.on-duplicate=replace",
            "switchboard.listeners.fleet.groups=fleet"
        })
class ReconnectStormIT {
    private static final int DEVICES = 1_000;
    private static final int STORMS = 3;
    private static final int THREADS = 16;
    private static final String REPLACED =
            "switchboard_closed_replaced_connections_total{listener=\"fleet\"}";

    private final RunningService service;
    private final Api api;

    ReconnectStormIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @Test
    void eachNamedClientIsOnePeerAfterEveryStorm() throws Exception {
        Map<String, RawClient> latest = new HashMap<>();
        List<RawClient> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int storm = 0; storm <= STORMS; storm++) {
                List<Callable<RawClient>> connects =
                        IntStream.range(0, DEVICES)
                                .<Callable<RawClient>>mapToObj(device -> () -> connect(device))
                                .toList();
                List<Future<RawClient>> clients = threads.invokeAll(connects);
                for (int device = 0; device < DEVICES; device++) {
                    RawClient client = clients.get(device).get();
                    latest.put("device-" + device, client);
                    all.add(client);
                }
                awaitEachDeviceOnce(latest);
            }
            await().until(() -> api.metric(REPLACED) == STORMS * DEVICES);
        } finally {
            for (RawClient client : all) {
                client.close();
            }
        }
        api.awaitTotal(0);
        assertThat(api.get("/groups").json().get("total").asInt()).isZero();
    }

    /** Connects and sends the name, without waiting for the old connection or for the service. */
    private RawClient connect(int device) throws IOException {
        RawClient client = RawClient.connect(service.port("fleet"));
        client.send("device-" + device + "\n");
        return client;
    }

    private void awaitEachDeviceOnce(Map<String, RawClient> latest) throws IOException {
        await().untilAsserted(
                        () -> {
                            Map<String, Integer> ports = new HashMap<>();
                            for (JsonNode peer : api.peers()) {
                                assertThat(peer.get("name").isNull()).isFalse();
                                ports.put(
                                        peer.get("name").asString(),
                                        peer.get("peername").get("port").asInt());
                            }
                            Map<String, Integer> wanted = new HashMap<>();
                            latest.forEach((name, client) -> wanted.put(name, client.port()));
                            assertThat(ports).isEqualTo(wanted);
                            assertThat(api.total()).isEqualTo(DEVICES);
                        });
        JsonNode report = api.post("/send?to=group:fleet", "here?").json();
        assertThat(report.get("written").asInt()).isEqualTo(DEVICES);
        for (RawClient client : latest.values()) {
            assertThat(client.readLine()).isEqualTo("here?");
        }
    }
}
