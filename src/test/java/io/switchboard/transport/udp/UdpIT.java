package io.switchboard.transport.udp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.UdpClient;
import io.switchboard.testkit.WithService;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** UDP peers: how they are opened, send, receive and are closed. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.udp.transport=udp",
            "switchboard.listeners.udp.port=0",
            "switchboard.listeners.udp.receive-buffer=4MB",
            "switchboard.listeners.udp.send-to=127.0.0.0/8,169.254.0.0/16",
            "switchboard.listeners.six.transport=udp",
            "switchboard.listeners.six.host=::1",
            "switchboard.listeners.six.port=0",
            "switchboard.listeners.few.transport=udp",
            "switchboard.listeners.few.port=0",
            "switchboard.listeners.few.max-connections=20",
            "switchboard.listeners.few.send-to=127.0.0.1",
            "switchboard.listeners.brief.transport=udp",
            "switchboard.listeners.brief.port=0",
            "switchboard.listeners.brief.idle-timeout=700ms",
            "switchboard.listeners.narrow.transport=udp",
            "switchboard.listeners.narrow.port=0",
            "switchboard.listeners.narrow.max-frame=100B"
        })
class UdpIT {
    private static final int MAX_PAYLOAD_IPV4 = 65_507;
    private static final int MAX_PAYLOAD_IPV6 = 65_527;
    private static final int MAX_PEERS = 20;

    private final RunningService service;
    private final PeerRegistry registry;
    private final Api api;

    UdpIT(@Autowired RunningService service, @Autowired PeerRegistry registry) {
        this.service = service;
        this.registry = registry;
        this.api = service.api();
    }

    @BeforeEach
    void noPeerIsConnected() {
        assertThat(api.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
        api.awaitTotal(0);
    }

    // ---- receiving

    @ParameterizedTest
    @CsvSource({"udp, 127.0.0.1, AF_INET", "six, ::1, AF_INET6"})
    void firstDatagramOfAnAddressOpensAPeer(String listener, String host, String family)
            throws Exception {
        try (UdpClient client = UdpClient.of(host, service.port(listener))) {
            client.send("hello");
            JsonNode peer = api.awaitPeer(client.port());
            assertThat(peer.get("transport").asString()).isEqualTo("udp");
            assertThat(peer.get("family").asString()).isEqualTo(family);
            assertThat(peer.get("type").asString()).isEqualTo("SOCK_DGRAM");
            assertThat(peer.get("direction").asString()).isEqualTo("inbound");
            assertThat(peer.get("listener").asString()).isEqualTo(listener);
            assertThat(peer.get("framing").asString()).isEqualTo("datagram");
            assertThat(peer.get("peername").toString())
                    .isEqualTo("{\"host\":\"%s\",\"port\":%d}".formatted(host, client.port()));
            assertThat(peer.get("sockname").toString())
                    .isEqualTo(
                            "{\"host\":\"%s\",\"port\":%d}"
                                    .formatted(host, service.port(listener)));
            String id = peer.get("id").asString();
            awaitMessages(id, 1);
            assertThat(messages(id, 0)).containsExactly("hello");

            assertThat(api.post("/send?to=" + id, "and you").json().get("written").asInt())
                    .isEqualTo(1);
            assertThat(client.receive()).isEqualTo("and you");
            assertThat(api.peer(id).get("sent").toString())
                    .isEqualTo("{\"messages\":1,\"bytes\":7}");
            assertThat(api.peer(id).get("socket").get("options").get("receiveBuffer").asInt())
                    .isPositive();
        }
    }

    @Test
    void emptyDatagramIsAMessageInBothDirections() throws Exception {
        try (UdpClient client = UdpClient.of(service.port("udp"))) {
            client.send("");
            String id = api.awaitPeer(client.port()).get("id").asString();
            awaitMessages(id, 1);
            assertThat(messages(id, 0)).containsExactly("");
            assertThat(api.peer(id).get("lastReceivedAt").isNull()).isFalse();

            String json = "{\"to\":\"%s\",\"text\":\"\"}".formatted(id);
            assertThat(api.postJson("/send", json).json().get("written").asInt()).isEqualTo(1);
            assertThat(api.post("/send?to=" + id, "next").status()).isEqualTo(200);
            assertThat(client.receive()).isEmpty();
            assertThat(client.receive()).isEqualTo("next");
        }
    }

    @Test
    void datagramInSpringsAcknowledgementFormatIsOnlyAMessage() throws Exception {
        try (UdpClient target = UdpClient.of(service.port("udp"));
                UdpClient client = UdpClient.of(service.port("udp"))) {
            String text = "ip_ackTo=127.0.0.1:%d;id=7b5f;text".formatted(target.port());
            client.send(text);
            String id = api.awaitPeer(client.port()).get("id").asString();
            awaitMessages(id, 1);
            assertThat(messages(id, 0)).containsExactly(text);
            assertThat(api.total()).isEqualTo(1);
            assertThat(api.peer(id).get("sent").get("messages").asInt()).isZero();
            // No datagram was sent to the target before this one.
            assertThat(sendTo("udp:127.0.0.1:" + target.port() + "@udp", "first").status())
                    .isEqualTo(200);
            assertThat(target.receive()).isEqualTo("first");
        }
    }

    @Test
    void datagramLongerThanMaxFrameIsDroppedAndCounted() throws Exception {
        try (UdpClient client = UdpClient.of(service.port("narrow"))) {
            double before = count("oversized_datagrams", "narrow");
            client.send("x".repeat(101));
            client.send("y".repeat(100));
            String id = api.awaitPeer(client.port()).get("id").asString();
            awaitMessages(id, 1);
            assertThat(messages(id, 0)).containsExactly("y".repeat(100));
            assertThat(count("oversized_datagrams", "narrow")).isEqualTo(before + 1);
        }
    }

    @Test
    void datagramOfAPausedPeerIsDroppedAndCounted() throws Exception {
        try (UdpClient client = UdpClient.of(service.port("udp"));
                UdpClient other = UdpClient.of(service.port("udp"))) {
            client.send("one");
            String id = api.awaitPeer(client.port()).get("id").asString();
            awaitMessages(id, 1);
            double before = count("unread_datagrams", "udp");
            PeerSession session = ((Lookup.Live) registry.find(id)).session();
            session.readPause().pause(this);
            client.send("two");
            await().until(() -> count("unread_datagrams", "udp") == before + 1);
            other.send("mine");
            awaitMessages(api.awaitPeer(other.port()).get("id").asString(), 1);
            session.readPause().resume(this);
            client.send("three");
            awaitMessages(id, 2);
            assertThat(messages(id, 0)).containsExactly("one", "three");
        }
    }

    @Test
    void floodKeepsEachPeersOrderAndCount() throws Exception {
        int rounds = 20;
        int burst = 50;
        List<UdpClient> clients = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            UdpClient client = UdpClient.of(service.port("udp"));
            client.send("hello");
            clients.add(client);
            ids.add(api.awaitPeer(client.port()).get("id").asString());
        }
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < burst; i++) {
                for (UdpClient client : clients) {
                    client.send(round + "." + i);
                }
            }
            int soFar = 1 + round * burst;
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < burst; i++) {
                sent.add(round + "." + i);
            }
            for (String id : ids) {
                awaitMessages(id, soFar + burst);
                assertThat(messages(id, soFar)).isEqualTo(sent);
            }
        }
        clients.forEach(UdpClient::close);
    }

    @Test
    void peersAreLimitedAndOtherAddressesGetNoReply() throws Exception {
        double before = count("refused_connections", "few");
        List<UdpClient> clients = new ArrayList<>();
        for (int i = 0; i < MAX_PEERS + 30; i++) {
            UdpClient client = UdpClient.of(service.port("few"));
            client.send("hello");
            clients.add(client);
        }
        await().until(() -> count("refused_connections", "few") == before + 30);
        assertThat(peersOf("few")).hasSize(MAX_PEERS);
        assertThat(api.post("/send?to=listener:few", "still here").json().get("written").asInt())
                .isEqualTo(MAX_PEERS);
        Set<Integer> acceptedPorts = new HashSet<>();
        peersOf("few").forEach(peer -> acceptedPorts.add(peer.at("/peername/port").asInt()));
        for (UdpClient client : clients) {
            if (acceptedPorts.contains(client.port())) {
                assertThat(client.receive()).isEqualTo("still here");
            }
        }
        String unknownAddress = "udp:127.0.0.1:9@few";
        Api.Answer full = sendTo(unknownAddress, "x");
        assertThat(full.status()).as(full.body()).isEqualTo(429);
        assertThat(full.json().get("reason").asString()).isEqualTo("too_many_peers");
        assertThat(api.postJson("/peers/close", "{\"to\":\"listener:few\"}").status())
                .isEqualTo(200);
        UdpClient last = clients.getLast();
        last.send("now accepted");
        String id = api.awaitPeer(last.port()).get("id").asString();
        assertThat(api.post("/send?to=" + id, "first word").status()).isEqualTo(200);
        assertThat(last.receive()).isEqualTo("first word");
        clients.forEach(UdpClient::close);
    }

    // ---- sending

    @Test
    void broadcastReachesStreamsAndDatagrams() throws Exception {
        try (RawClient stream = service.connect();
                UdpClient four = UdpClient.of(service.port("udp"));
                UdpClient six = UdpClient.of("::1", service.port("six"))) {
            four.send("hi");
            six.send("hi");
            api.awaitTotal(3);
            assertThat(api.post("/send?to=all", "to everybody").json().get("written").asInt())
                    .isEqualTo(3);
            assertThat(stream.readLine()).isEqualTo("to everybody");
            assertThat(four.receive()).isEqualTo("to everybody");
            assertThat(six.receive()).isEqualTo("to everybody");
            assertThat(api.post("/send?to=transport:udp", "u").json().get("written").asInt())
                    .isEqualTo(2);
        }
    }

    @Test
    void everyBroadcastStaysADatagramHoweverManyAreCombined() throws Exception {
        int senders = 16;
        int each = 25;
        try (UdpClient one = UdpClient.of(service.port("udp"));
                UdpClient other = UdpClient.of(service.port("udp"));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            one.send("hi");
            other.send("hi");
            api.awaitTotal(2);
            Set<String> all = new HashSet<>();
            List<Future<?>> sending = new ArrayList<>();
            for (int sender = 0; sender < senders; sender++) {
                List<String> texts = new ArrayList<>();
                for (int i = 0; i < each; i++) {
                    texts.add("message %d of %d".formatted(i, sender));
                }
                all.addAll(texts);
                sending.add(
                        threads.submit(
                                () -> texts.forEach(text -> api.post("/send?to=all", text))));
            }
            for (UdpClient client : List.of(one, other)) {
                List<String> received = new ArrayList<>();
                for (int i = 0; i < all.size(); i++) {
                    received.add(client.receive());
                }
                assertThat(received).containsExactlyInAnyOrderElementsOf(all);
            }
            for (Future<?> sent : sending) {
                sent.get();
            }
        }
    }

    @Test
    void splitSendsADatagramPerFrameAndABatchOnePerLine() throws Exception {
        try (UdpClient client = UdpClient.of(service.port("udp"))) {
            client.send("hi");
            String id = api.awaitPeer(client.port()).get("id").asString();
            for (String to : List.of(id, "all")) {
                Api.Answer answer =
                        api.post("/send?framing=line&split=true&to=" + to, "a\nbb\n\nccc\n");
                assertThat(answer.json().get("written").asInt()).as(answer.body()).isEqualTo(1);
                for (String frame : List.of("a\n", "bb\n", "\n", "ccc\n")) {
                    assertThat(client.receive()).isEqualTo(frame);
                }
            }
            String lines =
                    "{\"to\":\"%1$s\",\"text\":\"one\"}\n{\"to\":\"%1$s\",\"text\":\"two\"}\n"
                            .formatted(id);
            api.post("/send", "application/x-ndjson", BodyPublishers.ofString(lines));
            assertThat(client.receive()).isEqualTo("one");
            assertThat(client.receive()).isEqualTo("two");
            assertThat(api.post("/send?to=" + id, "line 1\nline 2").status()).isEqualTo(200);
            assertThat(client.receive()).isEqualTo("line 1\nline 2");
        }
    }

    @ParameterizedTest
    @CsvSource({"udp, 127.0.0.1, " + MAX_PAYLOAD_IPV4, "six, ::1, " + MAX_PAYLOAD_IPV6})
    void longestDatagramIsSentAndOneByteMoreIsRefused(String listener, String host, int maxBytes)
            throws Exception {
        try (UdpClient client = UdpClient.of(host, service.port(listener));
                RawClient stream = service.connect()) {
            client.send(new byte[maxBytes]);
            JsonNode peer = api.awaitPeer(client.port());
            String id = peer.get("id").asString();
            await().until(() -> api.peer(id).at("/received/bytes").asInt() == maxBytes);
            api.awaitTotal(2);
            for (String to : List.of(id, "all", "listener:" + listener)) {
                Api.Answer refused = api.post("/send?framing=raw&to=" + to, new byte[maxBytes + 1]);
                assertThat(refused.status()).as(refused.body()).isEqualTo(413);
                assertThat(refused.json().get("detail").asString())
                        .contains(String.valueOf(maxBytes))
                        .contains("listener '" + listener + "' (udp)");
            }
            byte[] largest = new byte[maxBytes];
            largest[maxBytes - 1] = 7;
            assertThat(api.post("/send?to=" + id, largest).json().get("written").asInt())
                    .isEqualTo(1);
            assertThat(client.receiveBytes()).isEqualTo(largest);
            assertThat(api.post("/send?to=" + api.idOf(stream), "only this").status())
                    .isEqualTo(200);
            assertThat(stream.readLine()).isEqualTo("only this");
        }
    }

    @Test
    void waitForAnAcknowledgementIsRefusedBecauseUdpHasNone() throws Exception {
        try (UdpClient client = UdpClient.of(service.port("udp"))) {
            client.send("hi");
            String id = api.awaitPeer(client.port()).get("id").asString();
            for (String to : List.of(id, "all", "udp:127.0.0.1:" + client.port())) {
                Api.Answer answer = api.post("/send?wait=acked&to=" + to, "x");
                assertThat(answer.status()).as(answer.body()).isEqualTo(422);
                assertThat(answer.json().get("detail").asString()).contains("UDP");
            }
            assertThat(api.peer(id).at("/sent/messages").asInt()).isZero();
        }
    }

    @Test
    void nextDatagramIsTheReply() throws Exception {
        try (UdpClient client = UdpClient.of(service.port("udp"))) {
            client.send("hi");
            String id = api.awaitPeer(client.port()).get("id").asString();
            CompletableFuture<Api.Answer> send =
                    api.postAsync(
                            "/send?wait=reply&timeout=60s&to=" + id,
                            "temperature?".getBytes(UTF_8));
            assertThat(client.receive()).isEqualTo("temperature?");
            client.send("21.5");
            assertThat(send.get().json().at("/results/0/reply").asString()).isEqualTo("21.5");
        }
    }

    // ---- sending to addresses

    @Test
    void addressThatNeverSentIsSentToIfTheListenerAllowsIt() throws Exception {
        try (UdpClient client = UdpClient.of(service.port("udp"))) {
            String address = "udp:127.0.0.1:" + client.port();
            Api.Answer answer = sendTo(address + "@udp", "knock");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(client.receive()).isEqualTo("knock");
            JsonNode peer = api.awaitPeer(client.port());
            assertThat(peer.get("direction").asString()).isEqualTo("outbound");

            client.send("who is there");
            String id = peer.get("id").asString();
            awaitMessages(id, 1);
            assertThat(sendTo(address, "me").json().at("/results/0/peer").asString()).isEqualTo(id);
            assertThat(client.receive()).isEqualTo("me");
            Api.Answer none =
                    api.postJson(
                            "/send",
                            "{\"to\":[\"all\"],\"exclude\":[\"%s\"],\"text\":\"x\"}"
                                    .formatted(address));
            assertThat(none.json().get("matched").asInt()).as(none.body()).isZero();
            assertThat(api.total()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    udp:192.0.2.7:9000          | 403 | switchboard.listeners.<a listener with transport udp>.send-to
                    udp:192.0.2.7:9000@udp      | 403 | switchboard.listeners.udp.send-to
                    udp:169.254.169.254:80@udp  | 403 | never allows link-local addresses
                    udp:[::1]:9000@six          | 403 | switchboard.listeners.six.send-to
                    udp:[::1]:9000@udp          | 403 | switchboard.listeners.udp.send-to
                    udp:127.0.0.1:9000          | 422 | choose with udp:127.0.0.1:9000@few or udp:127.0.0.1:9000@udp
                    udp:127.0.0.1:9000@default  | 422 | 'default' is no listener whose transport is udp
                    udp:127.0.0.1:9000@nobody   | 404 | no listener 'nobody'
                    udp:localhost:9000          | 400 | 'localhost' in 'udp:localhost:9000' is no IP address, such as udp:192.0.2.7:9000
                    udp:127.0.0.1               | 400 | is no address, such as
                    udp:127.0.0.1:0             | 400 | is no address, such as
                    """)
    void addressThatMayNotBeSentToIsRefusedWithARemedy(String to, int status, String detail) {
        Api.Answer answer = sendTo(to, "x");
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().get("detail").asString()).contains(detail);
        assertThat(api.total()).isZero();
    }

    // ---- closing

    @Test
    void idlePeerIsClosedAndItsNextDatagramOpensANewPeer() throws Exception {
        try (UdpClient client = UdpClient.of(service.port("brief"))) {
            client.send("hi");
            String id = api.newestId("brief", client.port());
            assertThat(api.awaitClosed(id)).isEqualTo("idle_timeout");
            client.send("again");
            await().until(() -> !api.newestId("brief", client.port()).equals(id));
        }
    }

    @Test
    void datagramAfterADeleteOpensANewPeer() throws Exception {
        try (UdpClient client = UdpClient.of(service.port("udp"))) {
            for (int i = 0; i < 20; i++) {
                client.send("hi");
                String id = api.awaitPeer(client.port()).get("id").asString();
                assertThat(api.delete("/peers/" + id + "?farewell=bye").status()).isEqualTo(204);
                assertThat(client.receive()).isEqualTo("bye");
                assertThat(api.peer(id).get("closeReason").asString()).isEqualTo("kicked");
            }
        }
    }

    // ---- listing

    @Test
    void listenersAndHealthShowTheUdpListener() {
        Map<String, JsonNode> listeners = new HashMap<>();
        api.get("/listeners")
                .json()
                .get("listeners")
                .forEach(each -> listeners.put(each.get("name").asString(), each));
        JsonNode udp = Objects.requireNonNull(listeners.get("udp"));
        assertThat(udp.get("transport").asString()).isEqualTo("udp");
        assertThat(udp.get("listening").asBoolean()).isTrue();
        assertThat(udp.get("backlog").isNull()).isTrue();
        assertThat(udp.get("framing").asString()).isEqualTo("datagram");
        assertThat(udp.get("framingOut").asString()).isEqualTo("raw");
        assertThat(udp.get("idleTimeout").asString()).isEqualTo("60s");
        assertThat(udp.get("maxConnections").asInt()).isLessThanOrEqualTo(10_000);
        assertThat(
                        api.get("/actuator/health")
                                .json()
                                .at("/components/listeners/components/udp/status")
                                .asString())
                .isEqualTo("UP");
    }

    @Test
    void pythonSendsAndReceives() throws Exception {
        Programs.require("python3", "python3");
        String script =
                """
                import socket
                sk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                sk.settimeout(30)
                sk.sendto(b'hello from python', ('127.0.0.1', %d))
                data, address = sk.recvfrom(1024)
                print(str(data, 'utf8'), address[1])
                """
                        .formatted(service.port("udp"));
        try (Child python = Child.start("python3", "-c", script)) {
            api.awaitTotal(1);
            String id = api.peers().getFirst().get("id").asString();
            awaitMessages(id, 1);
            assertThat(messages(id, 0)).containsExactly("hello from python");
            assertThat(api.post("/send?to=" + id, "grüß dich").status()).isEqualTo(200);
            assertThat(python.awaitExit()).isZero();
            assertThat(python.output()).isEqualTo("grüß dich " + service.port("udp") + "\n");
        }
    }

    private Api.Answer sendTo(String target, String text) {
        return api.postJson("/send", "{\"to\":\"%s\",\"text\":\"%s\"}".formatted(target, text));
    }

    private void awaitMessages(String id, int count) {
        await().until(() -> api.peer(id).at("/received/messages").asInt() == count);
    }

    private List<String> messages(String id, int after) {
        List<String> texts = new ArrayList<>();
        api.get("/peers/" + id + "/messages?after=" + after)
                .json()
                .get("messages")
                .forEach(each -> texts.add(each.get("text").asString()));
        return texts;
    }

    private List<JsonNode> peersOf(String listener) {
        List<JsonNode> peers = new ArrayList<>();
        api.get("/peers?limit=1000&listener=" + listener).json().get("peers").forEach(peers::add);
        return peers;
    }

    private double count(String what, String listener) {
        return api.metric("switchboard_%s_total{listener=\"%s\"}".formatted(what, listener));
    }
}
