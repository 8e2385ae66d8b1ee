package io.switchboard.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.Consumer;
import io.lettuce.core.XClaimArgs;
import io.switchboard.bridge.BrokerClient.Received;
import io.switchboard.http.audit.AuditLog;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A bridge to Redis Streams, with a real Redis. */
@WithService
@Tag("system")
@Tag("beside")
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.identify.pattern=^name (?<name>\\\\S+)",
            "switchboard.bridges.test.type=redis-stream",
            "switchboard.bridges.test.events-to=events",
            "switchboard.bridges.test.sends-from=sends",
            "switchboard.bridges.test.results-to=results",
            "switchboard.bridges.test.queue=100"
        })
class RedisBridgeIT extends BridgeContract {
    private static final RedisBrokerClient BROKER = closedAtExit(RedisBrokerClient.start());

    RedisBridgeIT(@Autowired RunningService service) {
        super(service);
    }

    @DynamicPropertySource
    static void broker(DynamicPropertyRegistry properties) {
        properties.add("spring.data.redis.host", () -> "127.0.0.1");
        properties.add("spring.data.redis.port", BROKER::port);
    }

    @Override
    BrokerClient broker() {
        return BROKER;
    }

    @Test
    void aFullRedisStopsPeersAndLosesNothing() throws Exception {
        String name = unique("sensor");
        RawClient peer = connect(name);
        receive("events", 1, each -> name.equals(each.key()));
        BROKER.connection().sync().configSet("maxmemory", "1");
        try {
            for (int line = 0; line < 999; line++) {
                peer.send("line " + line + "\n");
            }
            await().until(() -> problem().contains("OOM"));
            peer.send("line 999\n"); // one read may have brought all others
            await().until(() -> api().metric("switchboard_paused_peers{listener=\"default\"}") > 0);
            // a read may bring more than there is room for, and the next one is not made
            assertThat(api().metric("switchboard_bridge_queued_events{bridge=\"test\"}"))
                    .isBetween(1.0, 1_010.0);
        } finally {
            BROKER.connection().sync().configSet("maxmemory", "0");
        }
        assertThat(receiveLines(name, 1_000)).containsExactlyElementsOf(lines(1_000));
    }

    /** The broker delivers a record again, of which another consumer has not said that it ended. */
    @Test
    void takesOverARecordAndSendsItOnce() throws Exception {
        String name = unique("lamp");
        RawClient peer = connect(name);
        BROKER.publish("sends", null, "{\"to\":\"%s\",\"text\":\"on\"}".formatted(name), name);
        assertThat(peer.readLine()).isEqualTo("on");
        String id =
                receive("results", 1, each -> name.equals(each.values().get("correlation")))
                        .getFirst()
                        .values()
                        .get("record");
        BROKER.connection()
                .sync()
                .xclaim(
                        "sends",
                        Consumer.from("switchboard-test", "gone"),
                        XClaimArgs.Builder.minIdleTime(0).idle(100_000L).force(),
                        id);
        List<Received> results =
                receive("results", 2, each -> name.equals(each.values().get("correlation")));
        assertThat(results.get(1).body()).isEqualTo(results.get(0).body());
        BROKER.publish("sends", null, "{\"to\":\"%s\",\"text\":\"off\"}".formatted(name), null);
        assertThat(peer.readLine()).isEqualTo("off");
    }

    @Test
    void writesAnAuditLineForEachSend() throws Exception {
        String name = unique("gate");
        RawClient peer = connect(name);
        try (AuditLog audit = new AuditLog()) {
            BROKER.publish("sends", null, "{\"to\":\"%s\",\"text\":\"up\"}".formatted(name), name);
            BROKER.publish("sends", null, "{\"to\":\"%s\",\"ttl\":1}".formatted(name), name);
            List<Received> results =
                    receive("results", 2, each -> name.equals(each.values().get("correlation")));
            assertThat(peer.readLine()).isEqualTo("up");
            JsonNode sent = line(audit, results.get(0));
            assertThat(sent.path("who").asString()).isEqualTo("bridge:test");
            assertThat(sent.path("what").asString()).isEqualTo("POST /send");
            assertThat(sent.path("targets").toString()).isEqualTo("[\"%s\"]".formatted(name));
            assertThat(sent.path("status").asInt()).isEqualTo(200);
            assertThat(sent.path("delivery").asString()).isNotEmpty();
            JsonNode refused = line(audit, results.get(1));
            assertThat(refused.path("status").asInt()).isEqualTo(400);
            assertThat(refused.path("reason").asString()).isEqualTo("bad_request");
        }
    }

    /** Returns the only audit line of the record of a report. */
    private static JsonNode line(AuditLog audit, Received report) {
        String record = report.values().get("record");
        List<JsonNode> lines =
                audit.lines().stream()
                        .map(JsonMapper.shared()::readTree)
                        .filter(each -> each.path("from").asString().equals(record))
                        .toList();
        assertThat(lines).hasSize(1);
        return lines.getFirst();
    }
}
