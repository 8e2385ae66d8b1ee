package io.switchboard.transport.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.LoggedWarnings;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.Received;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import tlschannel.ClientTlsChannel;
import tlschannel.TlsChannel;
import tools.jackson.databind.JsonNode;

/** Listeners with TLS: handshakes, client certificates, reloads, and traffic in both directions. */
@WithService
@Isolated("reads the JVM's log")
@TestPropertySource(
        properties = {
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.tls.bundle=server",
            "switchboard.listeners.secure.handshake-deadline=2m",
            "switchboard.listeners.secure.max-connections=40",
            "switchboard.listeners.hasty.port=0",
            "switchboard.listeners.hasty.tls.bundle=server",
            "switchboard.listeners.hasty.handshake-deadline=1s",
            "switchboard.listeners.usual.port=0",
            "switchboard.listeners.usual.tls.bundle=server",
            "switchboard.listeners.optional.port=0",
            "switchboard.listeners.optional.handshake-deadline=2m",
            "switchboard.listeners.optional.tls.bundle=server",
            "switchboard.listeners.optional.tls.client-auth=want",
            "switchboard.listeners.optional.identify.certificate=true",
            "switchboard.listeners.required.port=0",
            "switchboard.listeners.required.handshake-deadline=2m",
            "switchboard.listeners.required.tls.bundle=server",
            "switchboard.listeners.required.tls.client-auth=need",
            "switchboard.listeners.reloading.port=0",
            "switchboard.listeners.reloading.handshake-deadline=2m",
            "switchboard.listeners.reloading.tls.bundle=reloaded",
            "spring.ssl.bundle.pem.reloaded.reload-on-update=true",
            "spring.ssl.bundle.watch.file.quiet-period=100ms",
        })
class TlsIT {
    private static final String FAILED_HANDSHAKES = "switchboard_failed_handshakes_total";
    private static final int LINES = 3_000;

    @TempDir static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static Certificate server;

    @SuppressWarnings("NullAway.Init")
    private static Certificate other;

    @SuppressWarnings("NullAway.Init")
    private static Certificate client;

    private final RunningService service;
    private final ApplicationContext context;
    private final PeerRegistry registry;
    private final Api api;

    TlsIT(
            @Autowired RunningService service,
            @Autowired ApplicationContext context,
            @Autowired PeerRegistry registry) {
        this.service = service;
        this.context = context;
        this.registry = registry;
        this.api = service.api();
    }

    @DynamicPropertySource
    static void bundles(DynamicPropertyRegistry properties) throws Exception {
        server = Certificate.make(folder, "server", "CN=localhost");
        other = Certificate.make(folder, "other", "CN=other");
        client = Certificate.make(folder, "client", "CN=tracker-7, O=Ships\\, Ltd");
        Path reloaded = folder.resolve("reloaded.crt");
        Files.copy(server.certificate(), reloaded);
        Files.copy(server.key(), folder.resolve("reloaded.key"));
        server.addBundle("server", properties);
        new Certificate(server.store(), reloaded, folder.resolve("reloaded.key"))
                .addBundle("reloaded", properties);
        properties.add(
                "spring.ssl.bundle.pem.server.truststore.certificate",
                () -> client.certificate().toString());
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    private SSLSocket socket(String listener, SSLContext trust) throws IOException {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), service.port(listener));
        plain.setTcpNoDelay(true);
        return (SSLSocket)
                trust.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
    }

    private RawClient connect(String listener, @Nullable Certificate own) throws Exception {
        SSLSocket socket = socket(listener, server.trusting(own));
        socket.startHandshake();
        return RawClient.over(socket);
    }

    /** Returns how many handshakes have failed. */
    private double failedHandshakes(String listener) {
        return api.metric(FAILED_HANDSHAKES + "{listener=\"" + listener + "\"}");
    }

    private PeerSession session(int port) {
        String id = api.awaitPeer(port).get("id").asString();
        return ((Lookup.Live) registry.find(id)).session();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void tlsPeerSendsAndReceivesAndShowsItsParameters(String version) throws Exception {
        SSLSocket socket = socket("secure", server.trusting(null));
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {version});
        parameters.setServerNames(List.of(new SNIHostName("boats.example")));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        try (Received received = Received.at("secure", context);
                RawClient peer = RawClient.over(socket)) {
            JsonNode facts = api.awaitPeer(peer.port());
            assertThat(facts.get("transport").asString()).isEqualTo("tls");
            assertThat(facts.get("type").asString()).isEqualTo("SOCK_STREAM");
            JsonNode tls = facts.get("tls");
            assertThat(tls.get("version").asString()).isEqualTo(version);
            assertThat(tls.get("cipher").asString())
                    .isEqualTo(socket.getSession().getCipherSuite());
            assertThat(tls.get("sni").asString()).isEqualTo("boats.example");

            peer.send("hello\nand ");
            peer.send("more\n");
            received.awaitFrom(peer.port(), 2);
            assertThat(received.from(peer.port())).containsExactly("hello", "and more");

            Api.Answer answer = api.post("/send?to=transport:tls", "good day");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().get("written").asInt()).isEqualTo(1);
            assertThat(peer.readLine()).isEqualTo("good day");
            assertThat(api.peer(facts.get("id").asString()).get("sent").get("bytes").asInt())
                    .isEqualTo("good day\n".length());
        }
        assertThat(api.get("/listeners").body()).contains("\"tls\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void everyByteArrivesInBothDirectionsUnderBackPressure(String version) throws Exception {
        SSLSocket socket = socket("secure", server.trusting(null));
        socket.setEnabledProtocols(new String[] {version});
        socket.startHandshake();
        try (Received received = Received.at("secure", context);
                RawClient peer = RawClient.over(socket)) {
            String id = api.idOf(peer);
            FutureTask<Boolean> up =
                    new FutureTask<>(
                            () -> {
                                for (int i = 0; i < LINES; i++) {
                                    peer.send(line(i) + "\n");
                                    if (version.equals("TLSv1.3") && i % 100 == 0) {
                                        socket.startHandshake(); // a key update
                                    }
                                }
                                return true;
                            });
            Thread.ofVirtual().start(up);
            FutureTask<Integer> down =
                    new FutureTask<>(
                            () -> {
                                int sent = 0;
                                while (sent < LINES) {
                                    Api.Answer answer =
                                            api.post("/send?wait=queued&to=" + id, line(sent));
                                    sent += answer.status() == 200 ? 1 : 0;
                                }
                                return sent;
                            });
            Thread.ofVirtual().start(down);
            for (int i = 0; i < LINES; i++) {
                assertThat(peer.readLine()).isEqualTo(line(i));
                if (i % 500 == 0) {
                    TimeUnit.MILLISECONDS.sleep(
                            50); // reads slowly, so that the socket's buffers fill up
                }
            }
            assertThat(up.get()).isTrue();
            assertThat(down.get()).isEqualTo(LINES);
            List<byte[]> lines = received.awaitFrom(peer.port(), LINES);
            for (int i = 0; i < LINES; i++) {
                assertThat(new String(lines.get(i), UTF_8)).isEqualTo(line(i));
            }
            assertThat(api.peer(id).get("state").asString()).isEqualTo("open");
        }
    }

    /** Returns a line; some are longer than a TLS record, most are short. */
    private static String line(int number) {
        return number + ":" + "x".repeat(number % 50 == 0 ? 40_000 : number % 50);
    }

    @Test
    void countsAsSentOnlyBytesThatTheKernelHas() throws Exception {
        Socket plain = new Socket();
        plain.setReceiveBufferSize(4 * 1024);
        plain.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), service.port("secure")));
        SSLSocket socket =
                (SSLSocket)
                        server.trusting(null)
                                .getSocketFactory()
                                .createSocket(plain, "localhost", plain.getPort(), true);
        socket.startHandshake();
        try (RawClient peer = RawClient.over(socket)) {
            PeerSession session = session(peer.port());
            String to = "/send?timeout=50ms&to=" + session.id();
            List<String> messages = new ArrayList<>();
            Api.Answer last;
            do {
                String message = messages.size() + "-" + "y".repeat(30_000);
                messages.add(message);
                last = api.post(to, message);
            } while (last.status() == 200 || !isStuck(session));
            assertThat(last.status()).isEqualTo(202);
            long sent = session.view().sentBytes();
            long all = messages.stream().mapToLong(message -> message.length() + 1).sum();
            assertThat(sent + session.view().queuedBytes()).isEqualTo(all);
            assertThat(sent).isLessThan(all);
            for (String message : messages) {
                assertThat(peer.readLine()).isEqualTo(message);
            }
            await().untilAsserted(() -> assertThat(session.view().sentBytes()).isEqualTo(all));
            assertThat(session.view().queuedBytes()).isZero();
        }
    }

    /** Returns whether the kernel takes no more bytes, instead of only taking them slowly. */
    private static boolean isStuck(PeerSession session) {
        long sent = session.view().sentBytes();
        await().pollDelay(Duration.ofMillis(300)).until(() -> true);
        return session.view().queuedBytes() > 0 && session.view().sentBytes() == sent;
    }

    @Test
    void stalledHandshakeIsClosedAtTheDeadlineAndIsNotAPeer() throws Exception {
        double before = failedHandshakes("hasty");
        long start = System.nanoTime();
        try (RawClient silent = RawClient.connect(service.port("hasty"));
                RawClient half = RawClient.connect(service.port("hasty"))) {
            half.send(HexFormat.of().parseHex("160301"));
            assertThat(api.total()).isZero();
            assertThat(silent.readToEnd()).isEmpty();
            assertThat(half.readToEnd()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(30));
        }
        await().untilAsserted(() -> assertThat(failedHandshakes("hasty")).isEqualTo(before + 2));
    }

    @Test
    @Tag("system")
    void stalledHandshakeIsClosedAtTheDefaultDeadline() throws Exception {
        long start = System.nanoTime();
        try (RawClient silent = RawClient.connect(service.port("usual"))) {
            assertThat(silent.readToEnd()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(4_900), Duration.ofSeconds(30));
            assertThat(api.get("/peers?state=any&listener=usual").json().get("total").asInt())
                    .isZero();
        }
    }

    @Test
    void connectionWithoutTlsIsCountedAndLogsNoWarning() throws Exception {
        double before = failedHandshakes("secure");
        try (LoggedWarnings warnings = new LoggedWarnings()) {
            try (RawClient peer = RawClient.connect(service.port("secure"))) {
                peer.send("GET / HTTP/1.1\r\n\r\n");
                peer.readToEnd();
            }
            try (RawClient peer = RawClient.connect(service.port("secure"))) {
                peer.send(HexFormat.of().parseHex("1603037fff"));
                peer.send(new byte[33_000]);
                peer.readToEnd();
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("reset");
            }
            try (RawClient peer = RawClient.connect(service.port("secure"))) {
                peer.reset();
            }
            try (RawClient peer = connect("secure", null)) {
                api.awaitPeer(peer.port());
            }
            await().untilAsserted(
                            () -> assertThat(failedHandshakes("secure")).isEqualTo(before + 3));
            api.awaitTotal(0);
            assertThat(warnings.lines()).isEmpty();
        }
    }

    @Test
    void refusesTls11WithAnAlert() throws Exception {
        String hello =
                "0302" // TLS 1.1
                        + "00".repeat(32)
                        + "00"
                        + "0004c009c00a" // ECDHE-ECDSA with AES-CBC
                        + "0100";
        int length = hello.length() / 2;
        try (RawClient peer = RawClient.connect(service.port("secure"))) {
            peer.send(
                    HexFormat.of()
                            .parseHex("160301%04x01%06x%s".formatted(length + 4, length, hello)));
            byte[] alert = peer.read(7);
            assertThat(alert[0]).as("an alert").isEqualTo((byte) 21);
            assertThat(alert[6]).as("protocol_version").isEqualTo((byte) 70);
        }
    }

    @Test
    void optionalClientCertificateNamesThePeer() throws Exception {
        try (RawClient anonymous = connect("optional", null);
                RawClient known = connect("optional", client)) {
            JsonNode nobody = api.awaitPeer(anonymous.port());
            assertThat(nobody.path("name").isMissingNode() || nobody.get("name").isNull()).isTrue();
            api.awaitPeer(known.port());
            // The peer is listed a moment before it has its name.
            api.awaitOpen("tracker-7");
            JsonNode tracker = api.peer("tracker-7");
            assertThat(tracker.get("peername").get("port").asInt()).isEqualTo(known.port());
            assertThat(tracker.get("tls").get("subject").asString())
                    .isEqualTo("CN=tracker-7,O=Ships\\, Ltd");
            assertThat(api.post("/send?to=tracker-7", "ahoy").status()).isEqualTo(200);
            assertThat(known.readLine()).isEqualTo("ahoy");
        }
    }

    @Test
    void connectionWithoutTheRequiredCertificateIsNotAPeer() throws Exception {
        double before = failedHandshakes("required");
        try (RawClient known = connect("required", client)) {
            assertThat(api.awaitPeer(known.port()).get("tls").get("subject").asString())
                    .startsWith("CN=tracker-7");
        }
        api.awaitTotal(0);
        assertThatThrownBy(
                        () -> {
                            // In TLS 1.3 the client's handshake ends before the server rejects it.
                            try (RawClient nobody = connect("required", null)) {
                                nobody.readLine();
                            }
                        })
                .isInstanceOf(IOException.class);
        assertThatThrownBy(
                        () -> {
                            try (RawClient unknown = connect("required", other)) {
                                unknown.readLine();
                            }
                        })
                .isInstanceOf(IOException.class);
        await().untilAsserted(() -> assertThat(failedHandshakes("required")).isEqualTo(before + 2));
        assertThat(api.total()).isZero();
    }

    @Test
    void newConnectionsGetTheReloadedCertificateAndOldOnesStay() throws Exception {
        try (RawClient old = connect("reloading", null)) {
            String id = api.idOf(old);
            for (String kind : List.of("key", "crt")) {
                Files.copy(
                        folder.resolve("other." + kind),
                        folder.resolve("reloaded." + kind),
                        StandardCopyOption.REPLACE_EXISTING);
            }
            await().ignoreExceptions()
                    .untilAsserted(
                            () -> {
                                try (SSLSocket next = socket("reloading", other.trusting(null))) {
                                    next.startHandshake();
                                    assertThat(next.getSession().getPeerPrincipal().getName())
                                            .isEqualTo("CN=other");
                                }
                            });
            assertThat(api.post("/send?to=" + id, "still here").status()).isEqualTo(200);
            assertThat(old.readLine()).isEqualTo("still here");
        }
    }

    /** The programs stay connected to receive, and end when the service closes the connection. */
    @ParameterizedTest
    @CsvSource({
        "openssl, openssl, exec openssl s_client -quiet -connect 127.0.0.1:PORT 2>/dev/null",
        "ncat, ncat, exec ncat --ssl 127.0.0.1 PORT"
    })
    void commonProgramsCanBePeers(String program, String debianPackage, String command)
            throws Exception {
        Programs.require(program, debianPackage);
        String port = Integer.toString(service.port("secure"));
        try (Received received = Received.at("secure", context);
                Child child = Child.start("bash", "-c", command.replace("PORT", port))) {
            api.awaitTotal(1);
            JsonNode peer = api.peers().getFirst();
            child.type("hello from a program\n");
            int itsPort = peer.get("peername").get("port").asInt();
            received.awaitFrom(itsPort, 1);
            assertThat(received.from(itsPort)).containsExactly("hello from a program");
            String id = peer.get("id").asString();
            assertThat(api.post("/send?to=" + id, "good day").status()).isEqualTo(200);
            child.awaitOutput("good day\n");
            assertThat(api.delete("/peers/" + id + "?farewell=bye").status()).isEqualTo(204);
            child.awaitOutput("bye\n");
            child.endInput();
            child.awaitExit();
        }
    }

    private TlsChannel channel() throws Exception {
        SocketChannel plain =
                SocketChannel.open(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(), service.port("secure")));
        return ClientTlsChannel.newBuilder(plain, server.trusting(null)).build();
    }

    @Test
    void deleteSendsTheFarewellAndThenACloseNotify() throws Exception {
        try (TlsChannel peer = channel()) {
            peer.handshake();
            api.awaitTotal(1);
            String id = api.peers().getFirst().get("id").asString();
            assertThat(api.delete("/peers/" + id + "?farewell=goodbye").status()).isEqualTo(204);
            assertThat(readToEnd(peer)).isEqualTo("goodbye\n");
            assertThat(peer.shutdownReceived()).as("close_notify").isTrue();
            assertThat(api.awaitClosed(id)).isEqualTo("kicked");
        }
    }

    @Test
    void closeNotifyGetsOneInReturn() throws Exception {
        try (TlsChannel peer = channel()) {
            peer.handshake();
            peer.write(ByteBuffer.wrap("last words\n".getBytes(UTF_8)));
            api.awaitTotal(1);
            String id = api.peers().getFirst().get("id").asString();
            // The client's tls-channel fails if it reads a session ticket where it expects
            // close_notify.
            assertThat(api.post("/send?to=" + id, "x").status()).isEqualTo(200);
            assertThat(peer.read(ByteBuffer.allocate(2))).isEqualTo(2);
            assertThat(peer.shutdown()).isFalse();
            assertThat(peer.shutdown()).as("close_notify of the other side").isTrue();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
            assertThat(api.peer(id).get("received").get("messages").asInt()).isEqualTo(1);
        }
    }

    private static String readToEnd(TlsChannel from) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1_000);
        while (from.read(bytes) >= 0) {
            assertThat(bytes.hasRemaining()).isTrue();
        }
        return UTF_8.decode(bytes.flip()).toString();
    }

    @Test
    void renegotiationClosesOnlyThatPeer() throws Exception {
        try (RawClient bystander = connect("secure", null)) {
            SSLSocket socket = socket("secure", server.trusting(null));
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            RawClient peer = RawClient.over(socket);
            String id = api.idOf(peer);
            FutureTask<Boolean> broadcasts =
                    new FutureTask<>(
                            () -> {
                                for (int i = 0; i < 300; i++) {
                                    assertThat(api.post("/send?to=all&wait=queued", "x").status())
                                            .isLessThan(300);
                                }
                                return true;
                            });
            Thread.ofVirtual().start(broadcasts);
            socket.startHandshake();
            try (peer) {
                peer.readToEnd();
            } catch (IOException e) {
                assertThat(e).isNotNull();
            }
            assertThat(api.awaitClosed(id)).isEqualTo("reset");
            assertThat(broadcasts.get(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 300; i++) {
                assertThat(bystander.readLine()).isEqualTo("x");
            }
        }
    }

    @Test
    void framesOfARecordAreHeldWhileReadingIsPaused() throws Exception {
        try (Received received = Received.at("secure", context);
                RawClient peer = connect("secure", null)) {
            PeerSession session = session(peer.port());
            session.readPause().pause(this);
            peer.send("one\ntwo\n");
            peer.send("x".repeat(60_000) + "\nthree\n");
            TimeUnit.MILLISECONDS.sleep(100); // long enough to be read if reading were not paused
            assertThat(received.from(peer.port())).isEmpty();
            session.readPause().resume(this);
            received.awaitFrom(peer.port(), 4);
            assertThat(received.from(peer.port())).startsWith("one", "two").endsWith("three");
        }
    }

    @Test
    void connectionAboveTheLimitGetsNoPlainText() throws Exception {
        List<RawClient> peers = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++) {
                peers.add(connect("secure", null));
            }
            api.awaitTotal(40);
            try (RawClient refused = RawClient.connect(service.port("secure"))) {
                assertThat(refused.readToEnd()).isEmpty();
            }
        } finally {
            for (RawClient peer : peers) {
                peer.close();
            }
        }
    }
}
