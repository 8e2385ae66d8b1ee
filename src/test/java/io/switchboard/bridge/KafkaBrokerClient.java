package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** A Kafka in KRaft mode, in its own process. */
final class KafkaBrokerClient implements BrokerClient {
    private final KafkaProcess kafka;
    private final Map<String, KafkaConsumer<String, String>> consumers = new ConcurrentHashMap<>();
    private @Nullable KafkaProducer<String, String> producer;

    private KafkaBrokerClient(KafkaProcess kafka) {
        this.kafka = kafka;
    }

    /** Starts the broker; the first use waits until it is ready. */
    static KafkaBrokerClient start() {
        try {
            return new KafkaBrokerClient(KafkaProcess.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String address() {
        return kafka.address();
    }

    @Override
    public void awaitReady() {
        kafka.awaitReady();
    }

    @Override
    public List<Received> poll(String topic) {
        KafkaConsumer<String, String> consumer = consumers.computeIfAbsent(topic, this::consumer);
        List<Received> received = new ArrayList<>();
        for (ConsumerRecord<String, String> each : consumer.poll(Duration.ofMillis(100))) {
            Map<String, String> values = new HashMap<>();
            for (Header header : each.headers()) {
                values.put(header.key(), new String(header.value(), UTF_8));
            }
            if (values.containsKey("kafka_correlationId")) {
                values.put("correlation", values.get("kafka_correlationId"));
            }
            received.add(new Received(each.key(), values, each.value()));
        }
        return received;
    }

    private KafkaConsumer<String, String> consumer(String topic) {
        KafkaConsumer<String, String> consumer = member(BridgeContract.unique("test"));
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    /** Returns a consumer of a group, which commits nothing. */
    KafkaConsumer<String, String> member(String group) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        address(),
                        "group.id",
                        group,
                        "enable.auto.commit",
                        "false",
                        "auto.offset.reset",
                        "earliest",
                        "metadata.max.age.ms",
                        "500"),
                new StringDeserializer(),
                new StringDeserializer());
    }

    @Override
    public void publish(
            String topic, @Nullable String key, String body, @Nullable String correlation)
            throws Exception {
        // without a key, all to one partition, so that their order is that of the calls
        ProducerRecord<String, String> record =
                new ProducerRecord<>(topic, key == null ? 0 : null, key, body);
        if (correlation != null) {
            record.headers().add("kafka_correlationId", correlation.getBytes(UTF_8));
        }
        producer().send(record).get();
    }

    private synchronized KafkaProducer<String, String> producer() {
        if (producer == null) {
            producer =
                    new KafkaProducer<>(
                            Map.of("bootstrap.servers", address()),
                            new StringSerializer(),
                            new StringSerializer());
        }
        return producer;
    }

    Admin admin() {
        return Admin.create(Map.<String, Object>of("bootstrap.servers", address()));
    }

    @Override
    public void kill() {
        kafka.kill();
    }

    @Override
    public void startAgain() throws IOException {
        kafka.startAgain();
    }

    /** See {@link KafkaProcess#fillDisk}. */
    void fillDisk() throws Exception {
        kafka.fillDisk();
    }

    /** See {@link KafkaProcess#awaitEnd}. */
    void awaitEnd() throws InterruptedException {
        kafka.awaitEnd();
    }

    @Override
    public void pause() throws Exception {
        kafka.pause();
    }

    @Override
    public void resume() throws Exception {
        kafka.resume();
    }

    @Override
    public synchronized void close() throws IOException {
        consumers.values().forEach(KafkaConsumer::close);
        if (producer != null) {
            producer.close();
        }
        kafka.close();
    }
}
