package io.switchboard.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildFootprint;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Neighbour;
import io.switchboard.testkit.Neighbour.RoundTrips;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A flood of clients that send a ClientHello and close, from another process: the peers of another
 * listener notice nothing, the handshake deadline is kept, other TLS clients connect, and no
 * descriptor stays open.
 */
@Tag("system")
@Isolated("measures time")
class HelloFloodIT {
    private static final Logger log = LoggerFactory.getLogger(HelloFloodIT.class);

    private static final int PER_SECOND = Integer.getInteger("flood.rate", 1_500);
    private static final int SECONDS = 8;
    private static final int MOST_FLOODS = 3;
    private static final Duration HANDSHAKE_DEADLINE = Duration.ofSeconds(2);

    /** The limit with a heap of up to 256 MB. */
    private static final int INCOMPLETE = 1_000;

    private static final int EXCESS = 20;

    /** Without the bound on handshakes it was 1,600 ms; with it, 5 to 19 ms on two shared cores. */
    private static final double P99_MILLIS = 300;

    @TempDir static Path folder;

    @ParameterizedTest(name = "{0} connections are open at a time")
    @ValueSource(ints = {0, 300})
    void affectsNoOtherPeer(int held) throws Exception {
        Certificate server = Certificate.make(folder, "server-" + held, "CN=localhost");
        try (ChildService service = ChildService.start(secured(server, HANDSHAKE_DEADLINE))) {
            int secure = service.port("secure");
            try (Neighbour neighbour = Neighbour.of(service)) {
                connect(secure, server).close();
                service.api().awaitTotal(1);
                int descriptors = ChildFootprint.of(service.process()).descriptors();

                // the best of some floods, because a stall of the machine spoils a measurement
                boolean unnoticed = false;
                for (int left = MOST_FLOODS; left > 0 && !unnoticed; left--) {
                    unnoticed = isUnnoticed(service, neighbour, server, held, descriptors);
                }
                assertThat(unnoticed)
                        .as("round trips, and the time of a silent client, in one of the floods")
                        .isTrue();
                await().untilAsserted(
                                () ->
                                        assertThat(
                                                        ChildFootprint.of(service.process())
                                                                .descriptors())
                                                .isLessThanOrEqualTo(descriptors + 5));
                await().until(
                                () ->
                                        service.api().metric("switchboard_tls_handshakes_waiting")
                                                == 0);
                assertThat(service.logged(" ERROR ")).isEmpty();
            }
        }
    }

    /** Floods; returns whether a neighbour's round trips were short and the deadline was kept. */
    private static boolean isUnnoticed(
            ChildService service,
            Neighbour neighbour,
            Certificate server,
            int held,
            int descriptors)
            throws Exception {
        int secure = service.port("secure");
        double before = failedHandshakes(service);
        try (Child flood = HelloFlood.start(secure, PER_SECOND, SECONDS, held)) {
            await().until(() -> failedHandshakes(service) > before + PER_SECOND);
            FutureTask<Duration> silent = new FutureTask<>(() -> untilClosed(secure));
            Thread.ofPlatform().daemon().start(silent);
            FutureTask<Duration> handshake = new FutureTask<>(() -> untilConnected(secure, server));
            Thread.ofPlatform().daemon().start(handshake);
            RoundTrips during = neighbour.roundTrips(Duration.ofSeconds(SECONDS - 3));
            int busy = ChildFootprint.of(service.process()).descriptors();
            flood.awaitExit();
            log.info(
                    "{}; {}; a silent client was closed after {}, a handshake took {}, {}"
                            + " descriptors",
                    flood.output().strip(),
                    during,
                    silent.get(),
                    handshake.get(),
                    busy - descriptors);
            assertThat(silent.get()).isGreaterThan(HANDSHAKE_DEADLINE.minusMillis(100));
            return during.p99() < P99_MILLIS
                    && silent.get().compareTo(HANDSHAKE_DEADLINE.plusSeconds(2)) < 0;
        }
    }

    @Test
    void endsTheOldestIncompleteHandshakeWhenThereAreTooMany() throws Exception {
        Certificate server = Certificate.make(folder, "incomplete", "CN=localhost");
        List<RawClient> clients = new ArrayList<>();
        try (ChildService service =
                ChildService.startWithOptions("-Xmx128m", secured(server, Duration.ofMinutes(5)))) {
            int secure = service.port("secure");
            for (int i = 0; i < INCOMPLETE + EXCESS; i++) {
                RawClient client = RawClient.connect(secure);
                clients.add(client);
                client.send(HelloFlood.clientHello());
                assertThat(client.read(1)).as("the begin of the ServerHello").hasSize(1);
            }
            await().untilAsserted(() -> assertThat(failedHandshakes(service)).isEqualTo(EXCESS));
            for (RawClient oldest : clients.subList(0, EXCESS)) {
                oldest.readToEnd();
            }
            assertThat(untilConnected(secure, server)).isPositive();
            await().untilAsserted(
                            () -> assertThat(failedHandshakes(service)).isEqualTo(EXCESS + 1));
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    private static String[] secured(Certificate server, Duration handshakeDeadline) {
        String store = "spring.ssl.bundle.pem.server.keystore.";
        return new String[] {
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.tls.bundle=server",
            "switchboard.listeners.secure.handshake-deadline="
                    + handshakeDeadline.toMillis()
                    + "ms",
            store + "certificate=" + server.certificate(),
            store + "private-key=" + server.key()
        };
    }

    private static double failedHandshakes(ChildService service) {
        return service.api().metric("switchboard_failed_handshakes_total{listener=\"secure\"}");
    }

    private static SSLSocket connect(int port, Certificate server) throws Exception {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        SSLSocket socket =
                (SSLSocket)
                        server.trusting(null)
                                .getSocketFactory()
                                .createSocket(plain, "localhost", port, true);
        socket.startHandshake();
        return socket;
    }

    private static Duration untilConnected(int port, Certificate server) throws Exception {
        long start = System.nanoTime();
        try (SSLSocket socket = connect(port, server)) {
            assertThat(socket.getSession().isValid()).isTrue();
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static Duration untilClosed(int port) throws IOException {
        try (RawClient silent = RawClient.connect(port)) {
            long start = System.nanoTime();
            silent.readToEnd();
            return Duration.ofNanos(System.nanoTime() - start);
        }
    }
}
