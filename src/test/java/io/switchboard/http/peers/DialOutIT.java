package io.switchboard.http.peers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** {@code POST /peers}: the service connects, and the remote end is a peer like any other. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.strict.port=0",
            "switchboard.listeners.strict.on-duplicate=reject",
            "switchboard.listeners.strict.max-connections=2",
            "switchboard.listeners.strict.groups=dialled",
            "switchboard.listeners.local.transport=unix",
            "switchboard.listeners.local.path=target/dial-out.sock",
        })
class DialOutIT {
    private final Api api;
    private final RunningService service;

    DialOutIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    @AfterEach
    void endKeptConnections() {
        for (JsonNode call : calls()) {
            api.delete("/calls/" + call.get("id").asString());
        }
        await().until(() -> calls().isEmpty());
    }

    private List<JsonNode> calls() {
        List<JsonNode> calls = new ArrayList<>();
        api.get("/calls").json().get("calls").forEach(calls::add);
        return calls;
    }

    private static ServerSocket server() throws IOException {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setSoTimeout(60_000);
        return server;
    }

    private Api.Answer dial(int port, String more) {
        return api.postJson("/peers", "{\"host\":\"127.0.0.1\",\"port\":" + port + more + "}");
    }

    @Test
    void theRemoteEndBecomesAPeer() throws Exception {
        try (ServerSocket server = server()) {
            Api.Answer answer = dial(server.getLocalPort(), ",\"name\":\"plc-7\"");
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            JsonNode peer = answer.json();
            assertThat(answer.header("Location")).isEqualTo("/peers/" + peer.get("id").asString());
            assertThat(peer.get("name").asString()).isEqualTo("plc-7");
            assertThat(peer.get("direction").asString()).isEqualTo("outbound");
            assertThat(peer.get("listener").asString()).isEqualTo("default");
            assertThat(peer.get("peername").get("port").asInt()).isEqualTo(server.getLocalPort());
            try (Socket remote = server.accept()) {
                assertThat(peer.get("sockname").get("port").asInt()).isEqualTo(remote.getPort());
                assertThat(api.post("/send?to=plc-7&wait=acked", "hello").status()).isEqualTo(200);
                assertThat(new String(remote.getInputStream().readNBytes(6), UTF_8))
                        .isEqualTo("hello\n");
                remote.getOutputStream().write("back\n".getBytes(UTF_8));
                await().until(() -> api.get("/peers/plc-7/messages").body().contains("\"back\""));
            }
            assertThat(api.awaitClosed(peer.get("id").asString())).isEqualTo("peer_closed");
        }
    }

    @Test
    void theListenersGroupsAndLimitsApplyToThePeer() throws Exception {
        try (ServerSocket server = server()) {
            int port = server.getLocalPort();
            assertThat(
                            dial(port, ",\"listener\":\"strict\",\"name\":\"one\"")
                                    .json()
                                    .get("groups")
                                    .get(0)
                                    .asString())
                    .isEqualTo("dialled");
            Api.Answer again = dial(port, ",\"listener\":\"strict\",\"name\":\"one\"");
            assertThat(again.status()).isEqualTo(409);
            assertThat(again.json().get("reason").asString()).isEqualTo("duplicate_name");
            assertThat(dial(port, ",\"listener\":\"strict\"").status()).isEqualTo(201);
            Api.Answer full = dial(port, ",\"listener\":\"strict\"");
            assertThat(full.status()).isEqualTo(503);
            assertThat(full.body()).contains("at most 2 connections");
            api.postJson("/peers/close", "{\"to\":\"all\"}");
        }
    }

    @Test
    void reportsTheErrnoOfARefusedConnection() throws Exception {
        int port = FreePort.find();
        Api.Answer answer = dial(port, "");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.json().get("errno").asInt()).isEqualTo(111);
        assertThat(answer.json().get("code").asString()).isEqualTo("ECONNREFUSED");
        assertThat(answer.json().get("detail").asString())
                .isEqualTo(
                        "connecting to 127.0.0.1 port "
                                + port
                                + ": Connection refused (ECONNREFUSED)");
        assertThat(api.total()).isZero();
    }

    @Test
    void reportsAHostNameThatDoesNotResolve() {
        Api.Answer answer =
                api.postJson(
                        "/peers", "{\"host\":\"nobody.invalid\",\"port\":1,\"timeout\":\"9s\"}");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.json().get("code").asString()).isEqualTo("EAI_NONAME");
    }

    /** If the backlog of the server is full, the kernel drops each SYN, and connect(2) waits. */
    @Test
    void reportsATimeoutIfTheServerDoesNotAnswer() throws Exception {
        try (ServerSocketChannel full = ServerSocketChannel.open()) {
            full.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
            List<SocketChannel> waiting = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                waiting.add(SocketChannel.open(full.getLocalAddress()));
            }
            Api.Answer answer = dial(full.socket().getLocalPort(), ",\"timeout\":\"300ms\"");
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.json().get("errno").asInt()).isEqualTo(110);
            assertThat(answer.json().get("code").asString()).isEqualTo("ETIMEDOUT");
            for (SocketChannel each : waiting) {
                each.close();
            }
        }
    }

    @Test
    void refusesAddressesOutsideTheAllowedNetworks() {
        for (String host : List.of("192.0.2.7", "169.254.169.254", "::ffff:169.254.169.254")) {
            Api.Answer answer = api.postJson("/peers", "{\"host\":\"" + host + "\",\"port\":80}");
            assertThat(answer.status()).as(host).isEqualTo(403);
            assertThat(answer.body()).contains("switchboard.connect.allowed-networks");
        }
    }

    @Test
    void refusesInvalidFieldsByNameAndValue() {
        assertThat(api.postJson("/peers", "{\"port\":1}").body()).contains("'host' is missing");
        assertThat(api.postJson("/peers", "{\"host\":\"h\"}").body()).contains("'port' is missing");
        assertThat(dial(0, "").body()).contains("port=0: it takes 1 to 65535");
        assertThat(dial(1, ",\"listener\":\"nope\"").body())
                .contains("listener='nope': it takes one whose transport is tcp, default or");
        assertThat(dial(1, ",\"listener\":\"local\"").body()).contains("listener='local'");
        assertThat(dial(1, ",\"timeout\":\"1d\"").body()).contains("timeout='1d'");
        assertThat(dial(1, ",\"timeout\":\"0s\"").body())
                .contains("timeout='0s': it takes 1ms to 1m");
        assertThat(dial(1, ",\"name\":\"all\"").body()).contains("name: the name 'all'");
        assertThat(dial(1, ",\"keep\":1").body()).contains("keep=1: it takes true or false");
        assertThat(dial(1, ",\"kepe\":true").body()).contains("unknown field 'kepe'");
        assertThat(api.get("/calls/1").status()).isEqualTo(405);
        assertThat(api.delete("/calls/77").status()).isEqualTo(404);
    }

    @Test
    void aKeptConnectionIsReestablishedWithItsNameAndGroups() throws Exception {
        try (ServerSocket server = server()) {
            Api.Answer answer = dial(server.getLocalPort(), ",\"name\":\"kept\",\"keep\":true");
            assertThat(answer.status()).isEqualTo(201);
            String first = answer.json().get("id").asString();
            try (Socket remote = server.accept()) {
                api.put("/groups/hall-3/peers/kept");
                assertThat(calls().getFirst().get("state").asString()).isEqualTo("connected");
                assertThat(calls().getFirst().get("peer").asString()).isEqualTo(first);
                assertThat(remote.isConnected()).isTrue();
            }
            try (Socket remote = server.accept()) {
                await().until(
                                () ->
                                        api.post("/send?to=kept", "again").status() == 200
                                                && !api.peer("kept")
                                                        .get("id")
                                                        .asString()
                                                        .equals(first));
                assertThat(api.peer("kept").get("groups").get(0).asString()).isEqualTo("hall-3");
                assertThat(calls().getFirst().get("connects").asInt()).isEqualTo(2);
                assertThat(new String(remote.getInputStream().readNBytes(6), UTF_8))
                        .isEqualTo("again\n");
                api.delete("/peers/kept");
            }
            await().until(() -> calls().isEmpty());
        }
    }

    @Test
    void aKeptConnectionRetriesUntilTheServerIsThere() throws Exception {
        int port = FreePort.find();
        Api.Answer answer = dial(port, ",\"name\":\"later\",\"keep\":true");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.header("Location")).startsWith("/calls/");
        await().until(() -> calls().getFirst().get("state").asString().equals("waiting"));
        JsonNode call = calls().getFirst();
        assertThat(call.get("lastError").get("code").asString()).isEqualTo("ECONNREFUSED");
        assertThat(call.get("nextAttemptAt").asString()).matches("[^.]*(\\.\\d{3})?Z");
        assertThat(call.get("lastError").has("timeout")).isFalse();
        try (ServerSocket server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(60_000);
            try (Socket remote = server.accept()) {
                api.awaitOpen("later");
                assertThat(remote.isConnected()).isTrue();
                api.delete("/calls/" + call.get("id").asString());
                await().until(() -> calls().isEmpty());
                assertThat(api.total()).isEqualTo(1); // the peer stays connected, but is not kept
                api.delete("/peers/later");
            }
        }
    }

    @Test
    void canConnectToItsOwnListener() throws Exception {
        Api.Answer answer = dial(service.port(), "");
        assertThat(answer.status()).isEqualTo(201);
        api.awaitTotal(2);
        api.postJson("/peers/close", "{\"to\":\"all\"}");
    }
}
