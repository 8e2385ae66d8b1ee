package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Some 10,000 events of peers of three nodes, with a back end that fails, hangs and restarts, while
 * two nodes and PostgreSQL are killed. Every stored event is accepted, in the order of its peer.
 */
@Tag("beside")
@Tag("system")
class DurableWebhookClusterLedgerIT {
    private static final int NODES = 3;
    private static final int PEERS_OF_A_NODE = 10_000 / (NODES * NODES * 30);
    private static final int LINES = 28;
    private static final Duration END = Duration.ofMinutes(5);

    /** A back end that forgets nothing, and can restart at its port. */
    private static final class BackEnd implements AutoCloseable {
        private static final int HANGS = 0;

        private final int port = FreePort.find();
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        private final Map<String, JsonNode> accepted = new LinkedHashMap<>();
        private @Nullable HttpServer server;

        void start() throws IOException {
            HttpServer started =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            started.setExecutor(threads);
            started.createContext("/", this::handle);
            started.start();
            server = started;
        }

        void stop() {
            if (server != null) {
                server.stop(0);
            }
        }

        private void handle(HttpExchange exchange) throws IOException {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            int status =
                    switch (ThreadLocalRandom.current().nextInt(50)) {
                        case 0, 1, 2 -> 500;
                        case 3 -> HANGS;
                        default -> 204;
                    };
            if (status == HANGS) {
                return; // the sender gives up, and closes the connection
            }
            if (status == 204) {
                synchronized (this) {
                    accepted.putIfAbsent(
                            exchange.getRequestHeaders().getFirst("X-Switchboard-Delivery"),
                            JsonMapper.shared().readTree(body));
                }
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        }

        /** Returns what was accepted of each peer, in its order and without repeats. */
        synchronized Map<String, List<String>> told() {
            Map<String, List<String>> told = new HashMap<>();
            for (JsonNode each : accepted.values()) {
                told.computeIfAbsent(each.at("/peer/id").asString(), _ -> new ArrayList<>())
                        .add(each.path("text").asString(each.get("type").asString()));
            }
            return told;
        }

        @Override
        public void close() {
            stop();
            threads.shutdownNow();
        }
    }

    /** A connection and the id of its peer. */
    private record Peer(RawClient client, String id) {}

    private final Map<String, List<String>> expected = new HashMap<>();
    private final Map<String, Integer> received = new HashMap<>();

    @Test
    void everyEventIsAcceptedInOrderWhateverIsKilled() throws Exception {
        try (BackEnd backEnd = new BackEnd();
                PostgresServer database = PostgresServer.start();
                RedisServer redis = RedisServer.start();
                TestCluster cluster =
                        TestCluster.start(
                                redis,
                                NODES,
                                "spring.datasource.url=" + database.url(),
                                "spring.datasource.username=test",
                                "switchboard.listeners.default.webhook.url=http://127.0.0.1:%d/"
                                        .formatted(backEnd.port),
                                "switchboard.listeners.default.webhook.store=durable",
                                "switchboard.listeners.default.webhook.queue=200",
                                "switchboard.listeners.default.webhook.timeout=500ms")) {
            backEnd.start();
            List<Peer> first = connect(cluster);
            send(first, 0, LINES / 2);
            database.kill();
            send(first, LINES / 2, LINES);
            database.restart();
            awaitStored(cluster);
            cluster.node(1).kill();
            cluster.node(1).start();
            received.remove(cluster.node(1).name());

            backEnd.stop();
            List<Peer> second = connect(cluster);
            send(second, 0, LINES);
            awaitStored(cluster);
            database.kill();
            cluster.node(2).kill();
            database.restart();
            cluster.node(2).start();
            received.remove(cluster.node(2).name());
            backEnd.start();

            List<Peer> third = connect(cluster);
            send(third, 0, LINES);
            awaitStored(cluster);
            for (List<Peer> peers : List.of(first, second, third)) {
                for (Peer each : peers) {
                    each.client().close();
                }
            }
            expected.values().forEach(each -> each.add("closed"));
            await().atMost(END)
                    .pollInterval(Duration.ofMillis(500))
                    .until(
                            () ->
                                    metric(cluster, "queued_events") == 0
                                            && backEnd.told().size() == expected.size()
                                            && backEnd.told().values().stream()
                                                    .allMatch(each -> each.contains("closed")));
            assertThat(backEnd.told()).isEqualTo(expected);
            assertThat(metric(cluster, "stored_bytes")).isZero();
            assertThat(metric(cluster, "given_up_events_total")).isZero();
        }
    }

    private List<Peer> connect(TestCluster cluster) throws IOException {
        List<Peer> peers = new ArrayList<>();
        for (ClusterNode node : cluster.nodes()) {
            for (int number = 0; number < PEERS_OF_A_NODE; number++) {
                RawClient client = node.connect();
                String id = node.idOf(client);
                peers.add(new Peer(client, id));
                expected.put(id, new ArrayList<>(List.of("connected")));
            }
            received.merge(node.name(), PEERS_OF_A_NODE * LINES, Integer::sum);
        }
        return peers;
    }

    private void send(List<Peer> peers, int from, int to) throws IOException {
        for (int line = from; line < to; line++) {
            for (Peer each : peers) {
                each.client().send("line " + line + "\n");
                expected.getOrDefault(each.id(), List.of()).add("line " + line);
            }
        }
    }

    /** Waits until the nodes have received all lines, and all of them are in the store. */
    private void awaitStored(TestCluster cluster) {
        await().atMost(END)
                .pollInterval(Duration.ofMillis(100))
                .until(
                        () ->
                                cluster.nodes().stream()
                                        .allMatch(
                                                each ->
                                                        each.api()
                                                                        .metric(
                                                                                "switchboard_received_messages_total{listener=\"default\"}")
                                                                == received.getOrDefault(
                                                                        each.name(), 0)));
        // a line is counted before its event is added
        for (int look = 0; look < 2; look++) {
            await().atMost(END)
                    .pollInterval(100, TimeUnit.MILLISECONDS)
                    .until(() -> metric(cluster, "unstored_events") == 0);
        }
    }

    private static double metric(TestCluster cluster, String name) {
        return cluster.nodes().stream()
                .mapToDouble(
                        each ->
                                each.api()
                                        .metric(
                                                "switchboard_webhook_%s{listener=\"default\"}"
                                                        .formatted(name)))
                .sum();
    }
}
