package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.bridge.BrokerClient.Received;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** A small heap suffices while the brokers of three bridges do not answer. */
@Tag("system")
@Tag("beside")
class BridgeMemoryIT {
    private static final int PEERS = 16;
    private static final int LINES = 500;
    private static final int LINE = 20_000;

    /** Less than the peers send, which is 160 MB. Without bridges, the service needs 40 MB. */
    private static final String HEAP = "-Xmx112m";

    /** Three brokers get 480 MB, from a service that collects garbage often. */
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Map<String, BrokerClient> brokers = new TreeMap<>();

    /**
     * Peers send more than the heap has room for, first while no broker answers and then while all
     * do. Each broker gets each line, in order per peer.
     */
    @Test
    void theHeapSufficesWhileBrokersDoNotAnswer() throws Exception {
        try (KafkaBrokerClient kafka = KafkaBrokerClient.start();
                RedisBrokerClient redis = RedisBrokerClient.start();
                MqttBrokerClient mqtt = MqttBrokerClient.start()) {
            brokers.put("kafka", kafka);
            brokers.put("redis", redis);
            brokers.put("mqtt", mqtt);
            kafka.awaitReady();
            List<String> properties = new ArrayList<>();
            properties.add("switchboard.listeners.default.identify.pattern=^name (?<name>\\S+)");
            properties.add("spring.kafka.bootstrap-servers=" + kafka.address());
            properties.add("spring.data.redis.host=127.0.0.1");
            properties.add("spring.data.redis.port=" + redis.port());
            properties.add("switchboard.bridges.mqtt.url=" + mqtt.url());
            for (String each : brokers.keySet()) {
                String key = "switchboard.bridges." + each + ".";
                properties.add(key + "type=" + (each.equals("redis") ? "redis-stream" : each));
                properties.add(key + "events-to=flood");
                properties.add(key + "events=message");
                properties.add(key + "queue-bytes=4MB");
            }
            try (ChildService service =
                            ChildService.startWithOptions(
                                    "-XX:+ExitOnOutOfMemoryError " + HEAP,
                                    properties.toArray(String[]::new));
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                flood(service, threads);
            }
        }
    }

    private void flood(ChildService service, ExecutorService threads) throws Exception {
        List<Future<?>> floods = new ArrayList<>();
        for (BrokerClient each : brokers.values()) {
            each.pause();
        }
        try {
            for (int peer = 0; peer < PEERS; peer++) {
                RawClient client = service.connect();
                client.send("name tap-" + peer + "\n");
                floods.add(threads.submit(() -> flood(client)));
            }
            await().until(
                            () ->
                                    service.api()
                                                    .metric(
                                                            "switchboard_paused_peers{listener=\"default\"}")
                                            == PEERS);
        } finally {
            for (BrokerClient each : brokers.values()) {
                each.resume();
            }
        }
        Map<String, Integer> next = new HashMap<>();
        await().atMost(LIMIT).until(() -> takeAll(next) == brokers.size() * PEERS * LINES);
        for (Future<?> each : floods) {
            each.get();
        }
        assertThat(service.process().isAlive()).isTrue();
    }

    private static Void flood(RawClient client) throws IOException {
        String filling = "x".repeat(LINE);
        for (int line = 0; line < LINES; line++) {
            client.send("line " + line + " " + filling + "\n");
        }
        return null;
    }

    private int takeAll(Map<String, Integer> next) throws Exception {
        for (String broker : brokers.keySet()) {
            take(broker, next);
        }
        return next.values().stream().mapToInt(Integer::intValue).sum();
    }

    /**
     * Checks the order of the lines that have arrived at a broker, and forgets them.
     *
     * @param next the number of each peer's next line, by broker and peer
     */
    private void take(String broker, Map<String, Integer> next) throws Exception {
        for (Received each : Objects.requireNonNull(brokers.get(broker)).poll("flood")) {
            String peer = broker + " " + each.key();
            String text = JsonMapper.shared().readTree(each.body()).path("text").asString("");
            int expected = next.getOrDefault(peer, 0);
            if (text.startsWith("line ")) {
                int number = Integer.parseInt(text.split(" ", 3)[1]);
                // after a failed attempt, the last line may come twice
                assertThat(number).as(peer).isBetween(expected - 1, expected);
                next.put(peer, number + 1);
            }
        }
    }
}
