package io.switchboard.http.send;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RemoteEnd;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** {@code POST /send} to hosts that are no peers: {@code to=tcp:HOST:PORT}. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.numbered.port=0",
            "switchboard.listeners.numbered.correlate=^#(\\\\d+)",
            "switchboard.listeners.numbered.identify.pattern=^HELLO (?<name>.*)",
            "switchboard.listeners.numbered.identify.consume=true",
            "switchboard.listeners.single.port=0",
            "switchboard.listeners.single.max-connections=1",
            "switchboard.listeners.datagrams.transport=udp",
            "switchboard.listeners.datagrams.port=0",
        })
class RemoteSendIT {
    private static final int LARGE = 1024 * 1024;

    private final Api api;

    RemoteSendIT(@Autowired RunningService service) {
        this.api = service.api();
    }

    /** Each connection is closed with its send. */
    @AfterEach
    void noPeerIsLeft() {
        api.awaitTotal(0);
    }

    private Api.Answer send(RemoteEnd remote, String more, String message) {
        return api.post("/send?to=tcp:127.0.0.1:" + remote.port() + more, message);
    }

    private static JsonNode result(Api.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("results").get(0);
    }

    private static void assertProblem(Api.Answer answer, int status, String reason) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().get("reason").asString()).isEqualTo(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"queued", "written", "acked"})
    void connectsSendsAndCloses(String wait) throws Exception {
        try (RemoteEnd printer = RemoteEnd.start(RemoteEnd::all)) {
            JsonNode result = result(send(printer, "&wait=" + wait, "^XA^FDhi^FS^XZ"));
            assertThat(printer.received()).isEqualTo("^XA^FDhi^FS^XZ\n");
            String id = result.get("peer").asString();
            assertThat(api.awaitClosed(id)).isEqualTo("send_ended");
            JsonNode peer = api.peer(id);
            assertThat(peer.get("direction").asString()).isEqualTo("outbound");
            assertThat(peer.get("listener").asString()).isEqualTo("default");
            assertThat(peer.get("peername").get("port").asInt()).isEqualTo(printer.port());
        }
    }

    @Test
    void theFramingOfTheSendFramesTheMessage() throws Exception {
        try (RemoteEnd printer = RemoteEnd.start(RemoteEnd::all)) {
            assertThat(result(send(printer, "&framing=raw", "~HS")).get("bytes").asInt())
                    .isEqualTo(3);
            assertThat(printer.received()).isEqualTo("~HS");
        }
    }

    @Test
    void theReplyIsTheFirstFrame() throws Exception {
        try (RemoteEnd remote =
                RemoteEnd.start(
                        socket -> {
                            String line = RemoteEnd.line(socket);
                            RemoteEnd.write(socket, "one\ntwo\n");
                            return line + RemoteEnd.all(socket);
                        })) {
            JsonNode result = result(send(remote, "&wait=reply", "status?"));
            assertThat(result.get("status").asString()).isEqualTo("replied");
            assertThat(result.get("reply").asString()).isEqualTo("one");
            assertThat(remote.received()).isEqualTo("status?"); // and then our FIN
        }
    }

    @Test
    void theReplyIsWhatArrivesUntilTheRemoteEndCloses() throws Exception {
        try (RemoteEnd remote =
                RemoteEnd.start(
                        socket -> {
                            String line = RemoteEnd.line(socket);
                            RemoteEnd.write(socket, "21.5");
                            RemoteEnd.write(socket, " C");
                            return line;
                        })) {
            assertThat(result(send(remote, "&wait=reply", "t?")).get("reply").asString())
                    .isEqualTo("21.5 C");
        }
    }

    /** The race of a remote end that sends and closes before it has received anything. */
    @Test
    void whatTheRemoteEndSendsAtOnceIsTheReply() throws Exception {
        try (RemoteEnd daytime =
                RemoteEnd.start(
                        socket -> {
                            RemoteEnd.write(socket, "29 NOV 2026 00:25:18 UTC\n");
                            socket.shutdownOutput();
                            return RemoteEnd.line(socket);
                        })) {
            assertThat(result(send(daytime, "&wait=reply", "time?")).get("reply").asString())
                    .isEqualTo("29 NOV 2026 00:25:18 UTC");
        }
    }

    @Test
    void aServerThatAnswersAfterTheEndOfItsInputAnswers() throws Exception {
        try (RemoteEnd remote =
                RemoteEnd.start(
                        socket -> {
                            String all = RemoteEnd.all(socket);
                            RemoteEnd.write(socket, "got " + all.length() + " bytes");
                            return all;
                        })) {
            JsonNode result = result(send(remote, "&wait=reply&finish=true", "hello"));
            assertThat(result.get("reply").asString()).isEqualTo("got 6 bytes");
            assertProblem(send(remote, "&wait=reply&timeout=300ms", "hello"), 504, "no_reply");
        }
    }

    /** The race of a remote end that closes as soon as it has the message. */
    @ParameterizedTest
    @ValueSource(strings = {"", "&finish=true"})
    void isAckedAlthoughTheRemoteEndClosesAtOnce(String finish) throws Exception {
        try (RemoteEnd remote = RemoteEnd.start(RemoteEnd::line)) {
            for (int i = 0; i < 20; i++) {
                Api.Answer answer = send(remote, "&wait=acked&timeout=30s" + finish, "hello");
                assertThat(result(answer).get("status").asString()).isEqualTo("acked");
            }
        }
    }

    /** Each end would wait until the other one reads. */
    @Test
    void isAckedByARemoteEndThatEchoesBeforeItHasReadAll() throws Exception {
        try (RemoteEnd echo =
                RemoteEnd.start(
                        socket -> {
                            socket.setSendBufferSize(4 * 1024);
                            return "echoed "
                                    + socket.getInputStream().transferTo(socket.getOutputStream());
                        })) {
            Api.Answer answer =
                    send(echo, "&wait=acked&timeout=30s&finish=true", "x".repeat(LARGE - 100));
            assertThat(result(answer).get("status").asString()).isEqualTo("acked");
            assertThat(echo.received()).isEqualTo("echoed " + (LARGE - 99));
        }
    }

    /** What arrives is dropped, so nothing of it can end the connection before the message. */
    @Test
    void isAckedByARemoteEndWhoseBytesAreNoFrame() throws Exception {
        try (RemoteEnd remote =
                RemoteEnd.start(
                        socket -> {
                            RemoteEnd.write(socket, "#".repeat(LARGE));
                            socket.shutdownOutput();
                            return RemoteEnd.line(socket);
                        })) {
            JsonNode result = result(send(remote, "&wait=acked&timeout=30s", "hello"));
            assertThat(result.get("status").asString()).isEqualTo("acked");
            assertThat(remote.received()).isEqualTo("hello");
            assertThat(api.awaitClosed(result.get("peer").asString())).isEqualTo("send_ended");
        }
    }

    /** The race of a remote end that resets the connection while the message is written. */
    @Test
    void reportsARemoteEndThatClosesWhileTheMessageIsWritten() throws Exception {
        try (RemoteEnd remote =
                RemoteEnd.start(
                        socket -> {
                            socket.setReceiveBufferSize(4 * 1024);
                            int first = socket.getInputStream().read();
                            socket.setSoLinger(true, 0);
                            return String.valueOf((char) first);
                        })) {
            Api.Answer answer = send(remote, "&wait=acked&timeout=30s", "x".repeat(LARGE - 100));
            assertThat(answer.status()).as(answer.body()).isEqualTo(410);
            assertThat(answer.json().get("detail").asString())
                    .startsWith("peer 'tcp:127.0.0.1:" + remote.port() + "' is closed (reset)");
        }
    }

    @Test
    void reportsARemoteEndThatClosesWithoutAReply() throws Exception {
        try (RemoteEnd remote = RemoteEnd.start(RemoteEnd::line)) {
            assertProblem(send(remote, "&wait=reply&timeout=30s", "hello"), 410, "closed");
        }
    }

    @Test
    void reportsTheErrnoOfARefusedConnection() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        Api.Answer answer = api.post("/send?to=tcp:127.0.0.1:" + port, "hello");
        assertProblem(answer, 502, "connect_failed");
        assertThat(answer.json().get("errno").asInt()).isEqualTo(111);
        assertThat(answer.json().get("code").asString()).isEqualTo("ECONNREFUSED");
        assertThat(answer.json().get("detail").asString())
                .isEqualTo(
                        "connecting to 127.0.0.1 port "
                                + port
                                + ": Connection refused (ECONNREFUSED)");

        Api.Answer lines =
                api.post(
                        "/send",
                        "application/x-ndjson",
                        BodyPublishers.ofString(
                                "{\"to\":\"tcp:127.0.0.1:" + port + "\",\"text\":\"hi\"}"));
        assertThat(lines.json().get("status").asInt()).isEqualTo(502);
        assertThat(lines.json().get("errno").asInt()).isEqualTo(111);
        assertThat(lines.json().get("code").asString()).isEqualTo("ECONNREFUSED");
    }

    @Test
    void aLineOfABatchMayConnect() throws Exception {
        try (RemoteEnd remote = RemoteEnd.start(RemoteEnd::all)) {
            String line =
                    "{\"to\":\"tcp:127.0.0.1:%d\",\"text\":\"hi\",\"wait\":\"acked\",\"finish\":true}"
                            .formatted(remote.port());
            Api.Answer answer =
                    api.post("/send", "application/x-ndjson", BodyPublishers.ofString(line));
            assertThat(answer.json().get("status").asInt()).as(answer.body()).isEqualTo(200);
            assertThat(remote.received()).isEqualTo("hi\n");
        }
    }

    /** If the backlog of the server is full, the kernel drops each SYN, and connect(2) waits. */
    @Test
    void theTimeoutIsAlsoForConnecting() throws Exception {
        try (ServerSocketChannel full = ServerSocketChannel.open()) {
            full.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
            List<SocketChannel> waiting = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                waiting.add(SocketChannel.open(full.getLocalAddress()));
            }
            int port = full.socket().getLocalPort();
            Api.Answer answer = api.post("/send?to=tcp:127.0.0.1:" + port + "&timeout=300ms", "x");
            assertProblem(answer, 504, "timeout");
            assertThat(answer.json().get("code").asString()).isEqualTo("ETIMEDOUT");
            for (SocketChannel each : waiting) {
                each.close();
            }
        }
    }

    @Test
    void theAllowedNetworksApply() {
        Api.Answer answer = api.post("/send?to=tcp:192.0.2.7:9100", "hello");
        assertProblem(answer, 403, "not_allowed");
        assertThat(answer.body()).contains("switchboard.connect.allowed-networks");
    }

    @Test
    void theListenerMayBeNamed() throws Exception {
        try (RemoteEnd remote = RemoteEnd.start(RemoteEnd::all)) {
            JsonNode result = result(send(remote, "@single", "hello"));
            JsonNode peer = api.peer(result.get("peer").asString());
            assertThat(peer.get("listener").asString()).isEqualTo("single");
            assertProblem(send(remote, "@datagrams", "hello"), 400, "bad_request");
            assertThat(send(remote, "@nope", "hello").body())
                    .contains("listener='nope': it takes one whose transport is tcp");
        }
    }

    @Test
    void theLimitOfTheListenerApplies() throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        try (RemoteEnd remote =
                RemoteEnd.start(
                        socket -> {
                            String line = RemoteEnd.line(socket);
                            await(free);
                            RemoteEnd.write(socket, "done\n");
                            return line;
                        })) {
            String to = "/send?to=tcp:127.0.0.1:" + remote.port() + "@single&wait=reply";
            CompletableFuture<Api.Answer> first =
                    api.postAsync(to + "&timeout=30s", "hello".getBytes(UTF_8));
            api.awaitTotal(1);
            Api.Answer full = api.post(to, "hello");
            assertProblem(full, 503, "too_many_connections");
            assertThat(full.header("Retry-After")).isEqualTo("1");
            free.countDown();
            assertThat(first.get().status()).isEqualTo(200);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** The first frame is the reply, also where frames are correlated or name their peers. */
    @Test
    void theReplyNeedsNoCorrelationAndIsNoName() throws Exception {
        try (RemoteEnd remote =
                RemoteEnd.start(
                        socket -> {
                            String line = RemoteEnd.line(socket);
                            RemoteEnd.write(socket, "HELLO plc-7\n");
                            return line + RemoteEnd.all(socket);
                        })) {
            JsonNode result = result(send(remote, "@numbered&wait=reply", "who?"));
            assertThat(result.get("reply").asString()).isEqualTo("HELLO plc-7");
        }
    }

    @Test
    void aMessageThatCannotBeFramedConnectsToNobody() throws Exception {
        try (RemoteEnd remote = RemoteEnd.start(RemoteEnd::all)) {
            assertProblem(send(remote, "", "a\nb"), 422, "bad_payload");
            assertThat(remote.wasServed()).isFalse();
        }
    }

    @Test
    void aRepeatWithTheSameKeyConnectsOnce() throws Exception {
        try (RemoteEnd remote = RemoteEnd.start(RemoteEnd::all)) {
            List<String> bodies = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                bodies.add(
                        api.answer(
                                        api.request("/send?to=tcp:127.0.0.1:" + remote.port())
                                                .header("Idempotency-Key", "order-" + remote.port())
                                                .POST(BodyPublishers.ofString("hello")))
                                .body());
            }
            assertThat(bodies.getFirst()).isEqualTo(bodies.getLast());
            assertThat(remote.received()).isEqualTo("hello\n");
            assertThat(remote.wasServed()).isFalse();
        }
    }

    /** Nothing of the connection is left when the remote end never answers and never closes. */
    @Test
    void aRemoteEndThatKeepsTheConnectionOpenIsClosed() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (RemoteEnd remote =
                RemoteEnd.start(
                        socket -> {
                            String all = RemoteEnd.all(socket);
                            await(end);
                            return all;
                        })) {
            assertProblem(send(remote, "&wait=reply&timeout=200ms", "hello"), 504, "no_reply");
            api.awaitTotal(0);
            end.countDown();
            assertThat(remote.received()).isEqualTo("hello\n");
        }
    }
}
