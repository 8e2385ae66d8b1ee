package io.switchboard.transport.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.Haproxy;
import io.switchboard.testkit.LoggedWarnings;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** The listener behind a real HAProxy: both versions of the header, and health checks. */
@WithService
@Isolated("reads the JVM's log")
@TestPropertySource(
        properties = {
            "switchboard.listeners.proxied.port=0",
            "switchboard.listeners.proxied.proxy-protocol=true",
            "switchboard.listeners.proxied.trusted-proxies=127.0.0.1",
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.proxy-protocol=true",
            "switchboard.listeners.secure.trusted-proxies=127.0.0.1",
            "switchboard.listeners.secure.tls.bundle=secure"
        })
class HaproxyIT {
    private static final int CHECKS = 12;

    @SuppressWarnings("NullAway.Init") // bundle() sets it, before the first test
    private static Certificate certificate;

    @TempDir private static Path keys;

    private final RunningService service;
    private final Api api;
    private final Path folder;

    HaproxyIT(@Autowired RunningService service, @TempDir Path folder) {
        this.service = service;
        this.api = service.api();
        this.folder = folder;
    }

    @DynamicPropertySource
    static void bundle(DynamicPropertyRegistry properties) throws Exception {
        certificate = Certificate.make(keys, "secure", "CN=localhost");
        certificate.addBundle("secure", properties);
    }

    @BeforeEach
    void noPeerIsConnected() {
        Haproxy.require();
        api.awaitTotal(0);
    }

    @AfterEach
    void everyPeerDisconnects() {
        api.awaitTotal(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c"})
    void realClientIsThePeer(String option) throws Exception {
        try (Haproxy haproxy = start(option);
                RawClient client = haproxy.connectFrom("127.0.0.2")) {
            client.send("hello\n");
            JsonNode peer = api.awaitPeer(client.port());
            assertThat(peer.get("peername").get("host").asString()).isEqualTo("127.0.0.2");
            assertThat(peer.get("proxy").get("host").asString()).isEqualTo("127.0.0.1");
            String id = peer.get("id").asString();
            await().until(() -> api.peer(id).get("received").get("messages").asInt() == 1);

            assertThat(api.post("/send?wait=acked&to=" + id, "back").status()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("back");
            api.delete("/peers/" + id);
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    /** The proxy sends its header first and then forwards the client's TLS bytes. */
    @Test
    void tlsThatTheProxyForwardsIsTerminatedByTheListener() throws Exception {
        try (Haproxy haproxy = start("secure", "send-proxy-v2");
                RawClient plain = haproxy.connectFrom("127.0.0.3");
                Socket tls =
                        certificate
                                .own()
                                .getSocketFactory()
                                .createSocket(
                                        plain.socket(), "sb.example.org", haproxy.port(), true);
                RawClient client = RawClient.over(tls)) {
            client.send("hello\n");
            JsonNode peer = api.awaitPeer(plain.port());
            assertThat(peer.get("transport").asString()).isEqualTo("tls");
            assertThat(peer.at("/peername/host").asString()).isEqualTo("127.0.0.3");
            assertThat(peer.at("/proxy/host").asString()).isEqualTo("127.0.0.1");
            assertThat(peer.at("/tls/sni").asString()).isEqualTo("sb.example.org");
            assertThat(api.post("/send?to=" + peer.get("id").asString(), "back").status())
                    .isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("back");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"send-proxy check inter 100ms", "send-proxy-v2 check inter 100ms"})
    void healthChecksAreProbes(String option) throws Exception {
        double probes = probes();
        try (Haproxy haproxy = start(option)) {
            await().untilAsserted(
                            () -> assertThat(probes()).isGreaterThanOrEqualTo(probes + CHECKS));
            assertThat(haproxy.output()).doesNotContain("DOWN");
        }
    }

    /** Checks without a header are usually reset before accept(2) returns them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "check inter 100ms",
                "send-proxy check inter 100ms",
                "send-proxy-v2 check inter 100ms"
            })
    void healthChecksAreNotPeersAndLogNoWarnings(String option) throws Exception {
        double accepted = accepted();
        double failed = failed();
        try (LoggedWarnings warnings = new LoggedWarnings();
                Haproxy haproxy = start(option)) {
            await().during(Duration.ofSeconds(3))
                    .untilAsserted(
                            () -> {
                                assertThat(haproxy.process().isAlive())
                                        .as(haproxy.output())
                                        .isTrue();
                                assertThat(accepted()).isEqualTo(accepted);
                                assertThat(failed()).isEqualTo(failed);
                                assertThat(warnings.lines()).isEmpty();
                            });
            assertThat(haproxy.output()).doesNotContain("DOWN");
        }
    }

    @Test
    void clientBehindAProxyThatSendsNoHeaderGetsAnError() throws Exception {
        try (Haproxy haproxy = start("");
                RawClient client = haproxy.connectFrom("127.0.0.2")) {
            client.send("hello\n");
            assertThat(client.readToEnd()).startsWith("error proxy_required: ");
        }
    }

    private Haproxy start(String option) throws IOException {
        return start("proxied", option);
    }

    private Haproxy start(String listener, String option) throws IOException {
        return Haproxy.start(
                folder,
                "server switchboard 127.0.0.1:%d %s".formatted(service.port(listener), option));
    }

    private double accepted() {
        return api.metric("switchboard_accepted_connections_total{listener=\"proxied\"}");
    }

    private double probes() {
        return api.metric("switchboard_probe_connections_total{listener=\"proxied\"}");
    }

    private double failed() {
        return api.metric("switchboard_failed_handshakes_total{listener=\"proxied\"}");
    }
}
