package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RemoteEnd;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Peers that end their output and continue to read. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.webhook.events=message",
            "switchboard.listeners.default.identify.pattern=^name (?<name>\\\\w+)",
            "switchboard.listeners.default.identify.reply=welcome",
            "switchboard.listeners.default.half-close-timeout=5m",
            "switchboard.listeners.narrow.port=0",
            "switchboard.listeners.narrow.webhook.events=message",
            "switchboard.listeners.narrow.webhook.queue=10",
            "switchboard.listeners.narrow.half-close-timeout=5m",
            "switchboard.listeners.hasty.port=0",
            "switchboard.listeners.hasty.webhook.events=message",
            "switchboard.listeners.hasty.half-close-timeout=200ms",
            "switchboard.listeners.secure.port=0",
            "switchboard.listeners.secure.tls.bundle=server",
            "switchboard.listeners.secure.webhook.events=message",
            "switchboard.listeners.secure.half-close-timeout=5m",
            "switchboard.listeners.local.transport=unix",
            "switchboard.listeners.local.webhook.events=message",
            "switchboard.listeners.local.half-close-timeout=5m",
            "switchboard.listeners.staying.port=0",
            "switchboard.listeners.staying.half-close=open",
            "switchboard.listeners.staying.half-close-timeout=5m",
            "switchboard.listeners.brief.port=0",
            "switchboard.listeners.brief.half-close=open",
            "switchboard.listeners.brief.half-close-timeout=200ms",
            "switchboard.listeners.closing.port=0",
            "switchboard.listeners.closing.half-close=close",
            "switchboard.listeners.closing.webhook.events=message",
            "switchboard.connect.allowed-networks=127.0.0.0/8",
        })
class HalfCloseIT {
    @TempDir static Path folder;

    private static final BackEnds BACK_ENDS = new BackEnds();

    @SuppressWarnings("NullAway.Init")
    private static Certificate server;

    private final RunningService service;
    private final Api api;

    HalfCloseIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @DynamicPropertySource
    static void properties(DynamicPropertyRegistry properties) throws Exception {
        server = Certificate.make(folder, "server", "CN=localhost");
        server.addBundle("server", properties);
        properties.add("switchboard.listeners.local.path", () -> path().toString());
        for (String listener :
                new String[] {"default", "narrow", "hasty", "secure", "local", "closing"}) {
            properties.add(
                    "switchboard.listeners." + listener + ".webhook.url",
                    () -> BACK_ENDS.url("/" + listener));
        }
    }

    private static Path path() {
        return folder.resolve("peers.sock");
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
        for (String listener : new String[] {"default", "hasty", "secure", "local", "closing"}) {
            BACK_ENDS.on("/" + listener, (post, reply) -> answer(post, reply));
        }
    }

    private static void answer(BackEnds.Post post, BackEnds.Reply reply) {
        reply.status(200).body("you said " + post.text());
    }

    private RawClient connect(String listener) throws IOException {
        return RawClient.connect(service.port(listener));
    }

    private SSLSocket secure(String version) throws Exception {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), service.port("secure"));
        SSLSocket socket =
                (SSLSocket)
                        server.trusting(null)
                                .getSocketFactory()
                                .createSocket(plain, "localhost", plain.getPort(), true);
        socket.setEnabledProtocols(new String[] {version});
        socket.startHandshake();
        return socket;
    }

    private void awaitState(String id, String state) {
        await().until(() -> api.peer(id).get("state").asString().equals(state));
    }

    @Test
    void theAnswerOfTheWebhookIsWritten() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (RawClient peer = connect("default")) {
                peer.send("hello\n");
                peer.finish();
                assertThat(peer.readToEnd()).isEqualTo("you said hello\n");
            }
        }
    }

    @Test
    void eachOfManyMessagesIsAnswered() throws Exception {
        StringBuilder sent = new StringBuilder();
        StringBuilder answers = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            sent.append(i).append('\n');
            answers.append("you said ").append(i).append('\n');
        }
        try (RawClient peer = connect("default")) {
            peer.send(sent.toString());
            peer.finish();
            assertThat(peer.readToEnd()).isEqualTo(answers.toString());
        }
    }

    @Test
    void theReplyToTheNameIsWritten() throws Exception {
        BACK_ENDS.on("/default", (_, _) -> {});
        try (RawClient peer = connect("default")) {
            peer.send("name dev7\n");
            peer.finish();
            assertThat(peer.readToEnd()).isEqualTo("welcome\n");
        }
    }

    @Test
    void closesAtOnceIfNoAnswerIsOwed() throws Exception {
        try (RawClient peer = connect("default")) {
            String id = api.idOf(peer);
            peer.finish();
            assertThat(peer.readToEnd()).isEmpty();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
        }
    }

    @Test
    void aPeerThatAwaitsItsAnswerIsHalfClosed() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        BACK_ENDS.on(
                "/default",
                (post, reply) -> {
                    answered.await();
                    answer(post, reply);
                });
        try (RawClient peer = connect("default");
                RawClient other = connect("default")) {
            String id = api.idOf(peer);
            String openId = api.idOf(other);
            peer.send("name dev8\n");
            peer.finish();
            awaitState(id, "half-closed");
            assertThat(api.get("/peers?state=open").body()).contains(id, openId);
            assertThat(api.get("/peers?state=half-closed").body())
                    .contains(id)
                    .doesNotContain(openId);
            assertThat(api.get("/peers?state=closed").body()).doesNotContain(id);

            for (String to : new String[] {id, "dev8", id + "&wait=reply"}) {
                Api.Answer refused = api.post("/send?to=" + to, "hi");
                assertThat(refused.status()).as(refused.body()).isEqualTo(410);
                assertThat(refused.json().get("reason").asString()).isEqualTo("half_closed");
            }
            Api.Answer all = api.post("/send?to=all&results=all", "hi");
            assertThat(all.status()).isEqualTo(207);
            assertThat(all.body()).contains("\"reason\":\"half_closed\"");

            answered.countDown();
            assertThat(peer.readToEnd()).isEqualTo("welcome\nyou said name dev8\n");
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
        }
    }

    @Test
    void aNewPeerGetsTheNameOfAHalfClosedOne() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        BACK_ENDS.on("/default", (_, _) -> answered.await());
        try (RawClient old = connect("default");
                RawClient successor = connect("default")) {
            old.send("name dev9\n");
            old.finish();
            awaitState(api.idOf(old), "half-closed");
            successor.send("name dev9\n");
            assertThat(successor.readLine()).isEqualTo("welcome");
            assertThat(api.post("/send?to=dev9", "hi").status()).isEqualTo(200);
            assertThat(successor.readLine()).isEqualTo("hi");
        } finally {
            answered.countDown();
        }
    }

    @Test
    void closesWithoutAnAnswerAfterTheTimeout() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        BACK_ENDS.on("/hasty", (_, _) -> answered.await());
        try (RawClient peer = connect("hasty")) {
            String id = api.idOf(peer);
            peer.send("hello\n");
            peer.finish();
            assertThat(peer.readToEnd()).isEmpty();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
            assertThat(api.peer(id).get("closeDetail").asString())
                    .isEqualTo("no answer within half-close-timeout, 200ms");
        } finally {
            answered.countDown();
        }
    }

    @Test
    void anEventThatIsGivenUpIsNotAwaited() throws Exception {
        BACK_ENDS.on("/default", (_, reply) -> reply.status(400));
        try (RawClient peer = connect("default")) {
            peer.send("hello\n");
            peer.finish();
            assertThat(peer.readToEnd()).isEmpty();
        }
    }

    @Test
    void theLastMessagesOfAPausedPeerAreAnswered() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        BACK_ENDS.on(
                "/narrow",
                (post, reply) -> {
                    answered.await();
                    answer(post, reply);
                });
        StringBuilder expected = new StringBuilder();
        try (RawClient peer = connect("narrow")) {
            String id = api.idOf(peer);
            for (int i = 0; i < 20; i++) {
                expected.append("you said ").append(i).append('\n');
            }
            for (int i = 0; i < 10; i++) {
                peer.send(i + "\n");
            }
            await().until(() -> api.peer(id).get("received").get("messages").asInt() == 10);
            for (int i = 10; i < 20; i++) {
                peer.send(i + "\n");
            }
            peer.finish();
            await().until(() -> api.peer(id).get("hint").asString("").contains("paused"));
            answered.countDown();
            assertThat(peer.readToEnd()).isEqualTo(expected.toString());
        }
    }

    @Test
    void aQuestionThatCannotBeAnsweredEndsAtOnce() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        BACK_ENDS.on("/default", (_, _) -> answered.await());
        try (RawClient peer = connect("default")) {
            String id = api.idOf(peer);
            peer.send("hello\n");
            await().until(() -> api.peer(id).get("received").get("messages").asInt() == 1);
            CompletableFuture<Api.Answer> asked =
                    api.postAsync("/send?wait=reply&timeout=5m&to=" + id, "ask".getBytes(UTF_8));
            assertThat(peer.readLine()).isEqualTo("ask");
            peer.finish();
            assertThat(asked.get().status()).as(asked.get().body()).isEqualTo(410);
            assertThat(asked.get().json().get("reason").asString()).isEqualTo("half_closed");
        } finally {
            answered.countDown();
        }
    }

    @Test
    void aReplyBeforeTheEndAnswersTheQuestion() throws Exception {
        try (RawClient peer = connect("default")) {
            String id = api.idOf(peer);
            CompletableFuture<Api.Answer> asked =
                    api.postAsync("/send?wait=reply&timeout=5m&to=" + id, "ask".getBytes(UTF_8));
            assertThat(peer.readLine()).isEqualTo("ask");
            peer.send("reply\n");
            peer.finish();
            assertThat(asked.get().body()).contains("\"reply\":\"reply\"");
            assertThat(asked.get().status()).isEqualTo(200);
        }
    }

    @Test
    void aTls13PeerGetsItsAnswerAfterItsCloseNotify() throws Exception {
        SSLSocket socket = secure("TLSv1.3");
        try (RawClient peer = RawClient.over(socket)) {
            peer.send("hello\n");
            socket.shutdownOutput();
            assertThat(peer.readToEnd()).isEqualTo("you said hello\n");
        }
    }

    @Test
    void aTls12PeerIsClosedAtItsCloseNotify() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        BACK_ENDS.on("/secure", (_, _) -> answered.await());
        SSLSocket socket = secure("TLSv1.2");
        try (RawClient peer = RawClient.over(socket)) {
            String id = api.awaitPeer(socket.getLocalPort()).get("id").asString();
            peer.send("hello\n");
            socket.close();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
        } finally {
            answered.countDown();
        }
    }

    @Test
    void aFinWithoutCloseNotifyIsAReset() throws Exception {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), service.port("secure"));
        try (SSLSocket socket =
                (SSLSocket)
                        server.trusting(null)
                                .getSocketFactory()
                                .createSocket(plain, "localhost", plain.getPort(), false)) {
            socket.startHandshake();
            String id = api.awaitPeer(plain.getLocalPort()).get("id").asString();
            socket.getOutputStream().write("hello\nunfini".getBytes(UTF_8));
            plain.shutdownOutput();
            assertThat(api.awaitClosed(id)).isEqualTo("reset");
            JsonNode closed = api.peer(id);
            assertThat(closed.get("closeDetail").asString()).contains("close_notify");
            assertThat(closed.get("received").get("messages").asInt()).isEqualTo(1);
        }
    }

    @Test
    void aUnixPeerGetsItsAnswer() throws Exception {
        try (SocketChannel peer = SocketChannel.open(UnixDomainSocketAddress.of(path()))) {
            peer.write(ByteBuffer.wrap("hello\n".getBytes(UTF_8)));
            peer.shutdownOutput();
            byte[] answer = Channels.newInputStream(peer).readAllBytes();
            assertThat(new String(answer, UTF_8)).isEqualTo("you said hello\n");
        }
    }

    @Test
    void aDialledPeerGetsItsAnswer() throws Exception {
        try (RemoteEnd remote =
                RemoteEnd.start(
                        connection -> {
                            RemoteEnd.write(connection, "hello\n");
                            connection.shutdownOutput();
                            return RemoteEnd.all(connection);
                        })) {
            Api.Answer dialled =
                    api.postJson(
                            "/peers",
                            "{\"host\":\"127.0.0.1\",\"port\":%d,\"listener\":\"default\"}"
                                    .formatted(remote.port()));
            assertThat(dialled.status()).as(dialled.body()).isEqualTo(201);
            assertThat(remote.received()).isEqualTo("you said hello\n");
        }
    }

    @Test
    void anOpenHalfClosedPeerCanBeSentTo() throws Exception {
        try (RawClient peer = connect("staying")) {
            String id = api.idOf(peer);
            peer.send("hello\n");
            peer.finish();
            awaitState(id, "half-closed");
            assertThat(api.get("/peers?state=open").body()).contains(id);
            assertThat(api.post("/send?to=" + id, "first").status()).isEqualTo(200);
            Api.Answer asked = api.post("/send?wait=reply&timeout=5m&to=" + id, "question");
            assertThat(asked.status()).as(asked.body()).isEqualTo(410);
            assertThat(asked.json().get("reason").asString()).isEqualTo("half_closed");
            assertThat(api.post("/send?finish=true&to=" + id, "last").status()).isEqualTo(200);
            assertThat(peer.readToEnd()).isEqualTo("first\nlast\n");
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
        }
    }

    @Test
    void anOpenHalfClosedPeerIsClosedAfterTheTimeout() throws Exception {
        try (RawClient peer = connect("brief")) {
            String id = api.idOf(peer);
            peer.finish();
            assertThat(peer.readToEnd()).isEmpty();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
            assertThat(api.peer(id).get("closeDetail").asString())
                    .isEqualTo("half-closed for half-close-timeout, 200ms");
        }
    }

    @Test
    void aKickedHalfClosedPeerGetsItsFarewell() throws Exception {
        try (RawClient peer = connect("staying")) {
            String id = api.idOf(peer);
            peer.finish();
            awaitState(id, "half-closed");
            assertThat(api.delete("/peers/" + id + "?farewell=bye").status()).isEqualTo(204);
            assertThat(peer.readToEnd()).isEqualTo("bye\n");
            assertThat(api.awaitClosed(id)).isEqualTo("kicked");
        }
    }

    @Test
    void closesAtOnceIfTheListenerSaysSo() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        BACK_ENDS.on(
                "/closing",
                (post, reply) -> {
                    answered.await();
                    answer(post, reply);
                });
        try (RawClient peer = connect("closing")) {
            peer.send("hello\n");
            peer.finish();
            assertThat(peer.readToEnd()).isEmpty();
        } finally {
            answered.countDown();
        }
    }
}
