package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A thousand connections more than a listener takes: it keeps its cap, and tells the others. */
@Tag("system")
class ConnectionCapIT {
    private static final int CAP = 4_000;
    private static final int SHARE = CAP / 4;
    private static final int TOO_MANY = 1_000;
    private static final Duration LONGEST = Duration.ofSeconds(20);

    @Test
    void exactlyTheCapStaysAndTheRestIsTold() throws Exception {
        try (ChildService service =
                        ChildService.start("switchboard.listeners.default.max-connections=" + CAP);
                Crowd crowd = Crowd.connect(service.port(), CAP + TOO_MANY)) {
            awaitTurnedAway(crowd, "this listener takes at most " + CAP + " connections");

            assertThat(service.api().total()).isEqualTo(CAP);
            assertThat(refused(service, "default")).isEqualTo(TOO_MANY);
            assertAllHear(service, crowd);
            // what it has said is that it has started, and not a word of those it turned away
            assertThat(service.logged("").getLast()).contains("Started SwitchboardApplication");
        }
    }

    /** Who is not of this machine is who a proxy on it says: loopback itself has no share. */
    @Test
    void oneAddressGetsAQuarterAndOthersTheirs() throws Exception {
        try (ChildService service =
                        ChildService.start(
                                "switchboard.listeners.proxied.port=0",
                                "switchboard.listeners.proxied.max-connections=" + CAP,
                                "switchboard.listeners.proxied.proxy-protocol=true",
                                "switchboard.listeners.proxied.trusted-proxies=127.0.0.1");
                Crowd crowd = Crowd.connect(service.port("proxied"), SHARE + TOO_MANY);
                Crowd others = Crowd.connect(service.port("proxied"), SHARE)) {
            crowd.send("PROXY TCP4 203.0.113.7 192.0.2.1 4711 8000\r\n");
            awaitTurnedAway(
                    crowd,
                    "this listener takes at most " + SHARE + " connections from one address");
            assertThat(service.api().total()).isEqualTo(SHARE);
            assertThat(refused(service, "proxied")).isEqualTo(TOO_MANY);

            others.send("PROXY TCP4 203.0.113.8 192.0.2.1 4711 8000\r\n");
            service.api().awaitTotal(2 * SHARE);
            assertThat(refused(service, "proxied")).isEqualTo(TOO_MANY);
            assertAllHear(service, crowd);
            assertThat(others.gone()).isEmpty();
        }
    }

    /** Waits until all but those that stay have read why they may not, and then the end. */
    private static void awaitTurnedAway(Crowd crowd, String why) {
        String line = "error too_many_connections: " + why + "\n";
        await().atMost(LONGEST).until(() -> crowd.gone().size() >= TOO_MANY);
        assertThat(crowd.gone()).hasSize(TOO_MANY).allMatch(member -> member.hasRead(line));
    }

    private static void assertAllHear(ChildService service, Crowd crowd) {
        assertThat(service.api().post("/send?to=all", "still here").status()).isEqualTo(200);
        await().atMost(LONGEST)
                .until(
                        () ->
                                crowd.staying().stream()
                                        .allMatch(member -> member.hasRead("still here\n")));
        assertThat(crowd.gone()).hasSize(TOO_MANY);
    }

    private static int refused(ChildService service, String listener) {
        return (int)
                service.api()
                        .metric(
                                "switchboard_refused_connections_total{listener=\"%s\"}"
                                        .formatted(listener));
    }
}
