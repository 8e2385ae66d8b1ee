package io.switchboard.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/**
 * A node and, over a real Redis, other nodes that this test simulates: one of a later release,
 * which sends fields, kinds and requests that this release does not know and omits others, and one
 * of the last release before messages had a version.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtherReleasesIT {
    private static final String OTHER = "7bbbbb";
    private static final String PREFIX = "switchboard:v1:";
    private static final long SECOND_MICROS = 1_000_000;

    private final BlockingQueue<Map<?, ?>> results = new LinkedBlockingQueue<>();
    private RedisServer redis;
    private TestCluster cluster;
    private ClusterNode node;
    private RedisClient client;
    private RedisCommands<byte[], byte[]> commands;
    private String boot;
    private long lastId;

    @BeforeAll
    void start() throws IOException {
        redis = RedisServer.start();
        cluster = TestCluster.start(redis, 1);
        node = cluster.node(1);
        boot = node.boot();
        client = RedisClient.create("redis://127.0.0.1:" + redis.port());
        commands = client.connect(ByteArrayCodec.INSTANCE).sync();
        StatefulRedisPubSubConnection<byte[], byte[]> receiving =
                client.connectPubSub(ByteArrayCodec.INSTANCE);
        receiving.addListener(
                new RedisPubSubAdapter<>() {
                    @Override
                    public void message(byte[] channel, byte[] message) {
                        receive(message);
                    }
                });
        receiving.sync().subscribe(key("cmd:" + OTHER), key("reply:" + OTHER), key("all"));
    }

    @AfterAll
    void stop() throws IOException {
        client.close();
        cluster.close();
        redis.close();
    }

    private static byte[] key(String rest) {
        return (PREFIX + rest).getBytes(UTF_8);
    }

    /** Answers every request with an empty page, and collects results. */
    private void receive(byte[] bytes) {
        Map<?, ?> message = RpcCodec.decode(bytes, Map.class).orElseThrow();
        if (OTHER.equals(message.get("from"))) {
            return;
        }
        if ("RESULT".equals(message.get("kind"))) {
            results.add(message);
        } else if ("REQUEST".equals(message.get("kind"))) {
            byte[] page = RpcCodec.encode(Map.of("total", 3, "entries", List.of(), "mood", "fine"));
            Map<String, Object> result =
                    message("RESULT", Map.of("outcome", "ANSWERED", "body", page));
            result.put("id", message.get("id"));
            // not on the receiving thread, which must not block
            Thread.ofVirtual().start(() -> publish(key("reply:" + boot), result));
        }
    }

    private static Map<String, Object> message(String kind, Map<String, ?> more) {
        Map<String, Object> message = new HashMap<>(more);
        message.putAll(
                Map.of("version", 1, "kind", kind, "from", OTHER, "priority", "high", "hops", 2));
        return message;
    }

    private void publish(byte[] channel, Map<String, Object> message) {
        commands.publish(channel, RpcCodec.encode(message));
    }

    /** Returns the result of a request to the node. */
    private Map<?, ?> request(String method, Map<String, ?> body) throws InterruptedException {
        List<byte[]> time = commands.time();
        long now =
                Long.parseLong(new String(time.getFirst(), UTF_8)) * SECOND_MICROS
                        + Long.parseLong(new String(time.getLast(), UTF_8));
        Map<String, Object> request =
                message(
                        "REQUEST",
                        Map.of(
                                "method",
                                method,
                                "body",
                                RpcCodec.encode(body),
                                "at",
                                now,
                                "expires",
                                now + 60 * SECOND_MICROS));
        lastId++;
        request.put("id", lastId);
        publish(key("cmd:" + boot), request);
        Map<?, ?> result =
                Objects.requireNonNull(results.poll(GeneralLimit.SECONDS, TimeUnit.SECONDS));
        assertThat(Objects.requireNonNull((Number) result.get("id")).longValue()).isEqualTo(lastId);
        return result;
    }

    @Test
    void answersARequestWithFieldsThatItDoesNotKnowAndWithoutOthers() throws Exception {
        try (RawClient peer = node.connect()) {
            String id = node.idOf(peer);
            Map<?, ?> result = request("peer", Map.of("peer", id, "trace", "x"));
            assertThat(result.get("outcome")).isEqualTo("ANSWERED");
            Map<?, ?> answer =
                    RpcCodec.decode(Objects.requireNonNull((byte[]) result.get("body")), Map.class)
                            .orElseThrow();
            assertThat(answer.containsKey("row")).isTrue();
            assertThat(answer.containsKey("refusal")).isFalse();
        }
    }

    @Test
    void answersUnsupportedToAnUnknownMethod() throws Exception {
        assertThat(request("levitate", Map.of()).get("outcome")).isEqualTo("UNSUPPORTED");
    }

    @Test
    void ignoresAKindThatItDoesNotKnow() throws Exception {
        publish(key("cmd:" + boot), message("VOTE", Map.of()));
        assertThat(request("groups", Map.of()).get("outcome")).isEqualTo("ANSWERED");
    }

    @Test
    void countsPeersOfANodeWhoseLeaseAndAnswersHaveOtherFields() {
        Map<String, ?> lease = Map.of("id", OTHER, "name", "later", "peers", 3, "colour", "blue");
        commands.set(key("node:" + OTHER), RpcCodec.encode(lease));
        commands.zadd(key("nodes"), 2e9, OTHER.getBytes(UTF_8));
        try {
            await().until(() -> node.nodes() == 2);
            // partial while this test does not answer within a second
            await().untilAsserted(
                            () -> {
                                JsonNode peers = node.api().get("/peers?sort=idle").json();
                                assertThat(peers.has("partial")).isFalse();
                                assertThat(peers.get("total").asInt()).isEqualTo(3);
                            });
        } finally {
            commands.del(key("node:" + OTHER));
            commands.zrem(key("nodes"), OTHER.getBytes(UTF_8));
            await().until(() -> node.nodes() == 1);
        }
    }

    @Test
    void ignoresUnversionedNodesWithOneLogLine() throws Exception {
        byte[] hello = {4, 6, '0', 'b', 'b', 'b', 'b', 'b'};
        for (int i = 0; i < 3; i++) {
            commands.publish("switchboard:all".getBytes(UTF_8), hello);
        }
        // Redis delivers this request after the messages published before
        assertThat(request("groups", Map.of()).get("outcome")).isEqualTo("ANSWERED");
        await().untilAsserted(
                        () ->
                                assertThat(node.logged("ignoring messages of a release"))
                                        .singleElement()
                                        .satisfies(
                                                line ->
                                                        assertThat(line)
                                                                .contains(
                                                                        "switchboard:all",
                                                                        "upgrade")));
    }
}
