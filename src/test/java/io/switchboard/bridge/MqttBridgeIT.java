package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.bridge.BrokerClient.Received;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** A bridge to an MQTT broker, with Debian's mosquitto. */
@WithService
@Tag("system")
@Tag("beside")
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.identify.pattern=^name (?<name>\\\\S+)",
            "switchboard.bridges.test.type=mqtt",
            "switchboard.bridges.test.events-to=events",
            "switchboard.bridges.test.sends-from=sends",
            "switchboard.bridges.test.results-to=results",
            "switchboard.bridges.test.presence-to=presence/{name}",
            "switchboard.bridges.test.status-to=status",
            "switchboard.bridges.test.queue=100"
        })
class MqttBridgeIT extends BridgeContract {
    private static final MqttBrokerClient BROKER = MqttBrokerClient.start();

    MqttBridgeIT(@Autowired RunningService service) {
        super(service);
    }

    @DynamicPropertySource
    static void broker(DynamicPropertyRegistry properties) {
        properties.add("switchboard.bridges.test.url", BROKER::url);
    }

    @Override
    BrokerClient broker() {
        return BROKER;
    }

    @AfterAll
    static void close() throws Exception {
        BROKER.close();
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
}
