package io.switchboard.transport.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.UdpClient;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a UDP listener starts, fails to start, survives floods, and stops. */
class UdpLifeIT {
    private static final int TERMINATED = 128 + 15;
    private static final int MAX_PEERS = 10_000;
    private static final int MAX_SENT = 200_000;
    private static final long HEAP_SLACK = 2_000_000;

    @Test
    void drainSendsTheFarewellToEveryAddress() throws Exception {
        try (ChildService service =
                ChildService.start(
                        "switchboard.listeners.udp.transport=udp",
                        "switchboard.listeners.udp.port=0",
                        "switchboard.drain.delay=1s",
                        "switchboard.drain.farewell=good night")) {
            try (UdpClient client = UdpClient.of(service.port("udp"));
                    UdpClient other = UdpClient.of(service.port("udp"))) {
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

    /** A sender that always uses new addresses fills the table of peers, but no other memory. */
    @Test
    void floodFromManyAddressesKeepsTheHeapFlat() throws Exception {
        try (ChildService service =
                ChildService.startWithOptions(
                        "-Xmx96m",
                        "switchboard.listeners.udp.idle-timeout=10m",
                        "switchboard.listeners.udp.transport=udp",
                        "switchboard.listeners.udp.port=0",
                        "switchboard.listeners.udp.receive-buffer=4MB",
                        "switchboard.listeners.udp.max-connections=" + MAX_PEERS)) {
            int port = service.port("udp");
            byte[] payload = new byte[1_000];
            int sent = 0;
            do {
                for (int i = 0; i < 1_000; i++) {
                    sendFromANewAddress(payload, port);
                }
                sent += 1_000;
            } while (refused(service) < 2_000 && sent < MAX_SENT);
            assertThat(refused(service)).isGreaterThanOrEqualTo(2_000);
            assertThat(service.api().total()).isEqualTo(MAX_PEERS);
            long before = heapInUse(service);
            int refusedBefore = refused(service);
            for (int i = 0; i < MAX_PEERS; i++) {
                sendFromAnAddressWithoutAPeer(payload, port);
            }
            await().until(() -> refused(service) >= refusedBefore + MAX_PEERS / 2);
            // Wait: datagrams that are read during a collection become garbage only after it.
            await().until(() -> heapInUse(service) - before < HEAP_SLACK);
            try (RawClient stream = service.connect()) {
                // Not found by its port, because some UDP peers have the same port number.
                String id =
                        await().until(
                                        () ->
                                                service.api()
                                                        .get("/peers?listener=default")
                                                        .json()
                                                        .at("/peers/0/id")
                                                        .asString(),
                                        found -> !found.isEmpty());
                assertThat(service.api().post("/send?to=" + id, "still here").status())
                        .isEqualTo(200);
                assertThat(stream.readLine()).isEqualTo("still here");
            }
            assertThat(service.logged("OutOfMemoryError")).isEmpty();
            assertThat(service.logged(" ERROR ")).isEmpty();
            assertThat(service.logged(" WARN ")).noneMatch(line -> line.contains("listener udp"));
        }
    }

    /** Each peer's history is bounded, and so are all histories together. */
    @Test
    void longDatagramsFromManyAddressesLeaveHeapForTheRest() throws Exception {
        byte[] payload = new byte[60_000];
        try (ChildService service =
                ChildService.startWithOptions(
                        "-Xmx96m",
                        "switchboard.listeners.udp.idle-timeout=10m",
                        "switchboard.listeners.udp.transport=udp",
                        "switchboard.listeners.udp.port=0")) {
            int port = service.port("udp");
            // The kernel's receive buffer holds three of them; it drops the others.
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .atMost(Duration.ofMinutes(4))
                    .until(
                            () -> {
                                for (int i = 0; i < 100; i++) {
                                    sendFromANewAddress(payload, port);
                                }
                                return service.api().total() >= 2_500;
                            });
            // Wait: what is in use during a collection becomes garbage only after it.
            await().until(() -> heapInUse(service) < 64_000_000);
            assertThat(service.api().metric("switchboard_history_bytes"))
                    .isBetween(4_000_000.0, 96 * 1024 * 1024 / 10.0);
            assertThat(service.logged("OutOfMemoryError")).isEmpty();
        }
    }

    private static void sendFromANewAddress(byte[] payload, int port) throws IOException {
        try (UdpClient client = UdpClient.of(port)) {
            client.send(payload);
        }
    }

    private static void sendFromAnAddressWithoutAPeer(byte[] payload, int port) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.2"))) {
            InetAddress service = InetAddress.ofLiteral("127.0.0.1");
            socket.send(new DatagramPacket(payload, payload.length, service, port));
        }
    }

    /** Returns the bytes of heap in use right after a garbage collection. */
    private static long heapInUse(ChildService service) throws Exception {
        String jcmd = System.getProperty("java.home") + "/bin/jcmd";
        try (Child collection =
                Child.start(jcmd, Long.toString(service.process().pid()), "GC.run")) {
            assertThat(collection.awaitExit()).isZero();
        }
        return service.api()
                .get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\""))
                .mapToLong(line -> (long) Double.parseDouble(line.split("} ", -1)[1]))
                .sum();
    }

    private static int refused(ChildService service) {
        return (int)
                service.api().metric("switchboard_refused_connections_total{listener=\"udp\"}");
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
    void unknownInterfaceStopsTheStart() throws Exception {
        assertThat(
                        failedStart(
                                "port=0",
                                "host=0.0.0.0",
                                "multicast-groups=239.255.77.1",
                                "multicast-interface=none0"))
                .contains("switchboard.listeners.udp.multicast-interface")
                .contains("none0")
                .contains("there is no such network interface: set it to one of [");
    }

    /** Returns the console output of a service that fails to start. */
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
