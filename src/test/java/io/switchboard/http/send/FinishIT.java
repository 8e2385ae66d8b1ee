package io.switchboard.http.send;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.UdpClient;
import io.switchboard.testkit.WithService;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** {@code POST /send?finish=true} to connected peers: a FIN follows the message. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.tls.bundle=server",
            "switchboard.listeners.datagrams.transport=udp",
            "switchboard.listeners.datagrams.port=0",
        })
class FinishIT {
    @TempDir static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static Certificate server;

    private final RunningService service;
    private final Api api;

    FinishIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @DynamicPropertySource
    static void bundle(DynamicPropertyRegistry properties) throws Exception {
        server = Certificate.make(folder, "server", "CN=localhost");
        server.addBundle("server", properties);
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    private CompletableFuture<Api.Answer> ask(String id) {
        return api.postAsync(
                "/send?finish=true&wait=reply&timeout=30s&to=" + id, "bye".getBytes(UTF_8));
    }

    @Test
    void thePeerReadsToTheEndAndCanStillAnswer() throws Exception {
        try (RawClient peer = service.connect()) {
            String id = api.idOf(peer);
            CompletableFuture<Api.Answer> pending = ask(id);
            assertThat(peer.readToEnd()).isEqualTo("bye\n");
            peer.send("good bye\n");
            assertThat(pending.get().body()).contains("\"reply\":\"good bye\"");
            assertThat(api.peer(id).get("state").asString()).isEqualTo("open");

            Api.Answer later = api.post("/send?to=" + id, "more");
            assertThat(later.status()).as(later.body()).isEqualTo(410);
            assertThat(later.json().get("reason").asString()).isEqualTo("finished");
            assertThat(later.json().get("detail").asString()).contains("finish=true");
            Api.Answer several = api.post("/send?to=all&results=all", "more");
            assertThat(several.status()).isEqualTo(207);
            assertThat(several.body()).contains("\"reason\":\"finished\"");

            peer.send("one more message\n");
            await().until(() -> api.get("/peers/" + id + "/messages").body().contains("one more"));
            peer.finish();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
        }
    }

    /** The race of the acknowledgement and a peer that closes when it has read to the end. */
    @Test
    void isAckedAlthoughThePeerClosesAtOnce() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (RawClient peer = service.connect()) {
                String to = "/send?finish=true&wait=acked&timeout=30s&to=" + api.idOf(peer);
                CompletableFuture<Api.Answer> pending = api.postAsync(to, "bye".getBytes(UTF_8));
                peer.readToEnd();
                peer.finish();
                assertThat(pending.get().status()).as(pending.get().body()).isEqualTo(200);
            }
        }
    }

    @Test
    void whatThePeerSendsBeforeItsEndIsTheReply() throws Exception {
        try (RawClient peer = service.connect()) {
            CompletableFuture<Api.Answer> pending = ask(api.idOf(peer));
            peer.readToEnd();
            peer.send("good");
            peer.finish();
            assertThat(pending.get().body()).contains("\"reply\":\"good\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aTlsPeerReadsACloseNotifyAndCanStillAnswer(String version) throws Exception {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), service.port("secure"));
        SSLSocket socket =
                (SSLSocket)
                        server.trusting(null)
                                .getSocketFactory()
                                .createSocket(plain, "localhost", plain.getPort(), true);
        socket.setEnabledProtocols(new String[] {version});
        socket.startHandshake();
        try (RawClient peer = RawClient.over(socket)) {
            CompletableFuture<Api.Answer> pending =
                    ask(api.awaitPeer(plain.getLocalPort()).get("id").asString());
            assertThat(peer.readToEnd()).isEqualTo("bye\n");
            if (version.equals("TLSv1.3")) {
                peer.send("good bye\n");
                assertThat(pending.get().body()).contains("\"reply\":\"good bye\"");
            } else {
                // the JDK's TLS 1.2 answers a close_notify with its own at once
                socket.close();
                assertThat(pending.get().status()).isEqualTo(410);
            }
        }
    }

    @Test
    void aUdpPeerHasNoEnd() throws Exception {
        try (UdpClient peer = UdpClient.of(service.port("datagrams"))) {
            peer.send("hello");
            await().until(() -> api.total() == 1);
            String id = api.peers().getFirst().get("id").asString();
            Api.Answer answer = api.post("/send?finish=true&to=" + id, "bye");
            assertThat(answer.status()).isEqualTo(422);
            assertThat(answer.json().get("detail").asString())
                    .contains("finish=true is not possible for listener 'datagrams'");
            api.delete("/peers/" + id);
        }
    }
}
