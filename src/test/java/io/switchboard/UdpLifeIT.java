package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** How a listener of UDP starts, or does not, and how it ends. */
class UdpLifeIT {
    private static final int TERMINATED = 128 + 15;

    @Test
    void drainTakesLeaveOfEveryAddress() throws Exception {
        try (ChildService service =
                ChildService.start(
                        "switchboard.listeners.udp.transport=udp",
                        "switchboard.listeners.udp.port=0",
                        "switchboard.drain.delay=1s",
                        "switchboard.drain.farewell=good night")) {
            try (UdpClient client = UdpClient.of(portOf(service));
                    UdpClient other = UdpClient.of(portOf(service))) {
                client.send("hello");
                other.send("hello");
                service.api().awaitTotal(2);
                service.process().terminate();
                assertThat(client.receive()).isEqualTo("good night");
                assertThat(other.receive()).isEqualTo("good night");
                assertThat(service.process().awaitExit()).isEqualTo(TERMINATED);
            }
            assertThat(service.logged("drained: 0 peers left")).hasSize(1);
            assertThat(service.logged(" ERROR ")).isEmpty();
        }
    }

    private static int portOf(ChildService service) {
        for (JsonNode each : service.api().get("/listeners").json().get("listeners")) {
            if (each.get("name").asString().equals("udp")) {
                return each.at("/address/port").asInt();
            }
        }
        throw new AssertionError("there is no listener udp");
    }

    @Test
    void portInUseStopsTheStart() throws Exception {
        try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            assertThat(failedStart("port=" + taken.getLocalPort()))
                    .contains("switchboard.listeners.udp.port=" + taken.getLocalPort())
                    .contains("Address already in use");
        }
    }

    @Test
    void interfaceThatIsNotThereStopsTheStart() throws Exception {
        assertThat(
                        failedStart(
                                "port=0",
                                "host=0.0.0.0",
                                "multicast-groups=239.255.77.1",
                                "multicast-interface=none0"))
                .contains("switchboard.listeners.udp.multicast-interface")
                .contains("none0")
                .contains("there is no such network interface: there are [");
    }

    /** What it says on the console before it gives up. */
    private static String failedStart(String... keys) throws Exception {
        List<String> all =
                new ArrayList<>(
                        List.of(
                                "--server.port=0",
                                "--switchboard.listeners.default.port=0",
                                "--switchboard.listeners.udp.transport=udp"));
        for (String key : keys) {
            all.add("--switchboard.listeners.udp." + key);
        }
        try (Child service = Child.service(all)) {
            assertThat(service.awaitExit()).isEqualTo(1);
            assertThat(service.output()).doesNotContain("\tat ");
            return service.output();
        }
    }
}
