package io.switchboard.http.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.cluster.redis.CutNetwork;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Cuts the network of two peers without a FIN or RST, with default settings. Data is in flight to
 * one of them and not to the other.
 */
@Tag("netns")
@Tag("beside")
class HalfOpenIT {
    private static final Duration FOUND_BY_SWEEP = Duration.ofSeconds(40);

    private static final Duration FOUND_BY_KEEPALIVE = Duration.ofMinutes(3);

    @Test
    void halfOpenConnectionsAreFoundWithAndWithoutDataInFlight() throws Exception {
        try (CutNetwork network = CutNetwork.make();
                ChildService service =
                        ChildService.start(
                                "switchboard.listeners.default.host=" + network.address());
                Child sentTo = network.client(service.port())) {
            service.api().awaitTotal(1);
            String sentToId = only(service);
            try (Child idle = network.client(service.port())) {
                service.api().awaitTotal(2);
                assertThat(service.api().post("/send?to=all&wait=acked", "before").status())
                        .isEqualTo(200);
                idle.awaitOutput("before");

                network.cut();
                Instant cut = Instant.now();
                Api.Answer lost =
                        service.api().post("/send?wait=acked&timeout=500ms&to=" + sentToId, "lost");
                assertThat(lost.status()).isEqualTo(202);

                Duration withData = closedAfter(service, sentToId, cut, FOUND_BY_SWEEP);
                assertThat(closeReason(service, sentToId)).isEqualTo("unacknowledged");
                String idleId = only(service);
                Duration without = closedAfter(service, idleId, cut, FOUND_BY_KEEPALIVE);
                assertThat(closeReason(service, idleId)).isEqualTo("reset");
                System.out.printf(
                        "half-open: closed %d ms after the cut with data in flight, %d ms without%n",
                        withData.toMillis(), without.toMillis());
                assertThat(List.of(sentTo, idle)).allMatch(Child::isAlive);
            }
        }
    }

    private static String only(ChildService service) {
        assertThat(service.api().total()).isEqualTo(1);
        return service.api().peers().getFirst().get("id").asString();
    }

    /** Returns the time to the close by the service's clock, which is this machine's clock. */
    private static Duration closedAfter(
            ChildService service, String id, Instant cut, Duration limit) {
        JsonNode closed =
                await().pollInterval(Duration.ofMillis(100))
                        .atMost(limit.plusSeconds(5))
                        .until(
                                () -> service.api().peer(id),
                                peer -> peer.get("state").asString().equals("closed"));
        Duration after = Duration.between(cut, Instant.parse(closed.get("closedAt").asString()));
        assertThat(after).isLessThanOrEqualTo(limit);
        return after;
    }

    private static String closeReason(ChildService service, String id) {
        return service.api().peer(id).get("closeReason").asString();
    }
}
