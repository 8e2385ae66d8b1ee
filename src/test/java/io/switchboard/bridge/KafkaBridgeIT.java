package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.bridge.BrokerClient.Received;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
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
    private static final int LINES = 1_000;
    private static final String GROUP = "switchboard-test";
    private static final KafkaBrokerClient BROKER = closedAtExit(KafkaBrokerClient.start());

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

    /**
     * Another member of the group gets a part of the records, and leaves without having done any.
     * Then the group is set back, so that Kafka delivers all of them again.
     */
    @Test
    void aRebalanceAndARepetitionLoseNoRecordAndSendNoneTwice() throws Exception {
        String name = unique("display");
        RawClient peer = connect(name);
        Set<String> expected = new TreeSet<>();
        try (KafkaConsumer<String, String> other = BROKER.member(GROUP)) {
            other.subscribe(List.of("sends"));
            for (int number = 0; number < 200; number++) {
                BROKER.publish(
                        "sends",
                        "k" + number,
                        "{\"to\":\"%s\",\"text\":\"%d\"}".formatted(name, number),
                        name);
                expected.add(Integer.toString(number));
                if (number == 50) {
                    await().until(() -> takesPart(other));
                }
            }
        }
        Set<String> received = new TreeSet<>();
        for (int each = 0; each < 200; each++) {
            assertThat(received.add(peer.readLine())).isTrue();
        }
        assertThat(received).isEqualTo(expected);
        Predicate<Received> ofThis = each -> name.equals(each.values().get("correlation"));
        receive("results", 200, ofThis);
        try (KafkaConsumer<String, String> other = BROKER.member(GROUP)) {
            other.subscribe(List.of("sends"));
            await().until(() -> takesPart(other));
            Map<TopicPartition, OffsetAndMetadata> start = new HashMap<>();
            other.assignment().forEach(each -> start.put(each, new OffsetAndMetadata(0)));
            other.commitSync(start);
        }
        // at least one record of the partition is read again, and has a report again
        List<Received> results = receive("results", 201, ofThis);
        assertThat(results.stream().map(each -> each.values().get("record")).distinct())
                .hasSize(200);
        BROKER.publish("sends", "k0", "{\"to\":\"%s\",\"text\":\"end\"}".formatted(name), null);
        assertThat(peer.readLine()).isEqualTo("end");
    }

    private static boolean takesPart(KafkaConsumer<String, String> member) {
        member.poll(Duration.ofMillis(100));
        return !member.assignment().isEmpty();
    }

    /** Kafka stops when it cannot write. What it had not acknowledged, it gets when it is back. */
    @Test
    void aBrokerWithAFullDiskStopsPeersAndLosesNothing() throws Exception {
        Programs.require("prlimit", "util-linux");
        String name = unique("scale");
        RawClient peer = connect(name);
        receive("events", 1, each -> name.equals(each.key()));
        BROKER.fillDisk();
        try {
            for (int line = 0; line < LINES - 1; line++) {
                peer.send("line " + line + "\n");
            }
            BROKER.awaitEnd();
            await().until(() -> !problem().isEmpty());
            peer.send("line " + (LINES - 1) + "\n"); // one read may have brought all others
            await().until(() -> api().metric("switchboard_paused_peers{listener=\"default\"}") > 0);
            // a read may bring more than there is room for, and the next one is not made
            assertThat(api().metric("switchboard_bridge_queued_events{bridge=\"test\"}"))
                    .isBetween(1.0, LINES + 10.0);
        } finally {
            BROKER.kill();
            BROKER.startAgain();
        }
        assertThat(receiveLines(name, LINES)).containsExactlyElementsOf(lines(LINES));
        await().until(() -> problem().isEmpty());
    }

    @Test
    void givesUpAnEventThatIsTooLargeForTheTopic() throws Exception {
        broker().publish("events", null, "{}", null); // so that the topic exists
        try (Admin admin = BROKER.admin()) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.TOPIC, "events"),
                                    List.of(
                                            new AlterConfigOp(
                                                    new ConfigEntry("max.message.bytes", "50000"),
                                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        givesUpALineOf(60_000);
    }
}
