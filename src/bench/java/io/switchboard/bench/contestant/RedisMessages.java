package io.switchboard.bench.contestant;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.switchboard.bench.Settings;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** Redis without persistence. */
public final class RedisMessages implements MessageBroker {
    private static final int ON_THEIR_WAY = 1_000;
    private static final int MAX_LENGTH = 100_000;

    private final Redis redis;
    private final RedisClient client;
    private final StatefulRedisConnection<String, String> connection;
    private final Semaphore room = new Semaphore(ON_THEIR_WAY);

    private RedisMessages(Redis redis) {
        this.redis = redis;
        this.client = RedisClient.create("redis://127.0.0.1:" + redis.port());
        this.connection = client.connect();
    }

    public static RedisMessages start(Settings settings) {
        return new RedisMessages(Redis.start(settings));
    }

    @Override
    public String name() {
        return "redis-stream";
    }

    @Override
    public List<String> arguments() {
        return List.of(
                "--switchboard.bridges.bench.type=redis-stream",
                "--switchboard.bridges.bench.max-length=" + MAX_LENGTH,
                "--spring.data.redis.host=127.0.0.1",
                "--spring.data.redis.port=" + redis.port());
    }

    @Override
    public void publish(String key, String body) throws InterruptedException {
        room.acquire();
        RedisFuture<String> added =
                connection
                        .async()
                        .xadd(
                                SENDS,
                                new XAddArgs().maxlen(MAX_LENGTH).approximateTrimming(),
                                Map.of("key", key, "body", body));
        var _ = added.whenComplete((_, _) -> room.release());
    }

    @Override
    public void close() {
        connection.close();
        client.close();
        redis.close();
    }
}
