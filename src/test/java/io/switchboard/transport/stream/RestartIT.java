package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.testkit.FreePort;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Stopping an adapter frees its address before the call returns; a start binds it again. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"switchboard.listeners.local.transport=unix", "switchboard.drain.delay=0s"})
@DirtiesContext
@Isolated("a forked process keeps the socket open until it has closed it")
class RestartIT {
    private static final int RESTARTS = 30;
    private static final int PORT = FreePort.find();

    @TempDir private static Path directory;

    @Autowired
    @Qualifier("defaultListener")
    private TcpReceivingChannelAdapter tcp;

    @Autowired
    @Qualifier("localListener")
    private TcpReceivingChannelAdapter local;

    @Autowired private PeerRegistry registry;

    @DynamicPropertySource
    static void listeners(DynamicPropertyRegistry properties) {
        properties.add("switchboard.listeners.default.port", () -> PORT);
        properties.add("switchboard.listeners.local.path", () -> path().toString());
    }

    private static Path path() {
        return directory.resolve("peers.sock");
    }

    @Test
    void acceptsNoConnectBetweenStopAndStartOnOnePortInThirtyRestarts() throws Exception {
        restart(tcp, new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
    }

    @Test
    void acceptsNoConnectBetweenStopAndStartAtOnePathInThirtyRestarts() throws Exception {
        restart(local, UnixDomainSocketAddress.of(path()));
    }

    private void restart(TcpReceivingChannelAdapter adapter, SocketAddress address)
            throws Exception {
        try (Connector connector = new Connector(address)) {
            for (int restart = 1; restart <= RESTARTS; restart++) {
                String which = "restart " + restart;
                connector.awaitAttempts(which, 1); // the accepting thread is in accept(2)
                adapter.stop();
                connector.down = true;
                assertThat(reaches(address)).as(which).isFalse();
                connector.awaitAttempts(which, 2);
                connector.down = false;
                adapter.start();
                try (SocketChannel client = SocketChannel.open(address)) {
                    assertThat(client.isConnected()).as(which).isTrue();
                }
            }
            assertThat(connector.reachedWhenDown).hasValue(0);
        }
        await().untilAsserted(() -> assertThat(registry.sessions()).isEmpty());
    }

    private static boolean reaches(SocketAddress address) throws IOException {
        try (SocketChannel client = SocketChannel.open(address)) {
            return client.isConnected();
        } catch (ConnectException e) {
            return false; // refused
        } catch (SocketException e) {
            // no such file; a reset of TCP means that a socket was listening
            return address instanceof InetSocketAddress;
        }
    }

    /**
     * Connects repeatedly; counts connects that begin and succeed while the listener is stopped.
     */
    private static final class Connector implements AutoCloseable {
        private final AtomicInteger attempts = new AtomicInteger();
        private final AtomicInteger reachedWhenDown = new AtomicInteger();
        private final SocketAddress address;
        private final CompletableFuture<Void> connecting;
        private volatile boolean down;
        private volatile boolean closed;

        Connector(SocketAddress address) {
            this.address = address;
            this.connecting = CompletableFuture.runAsync(this::connect, Thread::startVirtualThread);
        }

        private void connect() {
            while (!closed) {
                boolean begunWhenDown = down;
                try {
                    if (reaches(address) && begunWhenDown && down) {
                        reachedWhenDown.incrementAndGet();
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                attempts.incrementAndGet();
            }
        }

        void awaitAttempts(String restart, int more) {
            int before = attempts.get();
            await(restart).until(() -> attempts.get() >= before + more);
        }

        @Override
        public void close() {
            closed = true;
            connecting.join();
        }
    }
}
