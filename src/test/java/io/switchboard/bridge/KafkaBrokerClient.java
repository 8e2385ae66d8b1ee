package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.testkit.FreePort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import kafka.server.BrokerServer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.test.EmbeddedKafkaBroker;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

/** A Kafka in KRaft mode in this JVM. Its broker can be stopped; the controller then goes on. */
final class KafkaBrokerClient implements BrokerClient {
    private static final int PARTITIONS = 3;

    private final EmbeddedKafkaBroker kafka;
    private final KafkaProducer<String, String> producer;
    private final Map<String, KafkaConsumer<String, String>> consumers = new ConcurrentHashMap<>();

    private KafkaBrokerClient(int port) {
        kafka =
                new EmbeddedKafkaKraftBroker(1, PARTITIONS)
                        .kafkaPorts(port)
                        .brokerProperty("group.initial.rebalance.delay.ms", "0");
        kafka.afterPropertiesSet();
        producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", address()),
                        new StringSerializer(),
                        new StringSerializer());
    }

    static KafkaBrokerClient start() {
        return new KafkaBrokerClient(FreePort.find());
    }

    String address() {
        return kafka.getBrokersAsString();
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
        producer.send(record).get();
    }

    private BrokerServer broker() {
        KafkaClusterTestKit cluster =
                Objects.requireNonNull(((EmbeddedKafkaKraftBroker) kafka).getCluster());
        return Objects.requireNonNull(cluster.brokers().get(0));
    }

    @Override
    public void kill() {
        broker().shutdown();
        broker().awaitShutdown();
    }

    @Override
    public void startAgain() {
        broker().startup();
    }

    @Override
    public void close() {
        consumers.values().forEach(KafkaConsumer::close);
        producer.close();
        kafka.destroy();
    }
}
