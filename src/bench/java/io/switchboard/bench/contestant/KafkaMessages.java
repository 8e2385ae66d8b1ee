package io.switchboard.bench.contestant;

import io.switchboard.bench.BenchException;
import io.switchboard.bridge.KafkaProcess;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka in KRaft mode in its own process, one broker with three partitions per topic. */
public final class KafkaMessages implements MessageBroker {
    private static final int PARTITIONS = 3;
    private static final String NOBODY = "{\"to\":\"nobody\",\"text\":\"x\"}";

    private final KafkaProcess kafka;
    private final KafkaProducer<String, String> producer;

    private KafkaMessages(KafkaProcess kafka) {
        this.kafka = kafka;
        kafka.awaitReady();
        this.producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", kafka.address(), "linger.ms", "2"),
                        new StringSerializer(),
                        new StringSerializer());
        createTopics();
    }

    /**
     * Creates the topics, and waits until each partition takes records: while a new one has no
     * leader, the producer fails what it has on the way. The peer of the sends does not exist.
     */
    private void createTopics() {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.address()))) {
            admin.createTopics(
                            List.of(
                                    new NewTopic(EVENTS, PARTITIONS, (short) 1),
                                    new NewTopic(SENDS, PARTITIONS, (short) 1)))
                    .all()
                    .get();
            for (String topic : List.of(EVENTS, SENDS)) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    producer.send(new ProducerRecord<>(topic, partition, null, NOBODY)).get();
                }
            }
        } catch (ExecutionException e) {
            throw new BenchException("the topics cannot be created", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    public static KafkaMessages start() {
        try {
            return new KafkaMessages(KafkaProcess.start());
        } catch (IOException e) {
            throw new BenchException("Kafka cannot be started", e);
        }
    }

    @Override
    public String name() {
        return "kafka";
    }

    @Override
    public List<String> arguments() {
        return List.of(
                "--switchboard.bridges.bench.type=kafka",
                "--spring.kafka.bootstrap-servers=" + kafka.address());
    }

    @Override
    public void publish(String key, String body) {
        var _ = producer.send(new ProducerRecord<>(SENDS, key, body));
    }

    @Override
    public void close() {
        producer.close();
        try {
            kafka.close();
        } catch (IOException e) {
            throw new BenchException("the files of Kafka cannot be deleted", e);
        }
    }
}
