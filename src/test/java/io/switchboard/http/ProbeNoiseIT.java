package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.ChildFootprint;
import io.switchboard.testkit.ChildService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests 20,000 TCP health checks that each connect, send nothing and reset the connection. An RST
 * leaves no TIME_WAIT, so that the test does not run out of ports.
 */
@Tag("system")
class ProbeNoiseIT {
    private static final int PROBES = 20_000;

    @Test
    void probesIncreaseACounterAndWriteNoLogLine() throws Exception {
        try (ChildService service = ChildService.start()) {
            probe(service.port(), 1_000);
            service.api().awaitTotal(0);
            double countBefore = probesCounted(service);
            List<String> log = service.logged("");
            int before = openDescriptors(service);

            long start = System.nanoTime();
            probe(service.port(), PROBES);
            long last = System.nanoTime();
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> openDescriptors(service) <= before);
            System.out.printf(
                    "probe noise: %d in %d ms, descriptors back to %d after %d ms%n",
                    PROBES,
                    (last - start) / 1_000_000,
                    before,
                    (System.nanoTime() - last) / 1_000_000);

            service.api().awaitTotal(0);
            assertThat(probesCounted(service) - countBefore).isEqualTo(PROBES);
            assertThat(service.logged("")).isEqualTo(log);
        }
    }

    private static void probe(int port, int count) throws IOException {
        InetSocketAddress service = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        for (int i = 0; i < count; i++) {
            try (SocketChannel probe = SocketChannel.open(service)) {
                probe.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        }
    }

    private static double probesCounted(ChildService service) {
        return service.api().metric("switchboard_probe_connections_total{listener=\"default\"}");
    }

    private static int openDescriptors(ChildService service) throws IOException {
        return ChildFootprint.of(service.process()).descriptors();
    }
}
