package io.switchboard.mailbox;

import static io.switchboard.testkit.ProxyHeaders.tlv;
import static io.switchboard.testkit.ProxyHeaders.v2;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.UdpClient;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Stored messages for names from every source, on every transport, and for names of several. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.identify.pattern=^id (?<name>\\\\S+)",
            "switchboard.outbox.write-deadline=2m",
            "switchboard.listeners.proxied.port=0",
            "switchboard.listeners.proxied.proxy-protocol=true",
            "switchboard.listeners.proxied.trusted-proxies=127.0.0.1",
            "switchboard.listeners.proxied.identify.proxy-name=authority",
            "switchboard.listeners.known.port=0",
            "switchboard.listeners.known.identify.addresses.plc-1=127.0.0.9",
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.tls.bundle=server",
            "switchboard.listeners.secure.tls.client-auth=need",
            "switchboard.listeners.secure.identify.certificate=true",
            "switchboard.listeners.datagrams.transport=udp",
            "switchboard.listeners.datagrams.port=0",
            "switchboard.listeners.datagrams.identify.pattern=^id (?<name>\\\\S+)",
            "switchboard.listeners.local.transport=unix",
            "switchboard.listeners.local.identify.pattern=^id (?<name>\\\\S+)",
            "switchboard.listeners.replacing.port=0",
            "switchboard.listeners.replacing.on-duplicate=replace",
            "switchboard.listeners.replacing.identify.pattern=^id (?<name>\\\\S+)",
            "switchboard.listeners.rejecting.port=0",
            "switchboard.listeners.rejecting.on-duplicate=reject",
            "switchboard.listeners.rejecting.identify.pattern=^id (?<name>\\\\S+)",
            "switchboard.listeners.untrusted.port=0",
            "switchboard.listeners.untrusted.identify.pattern=^id (?<name>\\\\S+)",
            "switchboard.mailbox.listeners=default,proxied,known,secure,datagrams,local,replacing,rejecting"
        })
class MailboxNamesIT {
    private static final int AUTHORITY = 2;

    @TempDir private static Path directory;
    private static Certificate server;
    private static Certificate client;

    private final RunningService service;

    MailboxNamesIT(@Autowired RunningService service) {
        this.service = service;
    }

    @BeforeAll
    static void certificates() throws Exception {
        server = Certificate.make(directory, "server", "CN=localhost");
        client = Certificate.make(directory, "client", "CN=device-9");
    }

    @DynamicPropertySource
    static void properties(DynamicPropertyRegistry properties) {
        server.addBundle("server", properties);
        properties.add(
                "spring.ssl.bundle.pem.server.truststore.certificate",
                client.certificate()::toString);
        properties.add("switchboard.data.directory", () -> directory.resolve("data").toString());
        properties.add("switchboard.listeners.local.path", () -> unixPath().toString());
    }

    private static Path unixPath() {
        return directory.resolve("peers.sock");
    }

    private String store(String name, String text) {
        Answer stored = service.api().post("/send?ttl=5m&to=" + name, text);
        assertThat(stored.status()).as(stored.body()).isIn(200, 202);
        return stored.json().at("/results/0/id").asString();
    }

    private void awaitStatus(String id, String status) {
        await().atMost(GeneralLimit.LIMIT)
                .untilAsserted(
                        () ->
                                assertThat(
                                                service.api()
                                                        .get("/messages/" + id)
                                                        .json()
                                                        .path("status")
                                                        .asString())
                                        .isEqualTo(status));
    }

    private RawClient connectAs(String listener, String name) throws IOException {
        RawClient peer = RawClient.connect(service.port(listener));
        peer.send("id " + name + "\n");
        return peer;
    }

    @Test
    void aFrameNamesThePeer() throws Exception {
        String id = store("frame", "hello");
        try (RawClient peer = connectAs("default", "frame")) {
            assertThat(peer.readLine()).isEqualTo("hello");
            awaitStatus(id, "acked");
        }
    }

    @Test
    void anOperatorNamesThePeer() throws Exception {
        String id = store("renamed", "hello");
        try (RawClient peer = service.connect()) {
            String path = "/peers/" + service.api().idOf(peer);
            assertThat(service.api().patch(path, "{\"name\":\"renamed\"}").status()).isEqualTo(200);
            assertThat(peer.readLine()).isEqualTo("hello");
            awaitStatus(id, "acked");
        }
    }

    @Test
    void theAddressNamesThePeer() throws Exception {
        String id = store("plc-1", "hello");
        try (RawClient peer = RawClient.connectFrom("127.0.0.9", service.port("known"))) {
            assertThat(peer.readLine()).isEqualTo("hello");
            awaitStatus(id, "acked");
        }
    }

    @Test
    void theProxyHeaderNamesThePeer() throws Exception {
        String id = store("sni.example", "hello");
        try (RawClient peer = RawClient.connect(service.port("proxied"))) {
            peer.send(v2("198.51.100.7", 4711, tlv(AUTHORITY, "sni.example")));
            assertThat(peer.readLine()).isEqualTo("hello");
            awaitStatus(id, "acked");
        }
    }

    @Test
    void theCertificateNamesThePeer() throws Exception {
        String first = store("device-9", "hello");
        String large = store("device-9", "x".repeat(500_000));
        int port = service.port("secure");
        SSLSocket socket =
                (SSLSocket)
                        server.trusting(client)
                                .getSocketFactory()
                                .createSocket(
                                        new Socket(InetAddress.getLoopbackAddress(), port),
                                        "localhost",
                                        port,
                                        true);
        socket.startHandshake();
        try (RawClient peer = RawClient.over(socket)) {
            assertThat(peer.readLine()).isEqualTo("hello");
            assertThat(peer.readLine()).hasSize(500_000);
            awaitStatus(first, "acked");
            awaitStatus(large, "acked");
        }
    }

    @Test
    void aDatagramNamesThePeerAndNothingIsAcknowledged() throws Exception {
        List<String> ids = List.of(store("datagram", "one"), store("datagram", "two"));
        try (UdpClient peer = UdpClient.of(service.port("datagrams"))) {
            peer.send("id datagram");
            assertThat(peer.receive()).isEqualTo("one");
            assertThat(peer.receive()).isEqualTo("two");
            for (String id : ids) {
                awaitStatus(id, "written");
            }
            Answer next =
                    service.api().post("/send?to=datagram&ttl=1m&wait=acked&timeout=1m", "three");
            assertThat(next.status()).as(next.body()).isEqualTo(200);
            assertThat(next.json().path("written").asInt()).isOne();
            assertThat(peer.receive()).isEqualTo("three");
        }
    }

    @Test
    void aMessageTooLargeForADatagramIsCancelledAndTheNextArrives() throws Exception {
        String large = store("small-datagrams", "x".repeat(70_000));
        String next = store("small-datagrams", "next");
        try (UdpClient peer = UdpClient.of(service.port("datagrams"))) {
            peer.send("id small-datagrams");
            assertThat(peer.receive()).isEqualTo("next");
            awaitStatus(large, "cancelled");
            awaitStatus(next, "written");
        }
    }

    @Test
    void aPeerOnAUnixSocketGetsItsMessages() throws Exception {
        String id = store("local", "hello");
        try (SocketChannel peer = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            peer.connect(UnixDomainSocketAddress.of(unixPath()));
            peer.write(ByteBuffer.wrap("id local\n".getBytes(UTF_8)));
            ByteBuffer line = ByteBuffer.allocate(6);
            while (line.hasRemaining()) {
                assertThat(peer.read(line)).isPositive();
            }
            assertThat(new String(line.array(), UTF_8)).isEqualTo("hello\n");
            awaitStatus(id, "acked");
        }
    }

    @Test
    void aPeerOfAnotherListenerGetsNothing() throws Exception {
        String id = store("impostor", "secret");
        try (RawClient impostor = connectAs("untrusted", "impostor")) {
            await().atMost(GeneralLimit.LIMIT)
                    .untilAsserted(
                            () ->
                                    assertThat(
                                                    service.api()
                                                            .get("/peers/impostor")
                                                            .json()
                                                            .path("name")
                                                            .asString())
                                            .isEqualTo("impostor"));
            try (RawClient peer = connectAs("default", "impostor")) {
                assertThat(peer.readLine()).isEqualTo("secret");
                awaitStatus(id, "acked");
            }
            service.api().postJson("/peers/close", "{\"to\":\"all\"}");
            assertThat(impostor.readToEnd()).isEmpty();
        }
    }

    @Test
    void aPeerThatReplacesAnotherGetsWhatThatOneHasNotAcknowledged() throws Exception {
        List<String> ids = new ArrayList<>();
        String large = "x".repeat(900_000);
        try (RawClient old = RawClient.connectWithTinyBuffer(service.port("replacing"))) {
            old.send("id replaced\n");
            service.api().awaitPeer(old.port());
            ids.add(store("replaced", large));
            ids.add(store("replaced", "second"));
            assertThat(old.read(100)).hasSize(100);
            try (RawClient next = connectAs("replacing", "replaced")) {
                assertThat(next.readLine()).isEqualTo(large);
                assertThat(next.readLine()).isEqualTo("second");
                for (String id : ids) {
                    awaitStatus(id, "acked");
                }
            }
        }
        Answer first = service.api().get("/messages/" + ids.getFirst());
        assertThat(first.json().path("attempts").asInt()).isGreaterThan(1);
    }

    @Test
    void aPeerThatIsRejectedGetsNothing() throws Exception {
        try (RawClient holder = connectAs("rejecting", "taken")) {
            service.api().awaitPeer(holder.port());
            await().atMost(GeneralLimit.LIMIT)
                    .until(() -> service.api().get("/peers/taken").status() == 200);
            try (RawClient second = connectAs("rejecting", "taken")) {
                String rest = second.readToEnd();
                assertThat(rest).contains("duplicate_name");
                Answer sent = service.api().post("/send?to=taken&ttl=1m&timeout=1m", "for one");
                assertThat(sent.status()).as(sent.body()).isEqualTo(200);
                assertThat(holder.readLine()).isEqualTo("for one");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bothPeersOfANameGetAMessageAndOneAcknowledgementSuffices(boolean oneDoesNotRead)
            throws Exception {
        String name = "both-" + oneDoesNotRead;
        try (RawClient one = RawClient.connectWithTinyBuffer(service.port());
                RawClient two = connectAs("default", name)) {
            one.send("id " + name + "\n");
            await().atMost(GeneralLimit.LIMIT)
                    .until(
                            () ->
                                    service.api()
                                                    .get("/peers?name=" + name)
                                                    .json()
                                                    .path("total")
                                                    .asInt()
                                            == 2);
            String large = "x".repeat(900_000);
            CompletableFuture<Answer> sent =
                    service.api()
                            .postAsync(
                                    "/send?wait=acked&timeout=1m&ttl=2m&to=" + name,
                                    large.getBytes(UTF_8));
            assertThat(two.readLine()).isEqualTo(large);
            if (!oneDoesNotRead) {
                assertThat(one.readLine()).isEqualTo(large);
            }
            assertThat(sent.get().status()).as(sent.get().body()).isEqualTo(200);
            String path = "/send?wait=acked&timeout=1m&ttl=2m&to=" + name;
            assertThat(service.api().post(path, "next").status()).isEqualTo(200);
            assertThat(two.readLine()).isEqualTo("next");
            if (oneDoesNotRead) {
                assertThat(one.readLine()).isEqualTo(large);
            }
            assertThat(one.readLine()).isEqualTo("next");
        }
    }
}
