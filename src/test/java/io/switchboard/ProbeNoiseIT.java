package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
 * Twenty thousand health checks of the rude kind: each connects, says nothing, and resets. An RST
 * leaves no TIME_WAIT behind, so that ports do not run out.
 */
@Tag("system")
class ProbeNoiseIT {
    private static final int PROBES = 20_000;
    private static final Duration BACK = Duration.ofSeconds(2);

    @Test
    void areACounterAndNoLogLine() throws Exception {
        try (ChildService service = ChildService.start()) {
            probe(service.port(), 1_000);
            service.api().awaitTotal(0);
            double counted = counted(service);
            List<String> log = service.logged("");
            int before = descriptors(service);

            long start = System.nanoTime();
            probe(service.port(), PROBES);
            long last = System.nanoTime();
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .atMost(BACK)
                    .until(() -> descriptors(service) <= before);
            System.out.printf(
                    "probe noise: %d in %d ms, descriptors back to %d after %d ms%n",
                    PROBES,
                    (last - start) / 1_000_000,
                    before,
                    (System.nanoTime() - last) / 1_000_000);

            service.api().awaitTotal(0);
            assertThat(counted(service) - counted).isEqualTo(PROBES);
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

    private static double counted(ChildService service) {
        return service.api().metric("switchboard_probe_connections_total{listener=\"default\"}");
    }

    private static int descriptors(ChildService service) throws IOException {
        return ChildFootprint.of(service.process()).descriptors();
    }
}
