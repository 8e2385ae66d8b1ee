package io.switchboard.cluster;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's two connections to Redis: one that says and asks, in one order, and one that hears.
 * Lettuce connects them again by itself, once they have been; until then a thread tries.
 */
final class Bus {
    private static final Logger log = LoggerFactory.getLogger(Bus.class);
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(500);

    /** Both connections. */
    private record Connected(
            StatefulRedisConnection<byte[], byte[]> saying,
            StatefulRedisPubSubConnection<byte[], byte[]> hearing) {

        boolean isOpen() {
            return saying.isOpen() && hearing.isOpen();
        }
    }

    private final Supplier<RedisClient> client;
    private final byte[][] channels;
    private final Consumer<byte[]> hearer;
    private volatile @Nullable Connected connected;
    private volatile boolean ended;

    /**
     * @param client asked for when it is needed: it is made when Spring starts the factory
     * @param channels what is heard
     * @param hearer is called on Lettuce's thread, in the order in which it was said
     */
    Bus(Supplier<RedisClient> client, byte[][] channels, Consumer<byte[]> hearer) {
        this.client = client;
        this.channels = channels;
        this.hearer = hearer;
    }

    /** Begins to connect, and returns. */
    void start() {
        ended = false;
        Thread.ofVirtual().name("cluster-connect").start(this::connect);
    }

    private void connect() {
        boolean told = false;
        while (connected == null && !ended) {
            try {
                connected = connectOnce();
            } catch (RedisException | IllegalStateException e) {
                if (!told) {
                    log.warn(
                            "Redis cannot be reached, and this node is alone until it can: {}",
                            cause(e).toString());
                }
                told = true;
                LockSupport.parkNanos(BETWEEN_TRIES.toNanos());
            }
        }
    }

    private Connected connectOnce() {
        RedisClient redis = client.get();
        StatefulRedisConnection<byte[], byte[]> saying = redis.connect(ByteArrayCodec.INSTANCE);
        try {
            StatefulRedisPubSubConnection<byte[], byte[]> hearing =
                    redis.connectPubSub(ByteArrayCodec.INSTANCE);
            hearing.addListener(
                    new RedisPubSubAdapter<byte[], byte[]>() {
                        @Override
                        public void message(byte[] channel, byte[] message) {
                            hearer.accept(message);
                        }
                    });
            hearing.sync().subscribe(channels);
            return new Connected(saying, hearing);
        } catch (RuntimeException e) {
            var _ = saying.closeAsync();
            throw e;
        }
    }

    private static Throwable cause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Whether both connections are there, as far as this machine's TCP knows. */
    boolean isOpen() {
        Connected now = connected;
        return now != null && now.isOpen();
    }

    /**
     * What Redis is told or asked from here on, in the order of these calls.
     *
     * @throws RedisException there is no connection
     */
    RedisAsyncCommands<byte[], byte[]> commands() {
        Connected now = connected;
        if (now == null || !now.isOpen()) {
            throw new RedisException("Redis is not connected");
        }
        return now.saying().async();
    }

    /** How many heard it; fails where it was not said, or where that cannot be known. */
    CompletionStage<Long> say(byte[] channel, byte[] message) {
        try {
            return commands().publish(channel, message);
        } catch (RedisException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** How many hear what is said on each of these channels. */
    CompletionStage<Map<byte[], Long>> hearers(byte[][] asked) {
        try {
            return commands().pubsubNumsub(asked);
        } catch (RedisException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** Ends both connections. */
    void stop() {
        ended = true;
        Connected last = connected;
        connected = null;
        if (last != null) {
            last.hearing().close();
            last.saying().close();
        }
    }
}
