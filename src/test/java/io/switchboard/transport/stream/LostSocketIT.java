package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.PeerRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.util.ReflectionTestUtils;

/** A listening socket that is lost while the service runs is bound again. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "switchboard.listeners.default.port=0",
            "switchboard.listeners.local.transport=unix",
            "switchboard.drain.delay=0s"
        })
@DirtiesContext
class LostSocketIT {
    @TempDir private static Path directory;

    @Autowired
    @Qualifier("defaultSockets")
    private StreamServerConnectionFactory tcp;

    @Autowired
    @Qualifier("localSockets")
    private StreamServerConnectionFactory local;

    @Autowired private PeerRegistry registry;
    @Autowired private HealthEndpoint health;

    @DynamicPropertySource
    static void listener(DynamicPropertyRegistry properties) {
        properties.add("switchboard.listeners.local.path", () -> path().toString());
    }

    private static Path path() {
        return directory.resolve("peers.sock");
    }

    private Status status(String listener) {
        return Objects.requireNonNull(health.healthForPath("listeners", listener)).getStatus();
    }

    @Test
    void bindsTheChosenPortAgain() throws Exception {
        int port = tcp.getPort();
        int before = registry.sessions().size();
        Object acceptLoop = Objects.requireNonNull(ReflectionTestUtils.getField(tcp, "acceptLoop"));
        ((ServerSocketChannel)
                        Objects.requireNonNull(ReflectionTestUtils.getField(acceptLoop, "server")))
                .close();
        await().until(tcp::listening);
        assertThat(tcp.getPort()).isEqualTo(port);
        try (SocketChannel client =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            await().until(() -> registry.sessions().size() == before + 1);
            assertThat(client.isConnected()).isTrue();
        }
    }

    @Test
    void aListenerWithoutItsSocketFileIsDownUntilItIsBoundAgain() throws Exception {
        assertThat(status("local")).isEqualTo(Status.UP);
        // another socket takes the path, in one step, so that the listener cannot be faster
        Path another = directory.resolve("another.sock");
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(another));
            Files.move(another, path(), StandardCopyOption.ATOMIC_MOVE);
            assertThat(status("local")).isEqualTo(Status.DOWN);
            assertThat(status("default")).isEqualTo(Status.UP);
            await().until(() -> local.socketAddress() == null);
            assertThat(status("local")).isEqualTo(Status.DOWN);
        }
        await().until(() -> status("local").equals(Status.UP));
        SocketChannel.open(UnixDomainSocketAddress.of(path())).close();
    }
}
