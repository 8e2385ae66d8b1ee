package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.bridge.BrokerClient.Received;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.TestCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * Bridges to all three brokers: of a service that is killed with SIGKILL, and of two nodes that
 * share the sends.
 */
@Tag("system")
@Tag("beside")
class BridgesIT {
    private static final int PEERS = 3;

    /** The number of the lines of each peer that are stored before the crash. */
    private static final int LINES = 100;

    private static final int SENDS = 40;

    private static final Map<String, BrokerClient> brokers = new TreeMap<>();
    private static KafkaBrokerClient kafka;
    private static MqttBrokerClient mqtt;
    private static RedisBrokerClient redis;

    private final Map<String, List<Received>> received = new HashMap<>();

    @TempDir private Path directory;

    @BeforeAll
    static void startBrokers() {
        kafka = KafkaBrokerClient.start();
        brokers.put("kafka", kafka);
        redis = RedisBrokerClient.start();
        brokers.put("redis", redis);
        mqtt = MqttBrokerClient.start();
        brokers.put("mqtt", mqtt);
        kafka.awaitReady();
    }

    @AfterAll
    static void closeBrokers() throws IOException {
        for (BrokerClient each : brokers.values()) {
            each.close();
        }
    }

    private static BrokerClient client(String broker) {
        return Objects.requireNonNull(brokers.get(broker));
    }

    /** Returns the configuration of three bridges, whose topics begin with this prefix. */
    private static List<String> bridges(String prefix) {
        List<String> all = new ArrayList<>();
        all.add("switchboard.listeners.default.identify.pattern=^name (?<name>\\S+)");
        all.add("switchboard.drain.delay=0s");
        all.add("switchboard.drain.spread=0s");
        all.add("spring.kafka.bootstrap-servers=" + kafka.address());
        // a killed member of the group is missed soon
        all.add("spring.kafka.consumer.properties.session.timeout.ms=6000");
        all.add("spring.data.redis.host=127.0.0.1");
        all.add("spring.data.redis.port=" + redis.port());
        all.add("switchboard.bridges.mqtt.url=" + mqtt.url());
        for (String each : brokers.keySet()) {
            String key = "switchboard.bridges." + each + ".";
            all.add(key + "type=" + (each.equals("redis") ? "redis-stream" : each));
            all.add(key + "events-to=" + prefix + "events");
            all.add(key + "sends-from=" + prefix + "sends");
            all.add(key + "results-to=" + prefix + "results");
        }
        return all;
    }

    private List<Received> poll(String broker, String topic) {
        List<Received> all = received.computeIfAbsent(broker + " " + topic, _ -> new ArrayList<>());
        try {
            all.addAll(client(broker).poll(topic));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return all;
    }

    /**
     * Per peer and broker, the lines are complete and in order up to one that was sent after those
     * that were stored when the service was killed. Sends that were under way arrive once, in
     * order; one that is repeated has the same id, which is its idempotency key.
     */
    @Test
    void losesNothingAndRepeatsNoSendWhenTheServiceIsKilled() throws Exception {
        List<String> properties = bridges("crash-");
        properties.add("switchboard.data.directory=" + directory.resolve("data"));
        brokers.keySet()
                .forEach(each -> properties.add("switchboard.bridges." + each + ".store=durable"));
        List<String> names = IntStream.range(0, PEERS).mapToObj(each -> "meter-" + each).toList();
        ChildService service = ChildService.start(properties.toArray(String[]::new));
        try (ChildService killed = service) {
            awaitBridges(killed.api());
            List<RawClient> peers = new ArrayList<>();
            for (String name : names) {
                peers.add(killed.connect());
                peers.getLast().send("name " + name + "\n");
            }
            send(peers, 0, LINES / 2);
            for (String broker : brokers.keySet()) {
                await().until(() -> lines(broker, names.getFirst()).size() > LINES / 4);
                client(broker).pause();
            }
            try {
                send(peers, LINES / 2, LINES);
                await().until(
                                () ->
                                        killed.api()
                                                        .metric(
                                                                "switchboard_received_messages_total{listener=\"default\"}")
                                                >= PEERS * (LINES + 1));
                for (String broker : brokers.keySet()) {
                    await().until(
                                    () ->
                                            killed.api()
                                                            .metric(
                                                                    "switchboard_bridge_unstored_events{bridge=\"%s\"}"
                                                                            .formatted(broker))
                                                    == 0);
                }
            } finally {
                for (BrokerClient each : brokers.values()) {
                    each.resume();
                }
            }
            CompletableFuture<Void> load =
                    CompletableFuture.runAsync(
                            () -> sendUntilClosed(peers), task -> Thread.ofPlatform().start(task));
            publishSends();
            await().until(() -> !poll("redis", "crash-results").isEmpty());
            killed.process().close(); // SIGKILL, while events and sends are under way
            load.join();
        }
        try (ChildService again = ChildService.start(properties.toArray(String[]::new))) {
            for (String broker : brokers.keySet()) {
                for (String name : names) {
                    await("%s of %s".formatted(name, broker))
                            .until(() -> lines(broker, name).size() >= LINES);
                }
                await().until(
                                () ->
                                        again.api()
                                                        .metric(
                                                                "switchboard_bridge_queued_events{bridge=\"%s\"}"
                                                                        .formatted(broker))
                                                == 0);
                for (String name : names) {
                    List<Integer> lines = lines(broker, name);
                    assertThat(lines)
                            .as("%s of %s", name, broker)
                            .containsExactlyElementsOf(
                                    IntStream.range(0, lines.size()).boxed().toList());
                }
                await("the reports of " + broker).until(() -> ids(broker).size() == SENDS);
                assertThat(ids(broker).values()).allSatisfy(ids -> assertThat(ids).hasSize(1));
                try (RawClient truck = again.connect()) {
                    truck.send("name truck-" + broker + "\n");
                    for (int number = 0; number < SENDS; number++) {
                        assertThat(truck.readLine()).isEqualTo("text " + number);
                    }
                    again.api().post("/send?to=truck-" + broker, "end");
                    assertThat(truck.readLine()).isEqualTo("end");
                }
            }
        }
    }

    /**
     * A node joins the groups, is stopped in order and comes back, while sends are published. Each
     * send is sent once, by one node or the other; all peers are at the first node.
     */
    @Test
    void twoNodesShareTheSendsAndEachIsSentOnce() throws Exception {
        List<String> properties = bridges("shared-");
        try (TestCluster cluster =
                TestCluster.of(redis.server(), 2, properties.toArray(String[]::new))) {
            ClusterNode one = cluster.node(1);
            ClusterNode two = cluster.node(2);
            one.start();
            awaitBridges(one.api());
            Map<String, RawClient> peers = new TreeMap<>();
            for (String broker : brokers.keySet()) {
                RawClient peer = one.connect();
                peers.put(broker, peer);
                peer.send("name display-" + broker + "\n");
                await().until(() -> one.api().get("/peers/display-" + broker).status() == 200);
            }
            int number = publishShared(0, 20);
            two.start();
            cluster.awaitWhole();
            for (String broker : brokers.keySet()) {
                while (sent(two, broker) == 0) {
                    number = publishShared(number, number + 10);
                }
            }
            assertThat(brokers.keySet()).allMatch(broker -> sent(one, broker) > 0);
            two.process().terminate();
            two.process().awaitExit();
            number = publishShared(number, number + 20);
            two.start(); // with MQTT, the broker may have kept some for this node
            number = publishShared(number, number + 20);
            for (var each : peers.entrySet()) {
                Set<String> lines = new TreeSet<>();
                for (int line = 0; line < number; line++) {
                    String text = readLine(each.getValue(), each.getKey(), lines);
                    assertThat(lines.add(text)).as("%s: %s again", each.getKey(), text).isTrue();
                }
                one.api().post("/send?to=display-" + each.getKey(), "end");
                assertThat(each.getValue().readLine()).isEqualTo("end");
                each.getValue().close();
            }
        }
    }

    /** Waits until all bridges are connected; what is published before, Mosquitto gives nobody. */
    private static void awaitBridges(Api api) {
        await().until(
                        () ->
                                api.get("/actuator/health")
                                        .json()
                                        .at("/components/bridges/status")
                                        .asString()
                                        .equals("UP"));
    }

    private String readLine(RawClient peer, String broker, Set<String> before) throws IOException {
        try {
            return peer.readLine();
        } catch (IOException e) {
            List<String> failures =
                    poll(broker, "shared-results").stream()
                            .map(Received::body)
                            .filter(report -> !report.contains("\"status\":200"))
                            .toList();
            throw new IOException(
                    "%s: only %s arrived; failures: %s".formatted(broker, before, failures), e);
        }
    }

    /** Publishes a send with each number to each broker; returns the next number. */
    private static int publishShared(int from, int to) throws Exception {
        for (int number = from; number < to; number++) {
            for (var each : brokers.entrySet()) {
                each.getValue()
                        .publish(
                                "shared-sends",
                                "k" + number,
                                "{\"to\":\"display-%s\",\"text\":\"%d\"}"
                                        .formatted(each.getKey(), number),
                                each.getKey() + " " + number);
            }
        }
        return to;
    }

    private static double sent(ClusterNode node, String broker) {
        return node.api()
                .metric(
                        "switchboard_bridge_sends_total{bridge=\"%s\",outcome=\"sent\"}"
                                .formatted(broker));
    }

    private static void send(List<RawClient> peers, int from, int to) throws IOException {
        for (int line = from; line < to; line++) {
            for (RawClient each : peers) {
                each.send("line " + line + "\n");
            }
        }
    }

    /** Goes on with further lines until the service is gone. */
    private static void sendUntilClosed(List<RawClient> peers) {
        try {
            for (int line = LINES; line < 100_000; line++) {
                send(peers, line, line + 1);
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            // the service was killed
        }
    }

    /** Publishes messages for peers that are not connected, which are stored. */
    private static void publishSends() throws Exception {
        for (int number = 0; number < SENDS; number++) {
            for (var each : brokers.entrySet()) {
                each.getValue()
                        .publish(
                                "crash-sends",
                                null,
                                "{\"to\":\"truck-%s\",\"text\":\"text %d\",\"ttl\":\"1h\",\"timeout\":\"10ms\"}"
                                        .formatted(each.getKey(), number),
                                each.getKey() + " " + number);
            }
        }
    }

    /** Returns the ids that the reports of this broker name, by correlation. */
    private Map<String, Set<String>> ids(String broker) {
        return poll(broker, "crash-results").stream()
                .map(Received::values)
                .collect(
                        Collectors.groupingBy(
                                values -> Objects.requireNonNull(values.get("correlation")),
                                Collectors.mapping(
                                        values -> Objects.requireNonNull(values.get("record")),
                                        Collectors.toSet())));
    }

    /**
     * Returns the numbers of the lines of a peer, in the order in which they first arrived. After
     * the crash, the last ones before it are repeated; that happens once at most.
     */
    private List<Integer> lines(String broker, String name) {
        List<Integer> numbers = new ArrayList<>();
        int previous = -1;
        int stepsBack = 0;
        for (Received each : poll(broker, "crash-events")) {
            String text =
                    name.equals(each.key())
                            ? JsonMapper.shared().readTree(each.body()).path("text").asString("")
                            : "";
            if (text.startsWith("line ")) {
                int number = Integer.parseInt(text.substring("line ".length()));
                if (number < previous) {
                    stepsBack++;
                }
                if (number > numbers.size() - 1) {
                    numbers.add(number);
                }
                previous = number;
            }
        }
        assertThat(stepsBack).as("%s of %s", name, broker).isLessThanOrEqualTo(1);
        return numbers;
    }
}
