package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.fatal.FatalErrors;
import io.switchboard.webhook.EventPublisher.Outcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.core.ProducerFactory;
import org.springframework.kafka.listener.AcknowledgingMessageListener;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.kafka.support.KafkaHeaders;

/**
 * Kafka, with the settings of {@code spring.kafka}. The producer is idempotent and waits for all
 * in-sync replicas, unless these settings say otherwise.
 *
 * <p>Offsets are committed in order ({@linkplain ContainerProperties#setAsyncAcks asynchronous
 * acknowledgements}): the container fetches the next records when the sends of all records that it
 * has fetched have ended, and takes part in rebalances meanwhile. Records of a partition that was
 * lost in between are read by its next owner, with the same ids.
 */
final class KafkaBroker implements Broker {
    private static final int FETCH_BYTES = 4 * 1024 * 1024;

    private final String name;
    private final BridgeProperties properties;
    private final DefaultKafkaProducerFactory<byte[], byte[]> producers;
    private final KafkaTemplate<byte[], byte[]> template;
    private final KafkaTopics topics = new KafkaTopics(Ticker.systemTicker());
    private final Map<String, Object> consumer;
    private volatile @Nullable KafkaMessageListenerContainer<byte[], byte[]> container;

    /** Creates connections with the settings of Spring Boot's factories, which never connect. */
    record Factory(ProducerFactory<?, ?> producers, ConsumerFactory<?, ?> consumers)
            implements BrokerFactory {
        @Override
        public BridgeType type() {
            return BridgeType.KAFKA;
        }

        @Override
        public Broker create(String name, BridgeProperties properties) {
            return new KafkaBroker(
                    name,
                    properties,
                    producers.getConfigurationProperties(),
                    consumers.getConfigurationProperties());
        }
    }

    /**
     * @param producer the configured settings of a producer
     * @param consumer the configured settings of a consumer
     */
    KafkaBroker(
            String name,
            BridgeProperties properties,
            Map<String, Object> producer,
            Map<String, Object> consumer) {
        this.name = name;
        this.properties = properties;
        Map<String, Object> settings = new HashMap<>(producer);
        settings.putIfAbsent(ProducerConfig.CLIENT_ID_CONFIG, "switchboard-" + name);
        // an attempt fails soon, so that health tells of it; the queue repeats it in order
        settings.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        settings.putIfAbsent(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        settings.putIfAbsent(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
        settings.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.putIfAbsent(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500);
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        this.producers = new DefaultKafkaProducerFactory<>(settings);
        this.template = new KafkaTemplate<>(producers);
        this.consumer = new HashMap<>(consumer);
        this.consumer.putIfAbsent(ConsumerConfig.CLIENT_ID_CONFIG, "switchboard-" + name);
        this.consumer.putIfAbsent(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        this.consumer.putIfAbsent(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
        this.consumer.putIfAbsent(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500);
        // a group that is new takes what was published before it
        this.consumer.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        this.consumer.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        this.consumer.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, SendIntake.MAX_RECORDS);
        this.consumer.put(
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        this.consumer.put(
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    }

    @Override
    public Outcome publish(Outgoing record) {
        String key = record.key();
        ProducerRecord<byte[], byte[]> message =
                new ProducerRecord<>(
                        record.to(), key == null ? null : key.getBytes(UTF_8), record.body());
        if (record.json()) {
            message.headers().add("content-type", "application/json".getBytes(UTF_8));
        }
        record.headers()
                .forEach((header, value) -> message.headers().add(header, value.getBytes(UTF_8)));
        if (record.correlation() != null) {
            message.headers().add(KafkaHeaders.CORRELATION_ID, record.correlation());
        }
        return topics.send(record.to(), () -> send(message));
    }

    private KafkaTopics.Sent send(ProducerRecord<byte[], byte[]> message) {
        try {
            template.send(message).get();
            return new KafkaTopics.Sent(new Outcome.Accepted(), false);
        } catch (ExecutionException e) {
            return failed(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new KafkaTopics.Sent(
                    new Outcome.Failed("the service is stopping", Duration.ZERO), false);
        } catch (RuntimeException e) {
            FatalErrors.check(e);
            return failed(e);
        }
    }

    static KafkaTopics.Sent failed(Throwable e) {
        for (Throwable each = e; each != null; each = each.getCause()) {
            if (each instanceof RecordTooLargeException || each instanceof InvalidTopicException) {
                return new KafkaTopics.Sent(
                        new Outcome.Refused(String.valueOf(each.getMessage())), false);
            }
        }
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String reason = root.getMessage();
        // Kafka has no exception of its own for this
        boolean topicMissing =
                root instanceof TimeoutException
                        && reason != null
                        && reason.contains("not present in metadata");
        return new KafkaTopics.Sent(
                new Outcome.Failed(root.getClass().getSimpleName() + ": " + reason, Duration.ZERO),
                topicMissing);
    }

    @Override
    public void startSends(SendIntake intake) {
        ContainerProperties settings =
                new ContainerProperties(Objects.requireNonNull(properties.sendsFrom()));
        settings.setGroupId(properties.groupOf(name));
        settings.setAckMode(ContainerProperties.AckMode.MANUAL);
        settings.setAsyncAcks(true);
        settings.setShutdownTimeout(Duration.ofSeconds(3).toMillis());
        settings.setMissingTopicsFatal(false);
        settings.setMessageListener(new Listener(intake));
        KafkaMessageListenerContainer<byte[], byte[]> reader =
                new KafkaMessageListenerContainer<>(
                        new DefaultKafkaConsumerFactory<>(consumer), settings);
        reader.setBeanName("bridge-" + name);
        reader.setAutoStartup(false);
        container = reader;
        reader.start();
    }

    /** Passes records to the intake; called on the container's thread. */
    private record Listener(SendIntake intake)
            implements AcknowledgingMessageListener<byte[], byte[]> {

        @Override
        public void onMessage(
                ConsumerRecord<byte[], byte[]> message, @Nullable Acknowledgment acknowledgment) {
            byte[] key = message.key();
            byte[] body = message.value();
            Header correlation = message.headers().lastHeader(KafkaHeaders.CORRELATION_ID);
            intake.accept(
                    new SendRecord(
                            message.topic() + "-" + message.partition() + "-" + message.offset(),
                            key == null ? null : new String(key, UTF_8),
                            null,
                            body == null ? new byte[0] : body,
                            correlation == null ? null : correlation.value()),
                    Objects.requireNonNull(acknowledgment)::acknowledge);
        }
    }

    @Override
    public void stopSends() {
        KafkaMessageListenerContainer<byte[], byte[]> reader = container;
        if (reader != null) {
            reader.stop();
        }
    }

    @Override
    public Optional<String> problem() {
        KafkaMessageListenerContainer<byte[], byte[]> reader = container;
        return reader == null || reader.isRunning()
                ? Optional.empty()
                : Optional.of("the consumer has stopped; the log says why");
    }

    @Override
    public void close() {
        producers.destroy();
    }
}
