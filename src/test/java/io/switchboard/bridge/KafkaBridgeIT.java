package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** A bridge to Kafka, with a broker in KRaft mode. */
@WithService
@Tag("system")
@Tag("beside")
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.identify.pattern=^name (?<name>\\\\S+)",
            "switchboard.bridges.test.type=kafka",
            "switchboard.bridges.test.events-to=events",
            "switchboard.bridges.test.sends-from=sends",
            "switchboard.bridges.test.results-to=results",
            "switchboard.bridges.test.queue=100"
        })
class KafkaBridgeIT extends BridgeContract {
    private static final KafkaBrokerClient BROKER = KafkaBrokerClient.start();

    KafkaBridgeIT(@Autowired RunningService service) {
        super(service);
    }

    @DynamicPropertySource
    static void broker(DynamicPropertyRegistry properties) {
        properties.add("spring.kafka.bootstrap-servers", BROKER::address);
    }

    @Override
    BrokerClient broker() {
        return BROKER;
    }

    @AfterAll
    static void close() throws Exception {
        BROKER.close();
    }

    /**
     * Another member of the group gets a part of the records, and leaves without having done any.
     */
    @Test
    void aRebalanceLosesNoRecordAndSendsNoneTwice() throws Exception {
        String name = unique("display");
        RawClient peer = connect(name);
        Set<String> expected = new TreeSet<>();
        try (KafkaConsumer<String, String> other = BROKER.member("switchboard-test")) {
            other.subscribe(List.of("sends"));
            for (int number = 0; number < 200; number++) {
                BROKER.publish(
                        "sends",
                        "k" + number,
                        "{\"to\":\"%s\",\"text\":\"%d\"}".formatted(name, number),
                        null);
                expected.add(Integer.toString(number));
                if (number == 50) {
                    await().until(
                                    () -> {
                                        other.poll(Duration.ofMillis(100));
                                        return !other.assignment().isEmpty();
                                    });
                }
            }
        }
        Set<String> received = new TreeSet<>();
        for (int each = 0; each < 200; each++) {
            assertThat(received.add(peer.readLine())).isTrue();
        }
        assertThat(received).isEqualTo(expected);
    }
}
