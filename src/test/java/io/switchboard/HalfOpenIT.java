package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Peers whose network is cut without a word, all settings as they come: one to which something is
 * under way, and one that nobody speaks to.
 */
@Tag("netns")
@Tag("beside")
class HalfOpenIT {
    private static final Duration FOUND_BY_SWEEP = Duration.ofSeconds(12);

    private static final Duration FOUND_BY_KEEPALIVE = Duration.ofSeconds(125);

    @Test
    void areFoundWhetherSomethingIsUnderWayOrNot() throws Exception {
        try (CutNetwork network = CutNetwork.make();
                ChildService service =
                        ChildService.start(
                                "switchboard.listeners.default.host=" + network.address());
                Child spokenTo = network.client(service.port())) {
            service.api().awaitTotal(1);
            String waiting = only(service);
            try (Child quiet = network.client(service.port())) {
                service.api().awaitTotal(2);
                assertThat(service.api().post("/send?to=all&wait=acked", "before").status())
                        .isEqualTo(200);
                quiet.awaitOutput("before");

                network.cut();
                Instant cut = Instant.now();
                Api.Answer lost =
                        service.api().post("/send?wait=acked&timeout=500ms&to=" + waiting, "lost");
                assertThat(lost.status()).isEqualTo(202);

                Duration withData = goneAfter(service, waiting, cut, FOUND_BY_SWEEP);
                assertThat(closeReason(service, waiting)).isEqualTo("unacknowledged");
                String silent = only(service);
                Duration without = goneAfter(service, silent, cut, FOUND_BY_KEEPALIVE);
                assertThat(closeReason(service, silent)).isEqualTo("reset");
                System.out.printf(
                        "half-open: gone %d ms after the cut with data in flight, %d ms with none%n",
                        withData.toMillis(), without.toMillis());
                assertThat(List.of(spokenTo, quiet)).allMatch(Child::isAlive);
            }
        }
    }

    private static String only(ChildService service) {
        assertThat(service.api().total()).isEqualTo(1);
        return service.api().peers().getFirst().get("id").asString();
    }

    /** By the service's own clock, which is this machine's. */
    private static Duration goneAfter(
            ChildService service, String id, Instant cut, Duration longest) {
        JsonNode closed =
                await().pollInterval(Duration.ofMillis(100))
                        .atMost(longest.plusSeconds(5))
                        .until(
                                () -> service.api().peer(id),
                                peer -> peer.get("state").asString().equals("closed"));
        Duration after = Duration.between(cut, Instant.parse(closed.get("closedAt").asString()));
        assertThat(after).isLessThanOrEqualTo(longest);
        return after;
    }

    private static String closeReason(ChildService service, String id) {
        return service.api().peer(id).get("closeReason").asString();
    }
}
