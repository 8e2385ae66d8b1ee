package io.switchboard.bridge;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.switchboard.testkit.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A Redis with an append-only file, so that it has its streams again after it was killed. */
final class RedisBrokerClient implements BrokerClient {
    private final RedisServer server;
    private final RedisClient client;
    private final StatefulRedisConnection<String, String> connection;
    private final Map<String, String> positions = new ConcurrentHashMap<>();

    private RedisBrokerClient(RedisServer server) {
        this.server = server;
        this.client = RedisClient.create("redis://127.0.0.1:" + server.port());
        this.connection = client.connect();
    }

    /** Starts a Redis with these lines of its configuration. */
    static RedisBrokerClient start(String... settings) {
        try {
            return new RedisBrokerClient(RedisServer.startDurable(settings));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return server.port();
    }

    RedisServer server() {
        return server;
    }

    StatefulRedisConnection<String, String> connection() {
        return connection;
    }

    @Override
    @SuppressWarnings("unchecked") // an array of one generic type for the varargs
    public List<Received> poll(String topic) {
        List<Received> received = new ArrayList<>();
        List<StreamMessage<String, String>> messages;
        try {
            messages =
                    connection
                            .sync()
                            .xread(
                                    XReadArgs.Builder.block(100).count(1_000),
                                    StreamOffset.from(topic, positions.getOrDefault(topic, "0")));
        } catch (RedisException e) {
            return List.of(); // killed or starting
        }
        for (StreamMessage<String, String> each : messages) {
            Map<String, String> values = new LinkedHashMap<>(each.getBody());
            String key = values.remove("key");
            received.add(new Received(key, values, Objects.requireNonNull(values.remove("body"))));
            positions.put(topic, each.getId());
        }
        return received;
    }

    @Override
    public void publish(
            String topic, @Nullable String key, String body, @Nullable String correlation) {
        Map<String, String> fields = new LinkedHashMap<>();
        if (key != null) {
            fields.put("key", key);
        }
        if (correlation != null) {
            fields.put("correlation", correlation);
        }
        fields.put("body", body);
        connection.sync().xadd(topic, fields);
    }

    @Override
    public void kill() {
        server.kill();
    }

    @Override
    public void startAgain() throws IOException {
        server.startAgain();
    }

    @Override
    public void pause() throws Exception {
        server.pause();
    }

    @Override
    public void resume() throws Exception {
        server.resume();
    }

    @Override
    public void close() throws IOException {
        connection.close();
        client.close();
        server.close();
    }
}
