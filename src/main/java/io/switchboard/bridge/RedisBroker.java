package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.fatal.FatalErrors;
import io.switchboard.webhook.EventPublisher.Outcome;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisStreamCommands.XAddOptions;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.connection.stream.StreamRecords;

/**
 * Redis Streams. A record is an entry with the fields {@code key}, {@code body}, those of {@link
 * Outgoing#headers} and {@code correlation}. {@link RedisSends} reads the sends.
 *
 * <p>It has a client of its own with the settings of {@code spring.data.redis}, so that it does not
 * share a connection with a cluster. A command fails at once while there is no connection, because
 * the caller repeats it in order.
 */
final class RedisBroker implements Broker {
    static final String BODY = "body";
    static final String KEY = "key";
    static final String CORRELATION = "correlation";

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration RECONNECT_DELAY = Duration.ofMillis(250);
    private static final int MAX_QUEUED_COMMANDS = 10_000;

    private final String name;
    private final BridgeProperties properties;
    private final String consumer;
    private final ClientResources resources;
    private final LettuceConnectionFactory redis;
    private final XAddOptions options;
    private volatile @Nullable RedisSends sends;

    /**
     * Creates connections with the settings of Spring Boot's factory, which itself never connects.
     */
    record Factory(LettuceConnectionFactory configured, Cluster cluster) implements BrokerFactory {
        @Override
        public BridgeType type() {
            return BridgeType.REDIS_STREAM;
        }

        @Override
        public Broker create(String name, BridgeProperties properties) {
            Node self = cluster.self();
            return new RedisBroker(
                    name, properties, configured, self.name() == null ? self.host() : self.label());
        }
    }

    /**
     * @param consumer the name of this node in the consumer group; after a restart, it is the same
     */
    RedisBroker(
            String name,
            BridgeProperties properties,
            LettuceConnectionFactory configured,
            String consumer) {
        this.name = name;
        this.properties = properties;
        this.consumer = consumer;
        this.options =
                properties.maxLength() == 0
                        ? XAddOptions.none()
                        : XAddOptions.maxlen(properties.maxLength()).approximateTrimming(true);
        this.resources =
                ClientResources.builder().reconnectDelay(Delay.constant(RECONNECT_DELAY)).build();
        LettuceClientConfiguration client = configured.getClientConfiguration();
        LettuceClientConfiguration.LettuceClientConfigurationBuilder settings =
                LettuceClientConfiguration.builder()
                        .clientName("switchboard-" + name)
                        .clientResources(resources)
                        .commandTimeout(TIMEOUT)
                        .clientOptions(
                                client.getClientOptions()
                                        .orElseGet(ClientOptions::create)
                                        .mutate()
                                        .disconnectedBehavior(
                                                ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                                        .replayFilter(_ -> true)
                                        .requestQueueSize(MAX_QUEUED_COMMANDS)
                                        .timeoutOptions(TimeoutOptions.enabled(TIMEOUT))
                                        .build());
        if (client.isUseSsl()) {
            settings.useSsl().verifyPeer(client.getVerifyMode());
        }
        client.getReadFrom().ifPresent(settings::readFrom);
        this.redis = new LettuceConnectionFactory(server(configured), settings.build());
        redis.setValidateConnection(false);
        redis.afterPropertiesSet();
        redis.start();
    }

    private static RedisConfiguration server(LettuceConnectionFactory configured) {
        if (configured.getSentinelConfiguration() != null) {
            return configured.getSentinelConfiguration();
        }
        if (configured.getClusterConfiguration() != null) {
            return configured.getClusterConfiguration();
        }
        return configured.getSocketConfiguration() != null
                ? configured.getSocketConfiguration()
                : configured.getStandaloneConfiguration();
    }

    @Override
    @SuppressWarnings("ArrayAsKeyOfSetOrMap") // the fields in their order; none is looked up
    public Outcome publish(Outgoing record) {
        Map<byte[], byte[]> fields = new LinkedHashMap<>();
        if (record.key() != null) {
            fields.put(bytes(KEY), bytes(record.key()));
        }
        record.headers().forEach((field, value) -> fields.put(bytes(field), bytes(value)));
        if (record.correlation() != null) {
            fields.put(bytes(CORRELATION), record.correlation());
        }
        fields.put(bytes(BODY), record.body());
        MapRecord<byte[], byte[], byte[]> entry =
                StreamRecords.newRecord().in(bytes(record.to())).ofMap(fields);
        try (RedisConnection connection = redis.getConnection()) {
            connection.streamCommands().xAdd(entry, options);
            return new Outcome.Accepted();
        } catch (DataAccessException e) {
            return new Outcome.Failed(text(e), Duration.ZERO);
        } catch (RuntimeException e) {
            FatalErrors.check(e);
            return new Outcome.Failed(e.toString(), Duration.ZERO);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** Returns what Redis or the network said, without the names of exceptions. */
    static String text(DataAccessException e) {
        Throwable cause = e.getMostSpecificCause();
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    @Override
    public void startSends(SendIntake intake) {
        RedisSends reader = new RedisSends(name, properties, consumer, redis, intake);
        sends = reader;
        reader.start();
    }

    @Override
    public void stopSends() {
        RedisSends reader = sends;
        if (reader != null) {
            reader.stop();
        }
    }

    @Override
    public Optional<String> problem() {
        RedisSends reader = sends;
        return reader == null ? Optional.empty() : reader.problem();
    }

    @Override
    public void close() {
        redis.destroy();
        Future<Boolean> _ = resources.shutdown(); // ends in the background
    }
}
