package io.switchboard.transport.proxyprotocol;

import static io.switchboard.testkit.ProxyHeaders.bytes;
import static io.switchboard.testkit.ProxyHeaders.join;
import static io.switchboard.testkit.ProxyHeaders.ssl;
import static io.switchboard.testkit.ProxyHeaders.tlv;
import static io.switchboard.testkit.ProxyHeaders.v1;
import static io.switchboard.testkit.ProxyHeaders.v2;
import static io.switchboard.testkit.ProxyHeaders.v2Unix;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.LoggedWarnings;
import io.switchboard.testkit.ProxyHeaders;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Connections with literal PROXY headers: whole and in pieces, valid and invalid. */
@WithService
@Isolated("reads the JVM's log")
@TestPropertySource(
        properties = {
            "switchboard.listeners.proxied.port=0",
            "switchboard.listeners.proxied.proxy-protocol=true",
            "switchboard.listeners.proxied.trusted-proxies=127.0.0.1, 10.0.0.0/8",
            "switchboard.listeners.proxied.handshake-deadline=2m",
            "switchboard.listeners.proxied.max-connections-per-address=2",
            "switchboard.listeners.proxied.identify.addresses.plc-1=198.51.100.77",
            "switchboard.listeners.hasty.port=0",
            "switchboard.listeners.hasty.proxy-protocol=true",
            "switchboard.listeners.hasty.trusted-proxies=127.0.0.1",
            "switchboard.listeners.hasty.handshake-deadline=2s",
            "switchboard.listeners.bysni.port=0",
            "switchboard.listeners.bysni.handshake-deadline=2m",
            "switchboard.listeners.bysni.proxy-protocol=true",
            "switchboard.listeners.bysni.trusted-proxies=127.0.0.1",
            "switchboard.listeners.bysni.identify.proxy-name=authority",
            "switchboard.listeners.bycn.port=0",
            "switchboard.listeners.bycn.handshake-deadline=30s",
            "switchboard.listeners.bycn.proxy-protocol=true",
            "switchboard.listeners.bycn.trusted-proxies=127.0.0.1",
            "switchboard.listeners.bycn.identify.proxy-name=ssl-cn"
        })
class ProxyProtocolIT {
    private static final int AUTHORITY = 2;
    private static final int SSL_VERSION = 0x21;
    private static final int SSL_CN = 0x22;
    private static final int SSL_CIPHER = 0x23;
    private static final int WITH_CERTIFICATE = 0b111;

    private final RunningService service;
    private final Api api;
    private final LoggedWarnings warnings = new LoggedWarnings();

    ProxyProtocolIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    @AfterEach
    void stopRecordingWarnings() {
        warnings.close();
    }

    static List<byte[]> headersOfClients() {
        return List.of(
                v1("198.51.100.7", 4711),
                v1("2001:db8::7", 4711),
                v2("198.51.100.7", 4711),
                v2("2001:db8::7", 4711),
                v2("2001:db8::7", 4711, tlv(AUTHORITY, "a.example"), tlv(4, "padding")));
    }

    @ParameterizedTest
    @MethodSource("headersOfClients")
    void realClientIsThePeerAndTheProxyIsShownBesideIt(byte[] header) throws Exception {
        try (RawClient client = connect("proxied")) {
            client.send(join(header, "hello\nwor".getBytes(UTF_8)));
            JsonNode peer = awaitOne();
            boolean six =
                    HexFormat.of().formatHex(header).contains("0db8")
                            || new String(header, UTF_8).contains("TCP6");
            assertThat(peer.get("peername").get("host").asString())
                    .isEqualTo(six ? "2001:db8::7" : "198.51.100.7");
            assertThat(peer.get("peername").get("port").asInt()).isEqualTo(4711);
            assertThat(peer.get("family").asString()).isEqualTo(six ? "AF_INET6" : "AF_INET");
            assertThat(peer.get("proxy").get("host").asString()).isEqualTo("127.0.0.1");
            assertThat(peer.get("proxy").get("port").asInt()).isEqualTo(client.port());
            assertThat(peer.get("sockname").get("port").asInt()).isEqualTo(service.port("proxied"));
            assertThat(peer.get("tls")).isNull();

            String id = peer.get("id").asString();
            await().until(() -> api.peer(id).get("partialFrameBytes").asInt() == 3);
            assertThat(api.peer(id).get("received").get("bytes").asInt()).isEqualTo(9);
            client.send("ld\n");
            await().untilAsserted(() -> assertThat(texts(id)).containsExactly("hello", "world"));
            assertThat(api.post("/send?to=" + id, "back").status()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("back");
        }
    }

    @ParameterizedTest
    @MethodSource("headersOfClients")
    void headerMayArriveByteByByteWithAFrameBehindIt(byte[] header) throws Exception {
        try (RawClient client = connect("proxied")) {
            byte[] all = join(header, "hello\n".getBytes(UTF_8));
            for (byte each : all) {
                client.send(new byte[] {each});
            }
            String id = awaitOne().get("id").asString();
            await().untilAsserted(() -> assertThat(texts(id)).containsExactly("hello"));
            assertThat(api.peer(id).get("received").get("bytes").asInt()).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @MethodSource("headersOfClients")
    void headerMayBeSplitAnywhere(byte[] header) throws Exception {
        byte[] all = join(header, "hello\n".getBytes(UTF_8));
        for (int at = 1; at < all.length; at += 5) {
            try (RawClient client = connect("proxied")) {
                client.send(Arrays.copyOf(all, at));
                client.send(Arrays.copyOfRange(all, at, all.length));
                String id = awaitOne().get("id").asString();
                await().untilAsserted(() -> assertThat(texts(id)).containsExactly("hello"));
            }
            api.awaitTotal(0);
        }
    }

    @Test
    void clientThatSendsNothingIsAPeerAtOnce() throws Exception {
        try (RawClient client = connect("proxied")) {
            client.send(v2("198.51.100.7", 4711));
            String id = awaitOne().get("id").asString();
            api.post("/send?to=" + id, "to you");
            assertThat(client.readLine()).isEqualTo("to you");
        }
    }

    /**
     * The client is on the proxy's host, and both use the same port number for their connections.
     */
    @Test
    void clientWithTheAddressOfTheProxysOwnConnectionIsAPeerAtOnce() throws Exception {
        try (RawClient client = connect("proxied")) {
            client.send(v2("127.0.0.1", client.port()));
            JsonNode peer = awaitOne();
            assertThat(peer.get("peername").get("port").asInt()).isEqualTo(client.port());
        }
    }

    @Test
    void clientOfAUnixSocketOfTheProxyIsThePeer() throws Exception {
        try (RawClient client = connect("proxied")) {
            client.send(v2Unix("/run/client.sock"));
            JsonNode peer = awaitOne();
            assertThat(peer.get("family").asString()).isEqualTo("AF_UNIX");
            assertThat(peer.get("peername").get("path").asString()).isEqualTo("/run/client.sock");
            assertThat(peer.get("proxy").get("port").asInt()).isEqualTo(client.port());
        }
    }

    @Test
    void peerIsNamedByItsOwnAddressAndNotByTheProxys() throws Exception {
        try (RawClient client = connect("proxied")) {
            client.send(v1("198.51.100.77", 4711));
            assertThat(awaitOne().get("name").asString()).isEqualTo("plc-1");
        }
    }

    @Test
    void connectionFromAnUntrustedAddressGetsAnError() throws Exception {
        double before = failed("proxied");
        try (RawClient client = RawClient.connectFrom("127.0.0.9", service.port("proxied"))) {
            client.send(join(v1("198.51.100.7", 4711), "hello\n".getBytes(UTF_8)));
            assertThat(client.readToEnd())
                    .isEqualTo(
                            "error untrusted_proxy: 127.0.0.9:"
                                    + client.port()
                                    + " is in none of this listener's trusted-proxies\n");
        }
        await().untilAsserted(() -> assertThat(failed("proxied")).isEqualTo(before + 1));
        assertThat(api.total()).isZero();
        assertThat(warnings.lines()).isEmpty();
    }

    @Test
    void connectionWithoutAHeaderGetsAnError() throws Exception {
        double before = failed("bysni");
        for (int turn = 0; turn < 3; turn++) {
            try (RawClient client = connect("bysni")) {
                client.send("hello\n");
                assertThat(client.readToEnd())
                        .isEqualTo(
                                "error proxy_required: this listener takes connections that begin"
                                        + " with a PROXY header\n");
            }
        }
        await().untilAsserted(() -> assertThat(failed("bysni")).isEqualTo(before + 3));
        assertThat(warnings.lines()).as("one line a minute").hasSizeLessThanOrEqualTo(1);
        assertThat(api.total()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 198.51.100.7 192.0.2.1 4711\r\n",
                "PROXY TCP4 2001:db8::7 192.0.2.1 4711 8000\r\n",
                "PROXY TCP4 198.51.100.7 192.0.2.1 4711 80000\r\n",
                "PROXY UDP4 198.51.100.7 192.0.2.1 4711 8000\r\n",
                "PROXY TCP4 198.51.100.7 192.0.2.1 4711 8000\n",
                "PROXY TCP4 198.51.100.7 192.0.2.1 4711 8000                                       "
                        + "                                         "
            })
    void invalidHeaderOfVersion1ClosesTheConnection(String header) throws Exception {
        assertCloses(header.getBytes(UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "31 11 000c c6336407c00002011267 1f40", // version 3
                "22 11 000c c6336407c0000201 1267 1f40", // command 2
                "21 12 000c c6336407c0000201 1267 1f40", // UDP
                "21 11 0008 c6336407c0000201", // no ports
                "21 11 1001", // absurdly long
                "21 11 0011 c6336407c0000201 1267 1f40 02 00ff 61 62" // a TLV longer than the rest
            })
    void invalidHeaderOfVersion2ClosesTheConnection(String behindTheSignature) throws Exception {
        assertCloses(bytes("0d0a0d0a000d0a515549540a" + behindTheSignature));
    }

    private void assertCloses(byte[] header) throws Exception {
        double before = failed("bycn");
        try (RawClient client = connect("bycn")) {
            client.send(header);
            assertThat(client.readToEnd()).isEmpty();
        }
        await().untilAsserted(() -> assertThat(failed("bycn")).isEqualTo(before + 1));
        assertThat(api.total()).isZero();
        assertThat(warnings.lines()).as("one line a minute").hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void headerThatIsIncompleteAtTheDeadlineClosesTheConnection() throws Exception {
        double before = failed("hasty");
        try (RawClient client = connect("hasty")) {
            client.send("PROXY TC");
            assertThat(client.readToEnd()).isEmpty();
        }
        await().untilAsserted(() -> assertThat(failed("hasty")).isEqualTo(before + 1));
    }

    static List<byte[]> headersWithoutAClient() {
        return List.of(
                new byte[0],
                ProxyHeaders.LOCAL,
                bytes("0d0a0d0a000d0a515549540a 20 11 000c c6336407c0000201 1267 1f40"),
                bytes("0d0a0d0a000d0a515549540a 21 00 0000"),
                "PROXY UNKNOWN\r\n".getBytes(UTF_8),
                "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n".getBytes(UTF_8));
    }

    @ParameterizedTest
    @MethodSource("headersWithoutAClient")
    void healthCheckIsAProbeAndNotAPeer(byte[] header) throws Exception {
        double before = api.metric("switchboard_probe_connections_total{listener=\"proxied\"}");
        double failed = failed("proxied");
        double accepted = accepted();
        try (RawClient finishes = connect("proxied");
                RawClient resets = connect("proxied")) {
            finishes.send(header);
            finishes.finish();
            assertThat(finishes.readToEnd()).isEmpty();
            resets.send(header);
            resets.reset();
        }
        await().untilAsserted(
                        () ->
                                assertThat(
                                                api.metric(
                                                        "switchboard_probe_connections_total{listener=\"proxied\"}"))
                                        .isEqualTo(before + 2));
        assertThat(failed("proxied")).isEqualTo(failed);
        assertThat(accepted()).isEqualTo(accepted);
        assertThat(warnings.lines()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void connectionWithoutAClientIsAPeerOnceItSends(int header) throws Exception {
        try (RawClient client = connect("proxied")) {
            client.send(headersWithoutAClient().get(header));
            client.send("hello\n");
            JsonNode peer = api.awaitPeer(client.port());
            assertThat(peer.get("peername").get("host").asString()).isEqualTo("127.0.0.1");
            assertThat(peer.get("proxy")).isNull();
            String id = peer.get("id").asString();
            await().untilAsserted(() -> assertThat(texts(id)).containsExactly("hello"));
        }
    }

    /** As HAProxy's health check with send-proxy does. */
    @Test
    void headerThatNamesTheProxyItselfHasNoClient() throws Exception {
        double accepted = accepted();
        double before = api.metric("switchboard_probe_connections_total{listener=\"proxied\"}");
        try (RawClient check = connect("proxied")) {
            check.send(v1("127.0.0.1", check.port()));
            check.finish();
            assertThat(check.readToEnd()).isEmpty();
        }
        await().until(
                        () ->
                                api.metric(
                                                "switchboard_probe_connections_total{listener=\"proxied\"}")
                                        == before + 1);
        assertThat(accepted()).isEqualTo(accepted);
    }

    @Test
    void connectionWithoutAClientThatSendsNothingIsNotAPeer() throws Exception {
        try (RawClient client = connect("hasty")) {
            client.send(ProxyHeaders.LOCAL);
            assertThat(client.readToEnd()).isEmpty();
        }
        assertThat(api.total()).isZero();
    }

    @Test
    void limitPerAddressCountsTheRealClient() throws Exception {
        try (RawClient one = connect("proxied");
                RawClient two = connect("proxied");
                RawClient three = connect("proxied");
                RawClient other = connect("proxied")) {
            one.send(v1("198.51.100.7", 1));
            two.send(v2("198.51.100.7", 2));
            api.awaitTotal(2);
            double refused = refused();
            three.send(join(v2("198.51.100.7", 3), "hello\n".getBytes(UTF_8)));
            assertThat(three.readToEnd())
                    .isEqualTo(
                            "error too_many_connections: this listener takes at most 2 connections"
                                    + " from one address\n");
            await().until(() -> refused() == refused + 1);
            other.send(v1("198.51.100.8", 4));
            api.awaitTotal(3);

            two.finish();
            api.awaitTotal(2);
            try (RawClient again = connect("proxied")) {
                again.send(v1("198.51.100.7", 5));
                api.awaitTotal(3);
            }
        }
    }

    @Test
    void tlsThatTheProxyTerminatedIsShown() throws Exception {
        try (RawClient client = connect("bycn")) {
            client.send(
                    v2(
                            "198.51.100.7",
                            4711,
                            tlv(AUTHORITY, "devices.example"),
                            ssl(
                                    WITH_CERTIFICATE,
                                    0,
                                    tlv(SSL_VERSION, "TLSv1.3"),
                                    tlv(SSL_CN, "pump 7, north"),
                                    tlv(SSL_CIPHER, "TLS_AES_256_GCM_SHA384"))));
            JsonNode peer = awaitOne();
            JsonNode tls = peer.get("tls");
            assertThat(tls.get("version").asString()).isEqualTo("TLSv1.3");
            assertThat(tls.get("cipher").asString()).isEqualTo("TLS_AES_256_GCM_SHA384");
            assertThat(tls.get("sni").asString()).isEqualTo("devices.example");
            assertThat(tls.get("subject").asString()).isEqualTo("CN=pump 7\\, north");
            assertThat(peer.get("name").asString()).isEqualTo("pump 7, north");
        }
    }

    @Test
    void certificateThatTheProxyCouldNotVerifyNamesNoPeer() throws Exception {
        try (RawClient client = connect("bycn")) {
            client.send(
                    v2(
                            "198.51.100.7",
                            4711,
                            ssl(
                                    WITH_CERTIFICATE,
                                    18,
                                    tlv(SSL_VERSION, "TLSv1.2"),
                                    tlv(SSL_CN, "admin"))));
            JsonNode peer = awaitOne();
            assertThat(peer.get("name").isNull()).isTrue();
            assertThat(peer.get("tls").get("version").asString()).isEqualTo("TLSv1.2");
            assertThat(peer.get("tls").get("subject").isNull()).isTrue();
            assertThat(peer.get("tls").get("cipher").isNull()).isTrue();
        }
    }

    @Test
    void authorityNamesThePeer() throws Exception {
        try (RawClient client = connect("bysni")) {
            client.send(v2("198.51.100.7", 4711, tlv(AUTHORITY, "pump7.example")));
            assertThat(awaitOne().get("name").asString()).isEqualTo("pump7.example");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "a/b", "\u001b[2J"})
    void authorityThatIsNotAValidNameIsIgnored(String authority) throws Exception {
        try (RawClient client = connect("bysni")) {
            client.send(v2("198.51.100.7", 4711, tlv(AUTHORITY, authority)));
            assertThat(awaitOne().get("name").isNull()).isTrue();
        }
    }

    @Test
    void headerIsAFrameOnAListenerWithoutTheProxyProtocol() throws Exception {
        try (RawClient client = service.connect()) {
            client.send(v1("198.51.100.7", 4711));
            JsonNode peer = api.awaitPeer(client.port());
            String id = peer.get("id").asString();
            await().untilAsserted(
                            () ->
                                    assertThat(texts(id))
                                            .containsExactly(
                                                    "PROXY TCP4 198.51.100.7 192.0.2.1 4711 8000"));
            assertThat(peer.get("proxy")).isNull();
        }
    }

    private RawClient connect(String listener) throws Exception {
        return RawClient.connect(service.port(listener));
    }

    private JsonNode awaitOne() {
        api.awaitTotal(1);
        return api.peers().getFirst();
    }

    private List<String> texts(String id) {
        return api.get("/peers/" + id + "/messages")
                .json()
                .get("messages")
                .valueStream()
                .map(message -> message.get("text").asString())
                .toList();
    }

    private double failed(String listener) {
        return api.metric("switchboard_failed_handshakes_total{listener=\"" + listener + "\"}");
    }

    private double accepted() {
        return api.metric("switchboard_accepted_connections_total{listener=\"proxied\"}");
    }

    private double refused() {
        return api.metric("switchboard_refused_connections_total{listener=\"proxied\"}");
    }

    /** A proxy sends port 0 if it does not know the client's port. */
    @ParameterizedTest
    @ValueSource(strings = {"198.51.100.7", "2001:db8::7"})
    void aClientMayHaveThePortZero(String host) throws Exception {
        try (RawClient client = connect("proxied")) {
            client.send(join(v1(host, 0), "hello\n".getBytes(UTF_8)));
            JsonNode peername = awaitOne().get("peername");
            assertThat(peername.get("host").asString()).isEqualTo(host);
            assertThat(peername.get("port").asInt()).isZero();
        }
    }
}
