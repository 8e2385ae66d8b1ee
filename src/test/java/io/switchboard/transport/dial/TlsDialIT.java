package io.switchboard.transport.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.Footprint;
import io.switchboard.testkit.RemoteEnd;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** Outbound connections over TLS, and the first message of an outbound connection. */
@WithService
@Isolated("counts the open files of the JVM")
class TlsDialIT {
    private static final int HANDSHAKES = 20;

    @TempDir static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static Certificate remote;

    @SuppressWarnings("NullAway.Init")
    private static Certificate stranger;

    private final Api api;

    TlsDialIT(@Autowired RunningService service) {
        this.api = service.api();
    }

    @DynamicPropertySource
    static void bundles(DynamicPropertyRegistry properties) throws Exception {
        remote = Certificate.make(folder, "remote", "CN=x", "-ext", "san=dns:localhost");
        stranger = Certificate.make(folder, "stranger", "CN=x", "-ext", "san=dns:localhost");
        properties.add(
                "spring.ssl.bundle.pem.lab.truststore.certificate", remote.certificate()::toString);
        properties.add(
                "spring.ssl.bundle.pem.lab.keystore.certificate", stranger.certificate()::toString);
        properties.add("spring.ssl.bundle.pem.lab.keystore.private-key", stranger.key()::toString);
        properties.add("switchboard.connect.tls-bundle", () -> "lab");
    }

    @AfterEach
    void closeAll() {
        api.get("/calls")
                .json()
                .get("calls")
                .forEach(call -> api.delete("/calls/" + call.get("id").asString()));
        api.postJson("/peers/close", "{\"to\":\"all\"}");
        api.awaitTotal(0);
    }

    private Api.Answer dial(RemoteEnd end, String host, String more) {
        return api.postJson(
                "/peers", "{\"host\":\"%s\",\"port\":%d%s}".formatted(host, end.port(), more));
    }

    private static void assertFailed(Api.Answer answer, int status, String code, String message) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().get("code").asString()).isEqualTo(code);
        assertThat(answer.json().get("detail").asString()).contains(message);
    }

    @Test
    void aBundleSaysWhomToTrust() throws Exception {
        try (RemoteEnd end = RemoteEnd.start(remote.own(), RemoteEnd::all)) {
            for (String tls : new String[] {"true", "\"lab\""}) {
                Api.Answer answer = dial(end, "localhost", ",\"tls\":" + tls);
                assertThat(answer.status()).as(answer.body()).isEqualTo(201);
                JsonNode peer = answer.json();
                assertThat(peer.get("direction").asString()).isEqualTo("outbound");
                assertThat(peer.get("tls").get("version").asString()).isEqualTo("TLSv1.3");
                assertThat(peer.get("tls").get("subject").asString()).isEqualTo("CN=x");
                String id = peer.get("id").asString();
                assertThat(api.post("/send?finish=true&to=" + id, "hello").status()).isEqualTo(200);
                assertThat(end.received()).isEqualTo("hello\n");
            }
        }
    }

    @Test
    void aBundleMayHaveTheCertificateOfTheClient() throws Exception {
        try (RemoteEnd end =
                RemoteEnd.start(
                        stranger.trusting(remote),
                        socket -> {
                            SSLSocket tls = (SSLSocket) socket;
                            tls.setNeedClientAuth(true);
                            tls.startHandshake();
                            return tls.getSession().getPeerPrincipal().getName();
                        })) {
            assertThat(dial(end, "localhost", ",\"tls\":\"lab\"").status()).isEqualTo(201);
            assertThat(end.received()).isEqualTo("CN=x");
        }
    }

    @Test
    void refusesACertificateThatTheBundleDoesNotTrust() throws Exception {
        try (RemoteEnd end = RemoteEnd.start(stranger.own(), RemoteEnd::all)) {
            assertFailed(
                    dial(end, "localhost", ",\"tls\":true"), 502, "EPROTO", "TLS handshake failed");
            assertThat(api.total()).isZero();
        }
    }

    @Test
    void refusesACertificateForAnotherHost() throws Exception {
        try (RemoteEnd end = RemoteEnd.start(remote.own(), RemoteEnd::all)) {
            assertFailed(
                    dial(end, "127.0.0.1", ",\"tls\":true"), 502, "EPROTO", "TLS handshake failed");
        }
    }

    @Test
    void refusesABundleThatDoesNotExist() throws Exception {
        try (RemoteEnd end = RemoteEnd.start(RemoteEnd::all)) {
            Api.Answer answer = dial(end, "localhost", ",\"tls\":\"nope\"");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().get("detail").asString())
                    .isEqualTo(
                            "tls: there is no SSL bundle 'nope': spring.ssl.bundle.* defines lab");
        }
    }

    @Test
    void reportsARemoteEndThatSpeaksNoTls() throws Exception {
        try (RemoteEnd end =
                RemoteEnd.start(
                        socket -> {
                            RemoteEnd.write(socket, "220 ready\n");
                            return RemoteEnd.line(socket);
                        })) {
            assertFailed(
                    dial(end, "localhost", ",\"tls\":true"), 502, "EPROTO", "TLS handshake failed");
        }
    }

    @Test
    void reportsARemoteEndThatClosesDuringTheHandshake() throws Exception {
        try (RemoteEnd end = RemoteEnd.start(socket -> "" + socket.getInputStream().read())) {
            Api.Answer answer = dial(end, "localhost", ",\"tls\":true");
            assertThat(answer.status()).as(answer.body()).isEqualTo(502);
            assertThat(answer.json().get("code").asString()).isEqualTo("ECONNRESET");
        }
    }

    /** The race of a handshake and its timeout: neither a peer nor a descriptor is left. */
    @Test
    void aTimeoutDuringTheHandshakeLeavesNothing() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (RemoteEnd silent =
                RemoteEnd.start(
                        socket -> {
                            String hello = "" + socket.getInputStream().read();
                            hold(end);
                            return hello + atEnd(socket);
                        })) {
            assertFailed(
                    dial(silent, "localhost", ",\"tls\":true,\"timeout\":\"100ms\""),
                    504,
                    "ETIMEDOUT",
                    "Connection timed out");
            long before = Footprint.now().descriptors();
            for (int i = 0; i < HANDSHAKES; i++) {
                String to = "/send?wait=acked&timeout=100ms&to=tls:localhost:" + silent.port();
                assertFailed(api.post(to, "x"), 504, "ETIMEDOUT", "Connection timed out");
            }
            assertThat(api.total()).isZero();
            end.countDown(); // the ends of the test
            await().untilAsserted(
                            () ->
                                    assertThat(Footprint.now().descriptors())
                                            .isLessThan(before + HANDSHAKES / 2));
        }
    }

    private static String atEnd(Socket socket) {
        try {
            return RemoteEnd.all(socket);
        } catch (IOException e) {
            return e.toString(); // the connection was closed with RST
        }
    }

    private static void hold(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void theFirstMessageIsSentBeforeAnythingElseAndAtEachReconnect() throws Exception {
        try (RemoteEnd end =
                RemoteEnd.start(
                        remote.own(),
                        socket -> {
                            String first = RemoteEnd.line(socket);
                            return first + " " + RemoteEnd.line(socket);
                        })) {
            Api.Answer answer =
                    dial(
                            end,
                            "localhost",
                            ",\"tls\":true,\"keep\":true,\"name\":\"plc-7\",\"first\":{\"text\":\"LOGIN\"}");
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            assertThat(answer.json().get("sent").get("messages").asInt()).isEqualTo(1);
            assertThat(api.post("/send?to=plc-7", "one").status()).isEqualTo(200);
            assertThat(end.received()).isEqualTo("LOGIN one");
            await().until(() -> api.post("/send?to=plc-7", "two").status() == 200);
            assertThat(end.received()).isEqualTo("LOGIN two");
        }
    }

    @Test
    void theFirstMessageMayBeBinary() throws Exception {
        try (RemoteEnd end =
                RemoteEnd.start(socket -> RemoteEnd.line(socket) + RemoteEnd.line(socket))) {
            String hex = ",\"first\":{\"hex\":\"4c4f47\"}";
            String id = dial(end, "localhost", hex).json().get("id").asString();
            api.post("/send?to=" + id, "one");
            assertThat(end.received()).isEqualTo("LOGone");
        }
    }

    @Test
    void refusesAFirstMessageThatCannotBeFramed() throws Exception {
        try (RemoteEnd end = RemoteEnd.start(RemoteEnd::all)) {
            Api.Answer answer = dial(end, "localhost", ",\"first\":{\"text\":\"a\\nb\"}");
            assertThat(answer.status()).isEqualTo(422);
            assertThat(answer.json().get("detail").asString())
                    .contains("first: byte 1 of the payload is a line feed");
            assertThat(end.wasServed()).isFalse();
        }
    }

    @Test
    void oneSendMayConnectOverTls() throws Exception {
        try (RemoteEnd end =
                RemoteEnd.start(
                        remote.own(),
                        socket -> {
                            String all = RemoteEnd.all(socket);
                            RemoteEnd.write(socket, "got " + all.length() + " bytes");
                            return all;
                        })) {
            String to = "/send?wait=reply&finish=true&to=tls:localhost:" + end.port();
            Api.Answer answer = api.post(to, "hello");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.json().get("results").get(0).get("reply").asString())
                    .isEqualTo("got 6 bytes");
            assertFailed(
                    api.post("/send?to=tls:127.0.0.1:" + end.port(), "hello"),
                    502,
                    "EPROTO",
                    "TLS handshake failed");
        }
    }
}
