package io.switchboard.http.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.UdpClient;
import io.switchboard.testkit.WithService;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Listeners that clients of the API create, change and remove. */
@WithService
class ListenersIT {
    @Autowired private RunningService service;
    private final List<AutoCloseable> open = new ArrayList<>();
    private Api api;

    @BeforeEach
    void findApi() {
        api = service.api();
    }

    @AfterEach
    void removeListeners() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        for (JsonNode each : api.get("/listeners").json().get("listeners")) {
            if (each.get("source").asString().equals("api")) {
                api.delete("/listeners/" + each.get("name").asString() + "?drain=0s");
            }
        }
    }

    private Api.Answer create(String json) {
        return api.postJson("/listeners", json.replace('\'', '"'));
    }

    private void created(String json) {
        Api.Answer answer = create(json);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    }

    private RawClient connect(String listener) throws Exception {
        RawClient client = RawClient.connect(service.port(listener));
        open.add(client);
        return client;
    }

    @Test
    void aListenerOfTcpIsOpenWhenItIsCreated() throws Exception {
        Api.Answer answer =
                create("{'name':'gps','port':0,'maxFrame':'1KB','groups':['trackers']}");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Location")).isEqualTo("/listeners/gps");
        JsonNode row = answer.json().get("listener");
        assertThat(row.get("source").asString()).isEqualTo("api");
        assertThat(row.get("maxFrame").asInt()).isEqualTo(1024);
        assertThat(api.get("/listeners/gps").json().get("name").asString()).isEqualTo("gps");
        RawClient client = connect("gps");
        String id = api.idOf(client);
        assertThat(api.peer(id).get("groups").get(0).asString()).isEqualTo("trackers");
        assertThat(api.post("/send?to=group:trackers", "hello").status()).isEqualTo(200);
        assertThat(client.readLine()).isEqualTo("hello");
    }

    @Test
    void listenersOfUdpAndUnixReceive(@TempDir Path directory) throws Exception {
        created("{'name':'beacons','transport':'udp','port':0}");
        try (UdpClient client = UdpClient.of(service.port("beacons"))) {
            client.send("ping");
            await().until(
                            () ->
                                    api.get("/peers?listener=beacons").json().get("total").asInt()
                                            == 1);
        }
        Path path = directory.resolve("s");
        created("{'name':'local','transport':'unix','path':'" + path + "'}");
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            channel.write(ByteBuffer.wrap("hi\n".getBytes(UTF_8)));
            await().until(() -> api.get("/peers?listener=local").json().get("total").asInt() == 1);
        }
        assertThat(api.delete("/listeners/local").status()).isEqualTo(200);
        assertThat(Files.exists(path)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'name':'x','prot':1}|prot|known are at-end, backlog",
                "{'name':'x','port':99999}|port|port is 99999: it must be less than or equal to 65535",
                "{'name':'x','port':'abc'}|port|port is abc: it takes a whole number",
                "{'name':'x','port':0,'idle-timeout':'ten'}|idle-timeout|idle-timeout is ten: it takes a time with its unit, such as 500ms, 30s or 5m",
                "{'name':'x','port':0,'framing':'foo'}|framing|unknown framing 'foo': known are line, lf",
                "{'name':'x','port':0,'telnet':'maybe'}|telnet|telnet is maybe: it takes auto, on, off",
                "{'name':'x','port':0,'max-frame':'65MB'}|max-frame|it takes 1B to 67108864B",
                "{'name':'x','port':0,'limits':3}|limits|limits is 3: it takes an object with some of bytes-per-second",
                "{'name':'x','port':0,'limits':{'messages':3}}|limits.messages|in limits are bytes-per-second",
                "{'name':'x','port':0,'maxFrame':'1KB','max-frame':'2KB'}|max-frame|are the same key",
                "{'name':'x','port':0,'tls':{'bundle':'none'}}|tls.bundle|there is no such bundle",
                "{'name':'x','port':0,'webhook':{'url':'ftp://x/'}}|webhook.url|its scheme is ftp",
                "{'name':'x','transport':'unix'}|transport|transport is unix and path is not set",
                "{'name':'X','port':0}|name|it takes lower-case letters, digits and dashes",
            })
    void aBadKeyIsNamedWithWhatWouldBeValid(String json, String key, String detail) {
        Api.Answer answer = create(json);
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.json().get("reason").asString()).isEqualTo("bad_listener");
        assertThat(answer.json().get("key").asString()).isEqualTo(key);
        assertThat(answer.json().get("detail").asString()).contains(detail);
        assertThat(api.get("/listeners/x").status()).isEqualTo(404);
    }

    @Test
    void refusesABodyThatIsNoJsonObject() {
        assertThat(create("").json().get("detail").asString()).contains("the body is empty");
        assertThat(create("port=1").json().get("detail").asString()).contains("is not JSON");
        assertThat(create("[1]").json().get("detail").asString()).contains("not a JSON object");
        assertThat(create("{'port':0}").json().get("detail").asString())
                .contains("'name' is missing");
    }

    @Test
    void refusesAnAddressAndANameInUse() {
        Api.Answer taken = create("{'name':'x','port':" + service.port() + "}");
        assertThat(taken.status()).isEqualTo(409);
        assertThat(taken.json().get("reason").asString()).isEqualTo("address_unavailable");
        assertThat(taken.json().get("key").asString()).isEqualTo("port");
        assertThat(taken.json().get("detail").asString())
                .contains("Address already in use", "or set port to a free port, or to 0 for any");
        assertThat(api.get("/listeners/x").status()).isEqualTo(404);
        assertThat(api.get("/actuator/prometheus").body()).doesNotContain("listener=\"x\"");
        created("{'name':'gps','port':0}");
        for (String name : List.of("gps", "default")) {
            Api.Answer twice = create("{'name':'" + name + "','port':0}");
            assertThat(twice.status()).isEqualTo(409);
            assertThat(twice.json().get("reason").asString()).isEqualTo("listener_exists");
        }
    }

    @Test
    void aListenerOfTheConfigurationRefusesChanges() {
        for (Api.Answer answer :
                List.of(
                        api.patch("/listeners/default", "{\"groups\":[\"a\"]}"),
                        api.delete("/listeners/default"))) {
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.json().get("reason").asString()).isEqualTo("configured_listener");
        }
        for (Api.Answer answer :
                List.of(api.patch("/listeners/none", "{}"), api.delete("/listeners/none"))) {
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.json().get("reason").asString()).isEqualTo("unknown_listener");
        }
    }

    @Test
    void aChangeReachesConnectedPeersAndDropsNone() throws Exception {
        created(
                "{'name':'gps','port':0,'groups':['a','b'],'idle-timeout':'5m','max-connections':5}");
        RawClient client = connect("gps");
        String id = api.idOf(client);
        Api.Answer answer =
                api.patch(
                        "/listeners/gps",
                        """
                        {"groups": ["b", "c"], "idle-timeout": "9m", "max-connections": 1,
                         "identify": {"pattern": "^iam (?<name>\\\\S+)$"}}
                        """);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().at("/listener/maxConnections").asInt()).isEqualTo(1);
        await().until(
                        () -> api.peer(id),
                        peer ->
                                peer.get("groups").toString().equals("[\"b\",\"c\"]")
                                        && peer.get("idleTimeout").asString().equals("540s"));
        client.send("iam truck\n");
        await().until(() -> api.peer(id).get("name").asString("").equals("truck"));
        assertThat(connect("gps").readLine()).startsWith("error too_many_connections");
        assertThat(api.post("/send?to=truck&wait=acked", "on").status()).isEqualTo(200);
        assertThat(client.readLine()).isEqualTo("on");
    }

    @Test
    void aChangedRateThrottlesAPeerThatIsConnected() throws Exception {
        created("{'name':'gps','port':0}");
        RawClient client = connect("gps");
        String id = api.idOf(client);
        assertThat(api.patch("/listeners/gps", "{\"limits\":{\"messages-per-second\":1}}").status())
                .isEqualTo(200);
        // the change reaches the peer on its loop, after the answer
        await().until(
                        () -> {
                            client.send("a\nb\nc\n");
                            return api.metric(
                                    "switchboard_throttled_reads_total{listener=\"gps\"}");
                        },
                        throttled -> throttled > 0);
        assertThat(api.peer(id).get("state").asString()).isEqualTo("open");
    }

    @Test
    void refusesAChangeThatNeedsANewSocket() {
        created("{'name':'gps','port':0}");
        Api.Answer answer =
                api.patch(
                        "/listeners/gps",
                        "{\"framing\":\"nul\",\"max-frame\":\"1KB\",\"groups\":[\"a\"]}");
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.json().get("reason").asString()).isEqualTo("needs_new_listener");
        assertThat(answer.json().get("detail").asString()).startsWith("framing, max-frame cannot");
        assertThat(api.patch("/listeners/gps", "{\"name\":\"other\"}").status()).isEqualTo(400);
        assertThat(api.patch("/listeners/gps", "{\"identify\":{\"pattern\":\"(\"}}").status())
                .isEqualTo(400);
    }

    @Test
    void aRemovedListenerSendsTheFarewellAndFreesItsAddress() throws Exception {
        created("{'name':'gps','port':0}");
        int port = service.port("gps");
        RawClient client = connect("gps");
        String id = api.idOf(client);
        Api.Answer bad = api.delete("/listeners/gps?farewell=two%0Alines");
        assertThat(bad.status()).isEqualTo(400);
        assertThat(bad.json().get("key").asString()).isEqualTo("farewell");
        Api.Answer removed = api.delete("/listeners/gps?drain=30s&farewell=bye");
        assertThat(removed.status()).isEqualTo(200);
        assertThat(removed.json().get("closed").asInt()).isEqualTo(1);
        assertThat(client.readToEnd()).isEqualTo("bye\n");
        assertThat(api.awaitClosed(id)).isEqualTo("kicked");
        assertThat(api.get("/listeners/gps").status()).isEqualTo(404);
        assertThat(api.get("/actuator/prometheus").body()).doesNotContain("listener=\"gps\"");
        created("{'name':'gps','port':" + port + "}");
        assertThat(service.port("gps")).isEqualTo(port);
    }

    @Test
    void aChangedWebhookGetsTheEventsOfConnectedPeers() throws Exception {
        try (BackEnds backEnds = new BackEnds()) {
            backEnds.on("/one", (_, _) -> {});
            backEnds.on("/two", (_, _) -> {});
            created("{'name':'gps','port':0,'webhook':{'url':'" + backEnds.url("/one") + "'}}");
            RawClient client = connect("gps");
            String id = api.idOf(client);
            client.send("first\n");
            backEnds.await("/one", id, 2);
            assertThat(
                            api.patch(
                                            "/listeners/gps",
                                            "{\"webhook\":{\"url\":\""
                                                    + backEnds.url("/two")
                                                    + "\"}}")
                                    .status())
                    .isEqualTo(200);
            await().until(
                            () -> {
                                client.send("more\n");
                                return backEnds.at("/two", id).size() > 0;
                            });
            assertThat(backEnds.at("/two", id).getFirst().isMessage()).isTrue();
            assertThat(api.patch("/listeners/gps", "{\"webhook\":null}").status()).isEqualTo(200);
            await().until(
                            () -> {
                                int before = backEnds.at("/two", id).size();
                                client.send("none\n");
                                String received =
                                        "switchboard_received_messages_total{listener=\"gps\"}";
                                double messages = api.metric(received);
                                await().until(() -> api.metric(received) >= messages);
                                return backEnds.at("/two", id).size() == before;
                            });
            assertThat(api.peer(id).get("state").asString()).isEqualTo("open");
        }
    }

    @Test
    void theWebhookIsNotChangedAgainWhileEventsWaitForTheFormerOne() throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        try (BackEnds backEnds = new BackEnds()) {
            backEnds.on("/hanging", (_, _) -> taken.await());
            created(
                    "{'name':'gps','port':0,'webhook':{'url':'"
                            + backEnds.url("/hanging")
                            + "','timeout':'1m'}}");
            RawClient client = connect("gps");
            String id = api.idOf(client);
            client.send("first\n");
            String waiting = "switchboard_webhook_queued_events{listener=\"gps\"}";
            await().until(() -> api.metric(waiting) == 2);
            String change = "{\"webhook\":{\"url\":\"" + backEnds.url("/next") + "\"}}";
            assertThat(api.patch("/listeners/gps", change).status()).isEqualTo(200);
            Api.Answer refused = api.patch("/listeners/gps", "{\"webhook\":null}");
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.json().get("reason").asString()).isEqualTo("listener_busy");
            assertThat(refused.json().get("key").asString()).isEqualTo("webhook");
            assertThat(api.patch("/listeners/gps", "{\"idle-timeout\":\"1m\"}").status())
                    .isEqualTo(200);
            taken.countDown();
            backEnds.await("/hanging", id, 2);
            assertThat(api.patch("/listeners/gps", "{\"webhook\":null}").status()).isEqualTo(200);
        } finally {
            taken.countDown();
        }
    }

    @Test
    void aListenerCanBeCreatedChangedAndRemovedOverAndOver() {
        for (int round = 0; round < 5; round++) {
            created("{'name':'gps','port':0}");
            assertThat(api.patch("/listeners/gps", "{\"idle-timeout\":\"1m\"}").status())
                    .isEqualTo(200);
            assertThat(api.delete("/listeners/gps").status()).isEqualTo(200);
        }
    }
}
