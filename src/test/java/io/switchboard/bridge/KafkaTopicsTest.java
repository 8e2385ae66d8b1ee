package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.webhook.EventPublisher.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class KafkaTopicsTest {
    private static final Outcome.Failed NOT_FOUND =
            new Outcome.Failed("Topic not present in metadata", Duration.ZERO);

    private final AtomicLong now = new AtomicLong();
    private final KafkaTopics topics = new KafkaTopics(now::get);
    private final List<String> sent = new ArrayList<>();

    private KafkaTopics.Sent missing(String topic) {
        sent.add(topic);
        return new KafkaTopics.Sent(NOT_FOUND, true);
    }

    private KafkaTopics.Sent accepted(String topic) {
        sent.add(topic);
        return new KafkaTopics.Sent(new Outcome.Accepted(), false);
    }

    @Test
    void aMissingTopicIsNotLookedUpAgainForAWhile() {
        topics.send("known", () -> accepted("known"));
        assertThat(topics.send("a", () -> missing("a"))).isEqualTo(NOT_FOUND);
        assertThat(topics.send("a", () -> missing("a")))
                .isEqualTo(new Outcome.Failed(NOT_FOUND.reason(), KafkaTopics.MISSING));
        assertThat(sent).containsExactly("known", "a");
        now.addAndGet(KafkaTopics.MISSING.toNanos());
        assertThat(topics.send("a", () -> accepted("a"))).isInstanceOf(Outcome.Accepted.class);
        assertThat(sent).containsExactly("known", "a", "a");
    }

    /** The brokers may be away. */
    @Test
    void aTopicIsLookedUpAtOnceWhileNoneWasFound() {
        topics.send("a", () -> missing("a"));
        assertThat(topics.send("a", () -> accepted("a"))).isInstanceOf(Outcome.Accepted.class);
    }

    @Test
    void topicsThatExistDoNotWaitForThoseThatAreLookedUp() throws Exception {
        topics.send("known", () -> accepted("known"));
        CountDownLatch begun = new CountDownLatch(KafkaTopics.LOOKUPS);
        CountDownLatch end = new CountDownLatch(1);
        List<Future<Outcome>> lookups = new ArrayList<>();
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int at = 0; at < KafkaTopics.LOOKUPS; at++) {
                String topic = "new-" + at;
                lookups.add(workers.submit(() -> topics.send(topic, () -> lookUp(begun, end))));
            }
            begun.await();
            assertThat(topics.send("another", () -> accepted("another")))
                    .isInstanceOf(Outcome.Failed.class);
            assertThat(topics.send("known", () -> accepted("known")))
                    .isInstanceOf(Outcome.Accepted.class);
            end.countDown();
            for (Future<Outcome> each : lookups) {
                assertThat(each.get()).isEqualTo(NOT_FOUND);
            }
        }
        assertThat(topics.send("another", () -> accepted("another")))
                .isInstanceOf(Outcome.Accepted.class);
        assertThat(sent).containsExactly("known", "known", "another");
    }

    private static KafkaTopics.Sent lookUp(CountDownLatch begun, CountDownLatch end) {
        begun.countDown();
        try {
            end.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return new KafkaTopics.Sent(NOT_FOUND, true);
    }

    /** The text of Kafka's exception is all that tells it. */
    @Test
    void recognisesTheFailureOfKafkasProducer() throws Exception {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", "127.0.0.1:1", "max.block.ms", 1);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            Future<?> send = producer.send(new ProducerRecord<>("absent", "x".getBytes(UTF_8)));
            assertThat(send).failsWithin(Duration.ofMinutes(1));
            assertThat(KafkaBroker.failed(send.exceptionNow()).topicMissing()).isTrue();
        }
        assertThat(KafkaBroker.failed(new IllegalStateException("x")).topicMissing()).isFalse();
    }
}
