package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.switchboard.peer.PeerRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;

/** The backlog holds a thousand connections that arrive at once before any is accepted. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"switchboard.listeners.default.port=0", "switchboard.drain.delay=0s"})
@DirtiesContext
class BacklogIT {
    private static final int CROWD = 1_000;
    private static final int CONNECT_MILLIS = 10_000;

    @Autowired
    @Qualifier("defaultSockets")
    private StreamServerConnectionFactory factory;

    @Autowired private PeerRegistry registry;

    @Test
    void holdsAThousandConnectionsBeforeTheFirstIsAccepted() throws Exception {
        // in one read: a second read of a sysctl file returns nothing
        int somaxconn =
                Integer.parseInt(
                        Files.readAllLines(Path.of("/proc/sys/net/core/somaxconn")).getFirst());
        assumeTrue(
                somaxconn >= CROWD,
                "net.core.somaxconn is " + somaxconn + ": run sysctl -w net.core.somaxconn=4096");
        CompletableFuture<Runnable> accepting = new CompletableFuture<>();
        factory.stop();
        factory.setTaskExecutor(accepting::complete);
        factory.start();
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), factory.getPort());
        List<Socket> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < CROWD; i++) {
                Socket client = new Socket();
                crowd.add(client);
                client.connect(address, CONNECT_MILLIS);
            }
            assertThat(registry.sessions()).isEmpty();

            Thread.ofPlatform().daemon().start(accepting.join());
            await().untilAsserted(() -> assertThat(registry.sessions()).hasSize(CROWD));
        } finally {
            for (Socket client : crowd) {
                client.close();
            }
        }
    }
}
