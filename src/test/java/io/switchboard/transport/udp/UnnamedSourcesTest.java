package io.switchboard.transport.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.transport.udp.UdpSocket.Source;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class UnnamedSourcesTest {
    /** The ends overflow, as those of System.nanoTime may. */
    private static final long BEGIN = Long.MAX_VALUE - UnnamedSources.KEPT_NANOS / 2;

    private final UnnamedSources sources = new UnnamedSources();

    private static Source source(int port) {
        return new Source(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), port));
    }

    @Test
    void hasAnAddressForAMinuteAfterTheLastClose() {
        sources.add(source(1), BEGIN);
        sources.add(source(2), BEGIN + 1);
        long end = BEGIN + UnnamedSources.KEPT_NANOS;
        assertThat(sources.contains(source(1), end - 1)).isTrue();
        assertThat(sources.contains(source(1), end)).isFalse();
        assertThat(sources.contains(source(2), end)).isTrue();
        assertThat(sources.contains(source(3), BEGIN)).isFalse();
        sources.add(source(1), end - 1);
        assertThat(sources.contains(source(1), end)).isTrue();
        assertThat(sources.contains(source(1), end - 1 + UnnamedSources.KEPT_NANOS)).isFalse();
    }

    @Test
    void isFullUntilTheOldestEnd() {
        for (int port = 1; port <= UnnamedSources.MAX; port++) {
            assertThat(sources.isFull(BEGIN + port)).isFalse();
            sources.add(source(port), BEGIN + port);
        }
        sources.add(source(2), BEGIN + UnnamedSources.MAX);
        long firstEnd = BEGIN + 1 + UnnamedSources.KEPT_NANOS;
        assertThat(sources.isFull(firstEnd - 1)).isTrue();
        assertThat(sources.isFull(firstEnd)).isFalse();
        assertThat(sources.contains(source(2), firstEnd + 2)).isTrue();
    }
}
