package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Crowd;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A thousand connections above max-connections are refused with an error line. */
@Tag("system")
class ConnectionCapIT {
    private static final int LIMIT = 4_000;
    private static final int PER_ADDRESS = LIMIT / 4;
    private static final int EXCESS = 1_000;

    @Test
    void keepsConnectionsUpToTheLimitAndRefusesTheRest() throws Exception {
        try (ChildService service =
                        ChildService.start(
                                "switchboard.listeners.default.max-connections=" + LIMIT);
                Crowd crowd = Crowd.connect(service.port(), LIMIT + EXCESS)) {
            awaitRefused(crowd, "this listener takes at most " + LIMIT + " connections");

            assertThat(service.api().total()).isEqualTo(LIMIT);
            await().until(() -> refused(service, "default") == EXCESS);
            assertConnectedReceive(service, crowd);
            // the log ends with the start: refused connections are not logged
            assertThat(service.logged("").getLast()).contains("Started SwitchboardApplication");
        }
    }

    /**
     * The clients' addresses come from PROXY headers, because loopback has no limit per address.
     */
    @Test
    void limitsEachAddressToAQuarter() throws Exception {
        try (ChildService service =
                        ChildService.start(
                                "switchboard.listeners.proxied.port=0",
                                "switchboard.listeners.proxied.handshake-deadline=5m",
                                "switchboard.listeners.proxied.max-connections=" + LIMIT,
                                "switchboard.listeners.proxied.proxy-protocol=true",
                                "switchboard.listeners.proxied.trusted-proxies=127.0.0.1");
                Crowd crowd = Crowd.connect(service.port("proxied"), PER_ADDRESS + EXCESS);
                Crowd others = Crowd.connect(service.port("proxied"), PER_ADDRESS)) {
            crowd.send("PROXY TCP4 203.0.113.7 192.0.2.1 4711 8000\r\n");
            awaitRefused(
                    crowd,
                    "this listener takes at most " + PER_ADDRESS + " connections from one address");
            assertThat(service.api().total()).isEqualTo(PER_ADDRESS);
            await().until(() -> refused(service, "proxied") == EXCESS);

            others.send("PROXY TCP4 203.0.113.8 192.0.2.1 4711 8000\r\n");
            service.api().awaitTotal(2 * PER_ADDRESS);
            assertThat(refused(service, "proxied")).isEqualTo(EXCESS);
            assertConnectedReceive(service, crowd);
            assertThat(others.disconnected()).isEmpty();
        }
    }

    /** Waits until the connections above the limit have read the reason and the end of stream. */
    private static void awaitRefused(Crowd crowd, String reason) {
        String line = "error too_many_connections: " + reason + "\n";
        await().until(() -> crowd.disconnected().size() >= EXCESS);
        assertThat(crowd.disconnected()).hasSize(EXCESS).allMatch(member -> member.hasRead(line));
    }

    private static void assertConnectedReceive(ChildService service, Crowd crowd) {
        assertThat(service.api().post("/send?to=all", "still here").status()).isEqualTo(200);
        await().until(
                        () ->
                                crowd.connected().stream()
                                        .allMatch(member -> member.hasRead("still here\n")));
        assertThat(crowd.disconnected()).hasSize(EXCESS);
    }

    private static int refused(ChildService service, String listener) {
        return (int)
                service.api()
                        .metric(
                                "switchboard_refused_connections_total{listener=\"%s\"}"
                                        .formatted(listener));
    }
}
