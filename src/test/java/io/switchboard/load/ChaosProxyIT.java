package io.switchboard.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.ChaosProxy;
import io.switchboard.testkit.Fault;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests that {@link ChaosProxy} applies each fault to a connection and nothing else. */
class ChaosProxyIT {
    private static final int SHORT_MILLIS = 200;

    private final ServerSocket listening =
            new ServerSocket(0, 10, InetAddress.getLoopbackAddress());

    ChaosProxyIT() throws IOException {}

    @AfterEach
    void stopListening() throws IOException {
        listening.close();
    }

    /** Both ends of a connection through a proxy. */
    private record Pair(ChaosProxy proxy, RawClient client, RawClient service)
            implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            service.close();
            proxy.close();
        }
    }

    private Pair through(Fault fault) throws IOException {
        ChaosProxy proxy = new ChaosProxy(listening.getLocalPort(), List.of(fault));
        RawClient client = RawClient.connect(proxy.port());
        return new Pair(proxy, client, RawClient.over(listening.accept()));
    }

    private static void assertNothingIsReceived(RawClient client) throws IOException {
        client.socket().setSoTimeout(SHORT_MILLIS);
        assertThatThrownBy(() -> client.read(1)).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void passForwardsBytesAndTheEndOfEachStream() throws Exception {
        try (Pair pair = through(new Fault.Pass())) {
            assertThat(pair.proxy().onwardPort(pair.client()))
                    .isEqualTo(pair.service().socket().getPort());
            pair.client().send("up");
            pair.client().finish();
            assertThat(pair.service().readToEnd()).isEqualTo("up");
            pair.service().send("down");
            pair.service().finish();
            assertThat(pair.client().readToEnd()).isEqualTo("down");
        }
    }

    @Test
    void delayDelaysEachDirectionByItsOwnTime() throws Exception {
        Duration slow = Duration.ofMillis(300);
        try (Pair pair = through(new Fault.Delay(Duration.ZERO, slow))) {
            long fastest = Long.MAX_VALUE;
            for (int turn = 0; turn < 5; turn++) {
                long start = System.nanoTime();
                pair.client().send("up\n");
                assertThat(pair.service().readLine()).isEqualTo("up");
                fastest = Math.min(fastest, System.nanoTime() - start);
            }
            assertThat(fastest).isLessThan(slow.toNanos());
            long start = System.nanoTime();
            pair.service().send("down\n");
            assertThat(pair.client().readLine()).isEqualTo("down");
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(slow.toNanos());
        }
    }

    @Test
    void trickleForwardsFewBytesAtATime() throws Exception {
        try (Pair pair = through(new Fault.Trickle(2, Duration.ofMillis(20)))) {
            long start = System.nanoTime();
            pair.service().send("0123456789");
            assertThat(new String(pair.client().read(10), UTF_8)).isEqualTo("0123456789");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(5 * 20));
        }
    }

    @Test
    void cutDropsBytesInBothDirections() throws Exception {
        try (Pair pair = through(new Fault.Stall(3))) {
            pair.client().send("up\n");
            assertThat(pair.service().readLine()).isEqualTo("up");
            pair.service().send("abcdef");
            assertThat(new String(pair.client().read(3), UTF_8)).isEqualTo("abc");
            assertNothingIsReceived(pair.client());
            pair.client().send("more");
            pair.client().finish();
            assertNothingIsReceived(pair.service());
        }
    }

    @Test
    void resetReachesBothSides() throws Exception {
        try (Pair pair = through(new Fault.Reset(3))) {
            pair.service().send("abcdef");
            assertReset(pair.service());
            assertReset(pair.client());
        }
    }

    private static void assertReset(RawClient client) {
        assertThatThrownBy(
                        () -> {
                            client.read(10);
                            client.read(1);
                        })
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void halfCloseEndsOneDirectionAndKeepsTheOther() throws Exception {
        try (Pair pair = through(new Fault.HalfClose(Fault.Towards.CLIENT, 3))) {
            pair.service().send("abcdef");
            assertThat(pair.client().readToEnd()).isEqualTo("abc");
            pair.client().send("up\n");
            assertThat(pair.service().readLine()).isEqualTo("up");
            // dropped bytes never block the sender
            pair.service().send(new byte[10_000_000]);
        }
    }

    @Test
    void halfCloseCanBeTowardsTheService() throws Exception {
        try (Pair pair = through(new Fault.HalfClose(Fault.Towards.SERVICE, 0))) {
            assertThat(pair.service().readToEnd()).isEmpty();
            pair.service().send("down\n");
            assertThat(pair.client().readLine()).isEqualTo("down");
        }
    }

    @Test
    void aConnectionWithoutAFaultIsClosed() throws Exception {
        try (Pair pair = through(new Fault.Pass());
                RawClient late = RawClient.connect(pair.proxy().port())) {
            assertThat(late.readToEnd()).isEmpty();
        }
    }

    @Test
    void closeEndsEveryConnection() throws Exception {
        try (Pair pair = through(new Fault.Stall(0))) {
            pair.proxy().close();
            await().untilAsserted(() -> assertThat(ends(pair.client().socket())).isTrue());
            assertThat(ends(pair.service().socket())).isTrue();
        }
    }

    private static boolean ends(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException e) {
            return true;
        }
    }

    @Test
    void aSeedGivesTheSameFaultsAgain() {
        List<Fault> once = Fault.ofEachKind(3, 10_000, new Random(7));
        assertThat(Fault.ofEachKind(3, 10_000, new Random(7))).isEqualTo(once).hasSize(21);
        assertThat(Fault.ofEachKind(3, 10_000, new Random(8))).isNotEqualTo(once);
    }
}
