package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.bridge.BrokerClient.Received;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** A bridge to an MQTT broker by TLS, with Debian's mosquitto. */
@WithService
@Tag("system")
@Tag("beside")
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.identify.pattern=^name (?<name>\\\\S+)",
            "switchboard.bridges.test.type=mqtt",
            "switchboard.bridges.test.tls-bundle=broker",
            "switchboard.bridges.test.events-to=events",
            "switchboard.bridges.test.sends-from=sends",
            "switchboard.bridges.test.results-to=results",
            "switchboard.bridges.test.presence-to=presence/{name}",
            "switchboard.bridges.test.status-to=status",
            "switchboard.bridges.test.queue=100"
        })
class MqttBridgeIT extends BridgeContract {
    private static final String QUEUED = "switchboard_bridge_queued_events{bridge=\"test\"}";
    private static final String POSTED = "switchboard_bridge_posted_events_total{bridge=\"test\"}";

    /** What Mosquitto logs when the bridge subscribes to the names below {@code sends}. */
    private static final String SUBSCRIBED = " 1 sends/+";

    private static final MqttBrokerClient BROKER = closedAtExit(MqttBrokerClient.start());

    MqttBridgeIT(@Autowired RunningService service) {
        super(service);
    }

    @DynamicPropertySource
    static void broker(DynamicPropertyRegistry properties) {
        properties.add("switchboard.bridges.test.url", BROKER::secureUrl);
        properties.add(
                "spring.ssl.bundle.pem.broker.truststore.certificate",
                BROKER.certificate().certificate()::toString);
    }

    /** The broker discards a request that is published before the bridge has subscribed. */
    @BeforeEach
    void awaitSubscription() {
        await().until(() -> BROKER.log().contains(SUBSCRIBED));
    }

    @Override
    BrokerClient broker() {
        return BROKER;
    }

    @Test
    void aPayloadGoesToTheNameInItsTopic() throws Exception {
        String name = unique("door") + "+ü";
        RawClient peer = connect(name);
        BROKER.publish("sends/" + name.replace("+", "%2B"), null, "open {sesame}", name);
        assertThat(peer.readLine()).isEqualTo("open {sesame}");
        Received result =
                receive("results", 1, each -> name.equals(each.values().get("correlation")))
                        .getFirst();
        assertThat(json(result).path("status").asInt()).isEqualTo(200);
        assertThat(result.values()).containsEntry("content-type", "application/json");
    }

    @Test
    void aPayloadToSeveralPeersGoesToTheDeadOnes() throws Exception {
        String mark = unique("all");
        BROKER.publish("sends/all", null, mark, null);
        Received dead = receive("sends.dead", 1, each -> each.body().equals(mark)).getFirst();
        assertThat(dead.values().get("detail")).startsWith("'all' is no name of one peer");
    }

    @Test
    void publishesThePresenceOfPeersAndItsOwnStatus() throws Exception {
        String name = unique("car");
        RawClient peer = connect(name);
        receive("presence/" + name, 1, each -> each.body().equals("online"));
        peer.close();
        receive("presence/" + name, 1, each -> each.body().equals("offline peer_closed"));
        receive("status", 1, each -> each.body().equals("online"));
        assertThat(BROKER.retained("presence/" + name)).isEqualTo("offline peer_closed");
    }

    /**
     * Both deliveries of the broker have the same correlation data, which is the id of the send.
     */
    @Test
    void sendsARepeatedRequestOnce() throws Exception {
        String name = unique("bell");
        RawClient peer = connect(name);
        String ring = "{\"to\":\"%s\",\"text\":\"ring\"}".formatted(name);
        BROKER.publish("sends", null, ring, name);
        BROKER.publish("sends", null, ring, name);
        List<Received> results =
                receive("results", 2, each -> name.equals(each.values().get("correlation")));
        assertThat(results.get(1).body()).isEqualTo(results.get(0).body());
        BROKER.publish("sends/" + name, null, "end", null);
        assertThat(peer.readLine()).isEqualTo("ring");
        assertThat(peer.readLine()).isEqualTo("end");
    }

    @Test
    void givesUpAnEventThatIsTooLargeForTheBroker() throws Exception {
        givesUpALineOf(MqttBrokerClient.MAX_PAYLOAD);
    }

    /** The broker answers each event with a reason code, and keeps the connection. */
    @Test
    void aBrokerThatRefusesEventsStopsPeersAndLosesNothing() throws Exception {
        String name = unique("sensor");
        RawClient peer = connect(name);
        receive("events", 1, each -> name.equals(each.key()));
        BROKER.refuse("events");
        try {
            peer.send("line 0\n");
            await().until(() -> problem().contains("0x87 (not authorized)"));
            for (int line = 1; line < 1_000; line++) {
                peer.send("line " + line + "\n");
            }
            await().until(() -> api().metric("switchboard_paused_peers{listener=\"default\"}") > 0);
            assertThat(api().metric("switchboard_bridge_queued_events{bridge=\"test\"}"))
                    .isBetween(1.0, 1_010.0);
        } finally {
            BROKER.allowAll();
        }
        assertThat(receiveLines(name, 1_000)).containsExactlyElementsOf(lines(1_000));
    }

    /**
     * After SIGKILL, mosquitto has lost what it has acknowledged and not yet passed on. The bridge
     * loses nothing else: per peer, it goes on with the first line without an acknowledgement.
     */
    @Test
    void afterSigkillOnlyWhatTheBrokerHadAcknowledgedIsLost() throws Exception {
        List<String> names = List.of(unique("a"), unique("b"), unique("c"), unique("d"));
        List<RawClient> peers = new ArrayList<>();
        for (String name : names) {
            peers.add(connect(name));
            receive("events", 1, each -> name.equals(each.key()));
        }
        await().until(() -> api().metric(QUEUED) == 0);
        double before = api().metric(POSTED);
        for (int line = 0; line < 120; line++) {
            for (RawClient peer : peers) {
                peer.send("line " + line + "\n");
            }
            if (line == 60) {
                BROKER.killWithoutSaving();
            }
        }
        await().until(() -> problem().contains("not connected"));
        double acknowledged = api().metric(POSTED) - before;
        BROKER.startAgainWithoutSessions("events");
        int lost = 0;
        int resumed = 0;
        for (String name : names) {
            List<String> received = awaitLine(name, 119);
            int next = 0;
            for (String each : received) {
                int number = Integer.parseInt(each.substring("line ".length()));
                if (number > next) {
                    lost += number - next;
                    resumed += number;
                    assertThat(number).as("%s received %s", name, received).isLessThanOrEqualTo(61);
                }
                assertThat(number)
                        .as("%s received %s", name, received)
                        .isGreaterThanOrEqualTo(next);
                next = number + 1;
            }
        }
        assertThat((double) resumed).isLessThanOrEqualTo(acknowledged);
        assertThat(lost).isLessThanOrEqualTo(resumed);
        await().until(() -> api().metric(QUEUED) == 0);
        assertThat(api().metric(POSTED) - before).isGreaterThanOrEqualTo(4 * 120.0);
        await().until(() -> BROKER.log().contains(SUBSCRIBED)); // again, to the new process
        BROKER.publish("sends/" + names.getFirst(), null, "back", null);
        assertThat(peers.getFirst().readLine()).isEqualTo("back");
    }

    @Test
    void bothConnectionsUseTls() {
        Pattern connected =
                Pattern.compile("New client connected from (\\S+) as switchboard-test-(\\S+) ");
        await().untilAsserted(
                        () -> {
                            String log = BROKER.log();
                            List<MatchResult> clients = connected.matcher(log).results().toList();
                            assertThat(clients).anyMatch(each -> each.group(2).endsWith("-events"));
                            assertThat(clients)
                                    .anyMatch(each -> !each.group(2).endsWith("-events"));
                            assertThat(clients)
                                    .allSatisfy(
                                            each ->
                                                    assertThat(log)
                                                            .contains(
                                                                    "New connection from %s on port %d."
                                                                            .formatted(
                                                                                    each.group(1),
                                                                                    BROKER
                                                                                            .securePort())));
                        });
    }
}
