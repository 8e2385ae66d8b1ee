package io.switchboard.cluster.redis;

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
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's two connections to Redis: one sends commands, PUBLISH included, in one order, and one
 * receives the messages of the subscribed channels. Lettuce reconnects a connection that has been
 * established; until then a virtual thread retries.
 */
final class RedisBus {
    private static final Logger log = LoggerFactory.getLogger(RedisBus.class);
    private static final Duration RETRY_DELAY = Duration.ofMillis(500);

    private record Connections(
            StatefulRedisConnection<byte[], byte[]> sending,
            StatefulRedisPubSubConnection<byte[], byte[]> receiving) {

        boolean isOpen() {
            return sending.isOpen() && receiving.isOpen();
        }
    }

    private final Supplier<RedisClient> client;
    private final String address;
    private final byte[][] channels;
    private final BiConsumer<byte[], byte[]> receiver;
    private volatile @Nullable Connections connected;
    private volatile boolean ended;

    /**
     * @param client supplies the client, which Spring creates when it starts the connection factory
     * @param address where the client connects to, for people
     * @param channels the channels to subscribe to
     * @param receiver receives channel and message on Lettuce's thread, in the order of publication
     */
    RedisBus(
            Supplier<RedisClient> client,
            String address,
            byte[][] channels,
            BiConsumer<byte[], byte[]> receiver) {
        this.client = client;
        this.address = address;
        this.channels = channels;
        this.receiver = receiver;
    }

    void start() {
        ended = false;
        Thread.ofVirtual().name("cluster-connect").start(this::connect);
    }

    private void connect() {
        boolean logged = false;
        while (connected == null && !ended) {
            try {
                connected = connectOnce();
            } catch (RedisException | IllegalStateException e) {
                if (!logged) {
                    log.warn(
                            "Redis cannot be reached at {} (spring.data.redis.*), and this node serves only its own peers until it can: {}",
                            address,
                            cause(e).toString());
                }
                logged = true;
                LockSupport.parkNanos(RETRY_DELAY.toNanos());
            }
        }
    }

    private Connections connectOnce() {
        RedisClient redis = client.get();
        StatefulRedisConnection<byte[], byte[]> sending = redis.connect(ByteArrayCodec.INSTANCE);
        try {
            StatefulRedisPubSubConnection<byte[], byte[]> receiving =
                    redis.connectPubSub(ByteArrayCodec.INSTANCE);
            receiving.addListener(
                    new RedisPubSubAdapter<byte[], byte[]>() {
                        @Override
                        public void message(byte[] channel, byte[] message) {
                            receiver.accept(channel, message);
                        }
                    });
            receiving.sync().subscribe(channels);
            return new Connections(sending, receiving);
        } catch (RuntimeException e) {
            var _ = sending.closeAsync();
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

    /** Returns whether both connections are open, as far as this machine's TCP can tell. */
    boolean isOpen() {
        Connections now = connected;
        return now != null && now.isOpen();
    }

    /**
     * Returns the commands of the sending connection. Redis executes them in the order of the
     * calls.
     *
     * @throws RedisException if a connection is not open
     */
    RedisAsyncCommands<byte[], byte[]> commands() {
        Connections now = connected;
        if (now == null || !now.isOpen()) {
            throw new RedisException("Redis is not connected");
        }
        return now.sending().async();
    }

    /**
     * Publishes a message.
     *
     * @return the number of subscribers that receive it; fails if the message was not published, or
     *     if that is unknown
     */
    CompletionStage<Long> publish(byte[] channel, byte[] message) {
        try {
            return commands().publish(channel, message);
        } catch (RedisException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** Returns the number of subscribers of each channel. */
    CompletionStage<Map<byte[], Long>> subscribers(byte[][] queried) {
        try {
            return commands().pubsubNumsub(queried);
        } catch (RedisException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    void stop() {
        ended = true;
        Connections last = connected;
        connected = null;
        if (last != null) {
            last.receiving().close();
            last.sending().close();
        }
    }
}
