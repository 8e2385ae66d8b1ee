package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
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

/** Listeners with TLS: the same peers, and nobody in between. */
@WithService
@Isolated("reads the JVM's log")
@TestPropertySource(
        properties = {
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.tls.bundle=server",
            "switchboard.listeners.secure.handshake-deadline=1s",
            "switchboard.listeners.secure.max-connections=40",
            "switchboard.listeners.wanting.port=0",
            "switchboard.listeners.wanting.tls.bundle=server",
            "switchboard.listeners.wanting.tls.client-auth=want",
            "switchboard.listeners.wanting.identify.certificate=true",
            "switchboard.listeners.needing.port=0",
            "switchboard.listeners.needing.tls.bundle=server",
            "switchboard.listeners.needing.tls.client-auth=need",
            "switchboard.listeners.renewing.port=0",
            "switchboard.listeners.renewing.tls.bundle=renewed",
            "spring.ssl.bundle.pem.renewed.reload-on-update=true",
            "spring.ssl.bundle.watch.file.quiet-period=100ms",
        })
class TlsIT {
    private static final String LOST = "switchboard_failed_handshakes_total";
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
        Path renewed = folder.resolve("renewed.crt");
        Files.copy(server.certificate(), renewed);
        Files.copy(server.key(), folder.resolve("renewed.key"));
        bundle(properties, "server", server.certificate(), server.key());
        bundle(properties, "renewed", renewed, folder.resolve("renewed.key"));
        properties.add(
                "spring.ssl.bundle.pem.server.truststore.certificate",
                () -> client.certificate().toString());
    }

    private static void bundle(
            DynamicPropertyRegistry properties, String name, Path certificate, Path key) {
        String store = "spring.ssl.bundle.pem." + name + ".keystore.";
        properties.add(store + "certificate", certificate::toString);
        properties.add(store + "private-key", key::toString);
    }

    @BeforeEach
    void nobodyIsConnected() {
        api.awaitTotal(0);
    }

    private SSLSocket socket(String listener, SSLContext from) throws IOException {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), service.port(listener));
        plain.setTcpNoDelay(true);
        return (SSLSocket)
                from.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
    }

    private RawClient connect(String listener, @Nullable Certificate own) throws Exception {
        SSLSocket socket = socket(listener, server.trusting(own));
        socket.startHandshake();
        return RawClient.over(socket);
    }

    /** How many connections came to nothing. */
    private double lost(String listener) {
        return api.metric(LOST + "{listener=\"" + listener + "\"}");
    }

    private PeerSession session(int port) {
        String id = api.awaitPeer(port).get("id").asString();
        return ((Lookup.Live) registry.find(id)).session();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void isAPeerLikeAnyOther(String version) throws Exception {
        SSLSocket socket = socket("secure", server.trusting(null));
        SSLParameters asked = socket.getSSLParameters();
        asked.setProtocols(new String[] {version});
        asked.setServerNames(List.of(new SNIHostName("boats.example")));
        socket.setSSLParameters(asked);
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
    void everyByteArrivesBothWaysThoughBothAreSlow(String version) throws Exception {
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
                                        socket.startHandshake(); // new keys
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
                    TimeUnit.MILLISECONDS.sleep(50); // slow, so that its socket is full meanwhile
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

    /** Some are longer than a record, most are short. */
    private static String line(int number) {
        return number + ":" + "x".repeat(number % 50 == 0 ? 40_000 : number % 50);
    }

    @Test
    void tellsAsWrittenOnlyWhatTheKernelHas() throws Exception {
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
            } while (last.status() == 200);
            assertThat(last.status()).isEqualTo(202);
            long told = session.sentBytes();
            long all = messages.stream().mapToLong(message -> message.length() + 1).sum();
            assertThat(told + session.queuedBytes()).isEqualTo(all);
            assertThat(told).isLessThan(all);
            for (String message : messages) {
                assertThat(peer.readLine()).isEqualTo(message);
            }
            await().untilAsserted(() -> assertThat(session.sentBytes()).isEqualTo(all));
            assertThat(session.queuedBytes()).isZero();
        }
    }

    @Test
    void handshakeThatStallsEndsAndIsNoPeer() throws Exception {
        double before = lost("secure");
        long start = System.nanoTime();
        try (RawClient silent = RawClient.connect(service.port("secure"));
                RawClient half = RawClient.connect(service.port("secure"))) {
            half.send(HexFormat.of().parseHex("160301"));
            assertThat(api.total()).isZero();
            assertThat(silent.readToEnd()).isEmpty();
            assertThat(half.readToEnd()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(3));
        }
        assertThat(lost("secure")).isEqualTo(before + 2);
    }

    @Test
    @Tag("system")
    void handshakeThatStallsEndsAlsoByTheDefaultDeadline() throws Exception {
        long start = System.nanoTime();
        try (RawClient silent = RawClient.connect(service.port("wanting"))) {
            assertThat(silent.readToEnd()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(4_900), Duration.ofSeconds(6));
            assertThat(api.get("/peers?state=any&listener=wanting").json().get("total").asInt())
                    .isZero();
        }
    }

    @Test
    void whatIsNoTlsIsCountedAndMakesNoNoise() throws Exception {
        double before = lost("secure");
        try (Complaints complaints = new Complaints()) {
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
            await().untilAsserted(() -> assertThat(lost("secure")).isEqualTo(before + 3));
            api.awaitTotal(0);
            assertThat(complaints.lines()).isEmpty();
        }
    }

    @Test
    void refusesWhatIsOlderThanTls12AndSaysSo() throws Exception {
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
    void askedForACertificateAPeerMayShowOne() throws Exception {
        try (RawClient anonymous = connect("wanting", null);
                RawClient known = connect("wanting", client)) {
            JsonNode nobody = api.awaitPeer(anonymous.port());
            assertThat(nobody.path("name").isMissingNode() || nobody.get("name").isNull()).isTrue();
            api.awaitPeer(known.port());
            // it is listed a moment before it is named
            await().until(() -> api.get("/peers/tracker-7").status() == 200);
            JsonNode tracker = api.peer("tracker-7");
            assertThat(tracker.get("peername").get("port").asInt()).isEqualTo(known.port());
            assertThat(tracker.get("tls").get("subject").asString())
                    .isEqualTo("CN=tracker-7,O=Ships\\, Ltd");
            assertThat(api.post("/send?to=tracker-7", "ahoy").status()).isEqualTo(200);
            assertThat(known.readLine()).isEqualTo("ahoy");
        }
    }

    @Test
    void withoutTheCertificateThatIsNeededNobodyIsAPeer() throws Exception {
        double before = lost("needing");
        try (RawClient known = connect("needing", client)) {
            assertThat(api.awaitPeer(known.port()).get("tls").get("subject").asString())
                    .startsWith("CN=tracker-7");
        }
        api.awaitTotal(0);
        assertThatThrownBy(
                        () -> {
                            // TLS 1.3 tells the client only after its own side is done
                            try (RawClient nobody = connect("needing", null)) {
                                nobody.readLine();
                            }
                        })
                .isInstanceOf(IOException.class);
        assertThatThrownBy(
                        () -> {
                            try (RawClient unknown = connect("needing", other)) {
                                unknown.readLine();
                            }
                        })
                .isInstanceOf(IOException.class);
        await().untilAsserted(() -> assertThat(lost("needing")).isEqualTo(before + 2));
        assertThat(api.total()).isZero();
    }

    @Test
    void newConnectionsGetTheRenewedCertificateAndOldOnesStay() throws Exception {
        try (RawClient old = connect("renewing", null)) {
            String id = api.idOf(old);
            for (String kind : List.of("key", "crt")) {
                Files.copy(
                        folder.resolve("other." + kind),
                        folder.resolve("renewed." + kind),
                        StandardCopyOption.REPLACE_EXISTING);
            }
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .untilAsserted(
                            () -> {
                                try (SSLSocket next = socket("renewing", other.trusting(null))) {
                                    next.startHandshake();
                                    assertThat(next.getSession().getPeerPrincipal().getName())
                                            .isEqualTo("CN=other");
                                }
                            });
            assertThat(api.post("/send?to=" + id, "still here").status()).isEqualTo(200);
            assertThat(old.readLine()).isEqualTo("still here");
        }
    }

    /** They stay to hear what comes, as nc does, and end when the service says so. */
    @ParameterizedTest
    @CsvSource({
        "openssl, openssl, exec openssl s_client -quiet -connect 127.0.0.1:PORT 2>/dev/null",
        "ncat, ncat, exec ncat --ssl 127.0.0.1 PORT"
    })
    void programsThatPeopleHaveArePeers(String program, String debianPackage, String command)
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
    void closingSaysFarewellAndThenThatItIsTheEnd() throws Exception {
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
    void closeNotifyIsAnswered() throws Exception {
        try (TlsChannel peer = channel()) {
            peer.handshake();
            peer.write(ByteBuffer.wrap("last words\n".getBytes(UTF_8)));
            api.awaitTotal(1);
            String id = api.peers().getFirst().get("id").asString();
            // tls-channel fails when it finds a session ticket where it looks for a close_notify
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
    void askingToRenegotiateEndsOnlyThatPeer() throws Exception {
        try (RawClient bystander = connect("secure", null)) {
            SSLSocket socket = socket("secure", server.trusting(null));
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            RawClient peer = RawClient.over(socket);
            String id = api.idOf(peer);
            FutureTask<Boolean> sends =
                    new FutureTask<>(
                            () -> {
                                for (int i = 0; i < 300; i++) {
                                    assertThat(api.post("/send?to=all&wait=queued", "x").status())
                                            .isLessThan(300);
                                }
                                return true;
                            });
            Thread.ofVirtual().start(sends);
            socket.startHandshake();
            try (peer) {
                peer.readToEnd();
            } catch (IOException e) {
                assertThat(e).isNotNull();
            }
            assertThat(api.awaitClosed(id)).isEqualTo("reset");
            assertThat(sends.get(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 300; i++) {
                assertThat(bystander.readLine()).isEqualTo("x");
            }
        }
    }

    @Test
    void whatCameInOneRecordIsHeldWhileReadingIsPaused() throws Exception {
        try (Received received = Received.at("secure", context);
                RawClient peer = connect("secure", null)) {
            PeerSession session = session(peer.port());
            session.pauseReading(this);
            peer.send("one\ntwo\n");
            peer.send("x".repeat(60_000) + "\nthree\n");
            TimeUnit.MILLISECONDS.sleep(100); // that it would have been read
            assertThat(received.from(peer.port())).isEmpty();
            session.resumeReading(this);
            received.awaitFrom(peer.port(), 4);
            assertThat(received.from(peer.port())).startsWith("one", "two").endsWith("three");
        }
    }

    @Test
    void aCrowdThatIsRefusedHearsNoPlainText() throws Exception {
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
