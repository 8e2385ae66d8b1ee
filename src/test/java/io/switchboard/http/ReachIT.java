package io.switchboard.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerSocket.UnconnectedSocket;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.ThreadTask;
import io.switchboard.peer.Transport;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.EventReader;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RemoteEnd;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * A token that reaches the group {@code agroup} sees nothing of the peers of {@code bgroup}. Every
 * operation of the OpenAPI document has requests here that try it: an operation without a decision
 * fails the test.
 */
@WithService
@DirtiesContext
@TestPropertySource(
        properties = {
            "switchboard.groups.agroup=a-.*",
            "switchboard.groups.bgroup=b-.*",
            "switchboard.groups.vip=.*-vip",
            "switchboard.connect.allowed-networks=127.0.0.0/8",
            "switchboard.listeners.default.identify.pattern=^iam (?<name>\\\\S+)$",
            "switchboard.listeners.default.identify.addresses.b-addressed=127.0.0.21",
            "switchboard.listeners.other.port=0",
            "switchboard.listeners.other.identify.addresses.b-addressed=127.0.0.21",
            "switchboard.listeners.other.identify.pattern=^iam (?<name>\\\\S+)$",
            "switchboard.listeners.other.on-duplicate=replace",
            "switchboard.listeners.grouped.port=0",
            "switchboard.listeners.grouped.groups=agroup,vip",
            "switchboard.listeners.rated.port=0",
            "switchboard.listeners.rated.groups=agroup",
            "switchboard.listeners.rated.limits.connects-per-second-per-address=1",
            "switchboard.listeners.datagrams.port=0",
            "switchboard.listeners.datagrams.transport=udp",
            "switchboard.listeners.datagrams.groups=agroup",
            "switchboard.listeners.datagrams.send-to=127.0.0.7,127.0.0.21",
            "switchboard.listeners.datagrams.identify.addresses.b-addressed=127.0.0.21",
            "switchboard.listeners.datagrams.identify.pattern=^iam (?<name>\\\\S+)$",
            "switchboard.listeners.looped.port=0",
            "switchboard.listeners.looped.transport=udp",
            "switchboard.listeners.looped.groups=agroup",
            "switchboard.listeners.looped.host=127.0.0.9",
            "switchboard.listeners.looped.send-to=127.0.0.9",
            "switchboard.admin.token=" + ReachIT.ADMIN,
            "switchboard.admin.tokens.small.token=" + ReachIT.SMALL,
            "switchboard.admin.tokens.small.roles=read,send,manage",
            "switchboard.admin.tokens.small.groups=agroup",
            "switchboard.admin.tokens.local.token=" + ReachIT.LOCAL,
            "switchboard.admin.tokens.local.roles=read,send",
            "switchboard.admin.tokens.local.listeners=default",
            "switchboard.admin.tokens.field.token=" + ReachIT.FIELD,
            "switchboard.admin.tokens.field.roles=read,send",
            "switchboard.admin.tokens.field.listeners=datagrams,looped"
        })
class ReachIT {
    static final String ADMIN = "admin-0123456789abcdef";
    static final String SMALL = "small-0123456789abcdef";
    static final String LOCAL = "local-0123456789abcdef";
    static final String FIELD = "field-0123456789abcdef";
    private static final String JSON = "application/json";
    private static final String FORM = Api.FORM;
    private static final String NDJSON = "application/x-ndjson";
    private static final String FIRST = "/peers/0/id";

    /**
     * A request. A placeholder in its path or body stands for a peer, group, message or call out of
     * reach. The service must answer as it does for one that has never existed.
     */
    private record Probe(String method, String path, String type, @Nullable String body) {
        static Probe get(String path) {
            return new Probe("GET", path, "", null);
        }

        static Probe of(String method, String path) {
            return new Probe(method, path, "", null);
        }

        Probe with(String placeholder, String value) {
            return new Probe(
                    method,
                    path.replace(placeholder, value),
                    type,
                    body == null ? null : body.replace(placeholder, value));
        }

        boolean has(String placeholder) {
            return path.contains(placeholder) || (body != null && body.contains(placeholder));
        }

        Api.Answer send(Api api) {
            var request = api.request(path);
            if (type.equals("text/plain")) {
                request.header("Accept", type);
            } else if (!type.isEmpty()) {
                request.header("Content-Type", type);
            }
            return api.answer(
                    request.method(
                            method,
                            body == null
                                    ? BodyPublishers.noBody()
                                    : BodyPublishers.ofString(body)));
        }
    }

    private static Probe send(String query) {
        return new Probe("POST", "/send?" + query, FORM, "probe");
    }

    private static Probe json(String method, String path, String body) {
        return new Probe(method, path, JSON, body);
    }

    /** The requests by operation. */
    private static final Map<String, List<Probe>> PROBES = probes();

    private static Map<String, List<Probe>> probes() {
        Map<String, List<Probe>> probes = new LinkedHashMap<>();
        probes.put(
                "GET /peers",
                List.of(
                        Probe.get("/peers?state=any"),
                        Probe.get("/peers?state=any&sort=-idle&limit=1"),
                        Probe.get("/peers?sort=rtt&socket=true"),
                        Probe.get("/peers?limit=1"),
                        new Probe("GET", "/peers?state=any", "text/plain", null),
                        Probe.get("/peers?state=any&name={NAME}"),
                        Probe.get("/peers?state=any&group={GROUP}"),
                        Probe.get("/peers?state=any&q={PEER}")));
        probes.put(
                "POST /peers",
                List.of(
                        json("POST", "/peers", "{\"host\":\"127.0.0.1\",\"port\":9}"),
                        json(
                                "POST",
                                "/peers",
                                "{\"host\":\"127.0.0.1\",\"port\":9,\"name\":\"{NAME}\"}"),
                        json(
                                "POST",
                                "/peers",
                                "{\"host\":\"127.0.0.1\",\"port\":9,\"name\":\"{NAME}\",\"keep\":true,\"listener\":\"other\"}")));
        probes.put("GET /peers/{peer}", List.of(Probe.get("/peers/{PEER}")));
        probes.put(
                "PATCH /peers/{peer}",
                List.of(
                        json("PATCH", "/peers/{PEER}", "{\"groups\":[\"agroup\"]}"),
                        json("PATCH", "/peers/{PEER}", "{\"name\":\"a-new\"}"),
                        json("PATCH", "/peers/a-seen", "{\"name\":\"{NAME}\"}"),
                        json("PATCH", "/peers/a-seen", "{\"name\":\"a-vip\"}"),
                        json("PATCH", "/peers/a-seen", "{\"groups\":[\"agroup\",\"{GROUP}\"]}")));
        probes.put(
                "DELETE /peers/{peer}", List.of(Probe.of("DELETE", "/peers/{PEER}?farewell=bye")));
        probes.put(
                "POST /peers/close",
                List.of(
                        json("POST", "/peers/close", "{\"to\":\"{PEER}\"}"),
                        json("POST", "/peers/close", "{\"to\":[\"group:{GROUP}\"]}"),
                        json("POST", "/peers/close", "{\"to\":\"listener:other\"}"),
                        json(
                                "POST",
                                "/peers/close",
                                "{\"to\":\"all\",\"exclude\":[\"a-seen\",\"{PEER}\"]}")));
        probes.put(
                "GET /peers/{peer}/messages",
                List.of(
                        Probe.get("/peers/{PEER}/messages"),
                        Probe.get("/peers/{PEER}/messages?direction=sent&hex=true"),
                        Probe.get("/peers/{PEER}/messages?format=hexdump&wait=1s")));
        probes.put(
                "POST /send",
                List.of(
                        send("to={PEER}"),
                        send("to={PEER}&wait=reply&timeout=1s"),
                        send("to={PEER}&to=a-seen&results=all"),
                        send("to={PEER}&wait=acked&finish=true"),
                        send("to=all&results=all"),
                        send("to=all&exclude={PEER}"),
                        send("to=group:{GROUP}&results=all"),
                        send("to=group:{GROUP}&require=true"),
                        send("to=listener:other&results=all"),
                        send("to=transport:tcp&results=all"),
                        send("to=udp:127.0.0.1:9"),
                        send("to=tcp:127.0.0.1:9"),
                        send("to={NAME}&ttl=1h"),
                        send("to={NAME}&to=a-away&ttl=1h"),
                        new Probe(
                                "POST",
                                "/send",
                                NDJSON,
                                "{\"to\":\"{PEER}\",\"text\":\"x\"}\n{\"to\":\"all\",\"text\":\"x\"}\n{\"to\":\"{NAME}\",\"ttl\":\"1h\",\"text\":\"x\"}\n")));
        probes.put("GET /messages/{id}", List.of(Probe.get("/messages/{MESSAGE}")));
        probes.put("DELETE /messages/{id}", List.of(Probe.of("DELETE", "/messages/{MESSAGE}")));
        probes.put(
                "GET /mailboxes",
                List.of(Probe.get("/mailboxes"), Probe.get("/mailboxes?limit=1&after=a")));
        probes.put(
                "GET /mailboxes/{name}",
                List.of(
                        Probe.get("/mailboxes/{NAME}"),
                        Probe.get("/mailboxes/a-away?after={MESSAGE}")));
        probes.put("DELETE /mailboxes/{name}", List.of(Probe.of("DELETE", "/mailboxes/{NAME}")));
        probes.put(
                "GET /groups",
                List.of(Probe.get("/groups"), new Probe("GET", "/groups", "text/plain", null)));
        probes.put(
                "PUT /groups/{group}/peers/{peer}",
                List.of(
                        Probe.of("PUT", "/groups/agroup/peers/{PEER}"),
                        Probe.of("PUT", "/groups/{GROUP}/peers/a-seen")));
        probes.put(
                "DELETE /groups/{group}/peers/{peer}",
                List.of(
                        Probe.of("DELETE", "/groups/agroup/peers/{PEER}"),
                        Probe.of("DELETE", "/groups/{GROUP}/peers/a-seen")));
        probes.put("GET /calls", List.of(Probe.get("/calls")));
        probes.put("DELETE /calls/{id}", List.of(Probe.of("DELETE", "/calls/{CALL}")));
        probes.put(
                "GET /listeners",
                List.of(
                        Probe.get("/listeners"),
                        new Probe("GET", "/listeners", "text/plain", null)));
        probes.put(
                "GET /listeners/{name}",
                List.of(Probe.get("/listeners/other"), Probe.get("/listeners/none")));
        // refused: they concern the peers of all groups
        probes.put("POST /listeners", List.of(json("POST", "/listeners", "{}")));
        probes.put("PATCH /listeners/{name}", List.of(json("PATCH", "/listeners/other", "{}")));
        probes.put("DELETE /listeners/{name}", List.of(Probe.of("DELETE", "/listeners/other")));
        probes.put("POST /actuator/reload", List.of(json("POST", "/actuator/reload", "{}")));
        probes.put(
                "POST /framings/try",
                List.of(json("POST", "/framings/try", "{\"framing\":\"line\",\"hex\":\"610a\"}")));
        // a ticket is random, so that only a refusal can be compared; TicketsTest checks its reach
        probes.put("POST /tickets", List.of(Probe.of("POST", "/tickets?peer={ID}")));
        // the stream is read in the test
        probes.put(
                "GET /events",
                List.of(
                        Probe.of("HEAD", "/events?peer={ID}"),
                        Probe.of("HEAD", "/events?peer={NAME}"),
                        Probe.of("HEAD", "/events?group={GROUP}"),
                        Probe.of("HEAD", "/events?listener=none")));
        probes.put(
                "GET /nodes",
                List.of(Probe.get("/nodes"), new Probe("GET", "/nodes", "text/plain", null)));
        probes.put("GET /figures", List.of(Probe.get("/figures")));
        probes.put("GET /tokens", List.of(Probe.get("/tokens")));
        probes.put("GET /", List.of(Probe.get("/")));
        probes.put("GET /actuator/health", List.of(Probe.get("/actuator/health")));
        probes.put(
                "GET /actuator/health/liveness", List.of(Probe.get("/actuator/health/liveness")));
        probes.put(
                "GET /actuator/health/readiness", List.of(Probe.get("/actuator/health/readiness")));
        probes.put("GET /actuator/info", List.of(Probe.get("/actuator/info")));
        probes.put("GET /actuator/prometheus", List.of(Probe.get("/actuator/prometheus")));
        return probes;
    }

    /** What is out of reach, by placeholder, and for each something that does not exist. */
    private final Map<String, Map<String, String>> hidden = new LinkedHashMap<>();

    private final List<RawClient> clients = new ArrayList<>();

    @Autowired private RunningService service;
    @Autowired private PeerRegistry registry;
    @Autowired private Listeners listeners;
    private Api admin;
    private Api small;
    private Api field;

    @BeforeEach
    void connectPeers() throws IOException {
        admin = new Api(service.api().port(), ADMIN);
        small = new Api(service.api().port(), SMALL);
        field = new Api(service.api().port(), FIELD);
    }

    @AfterEach
    void close() throws IOException {
        for (RawClient each : clients) {
            each.close();
        }
        for (JsonNode call : admin.get("/calls").json().get("calls")) {
            admin.delete("/calls/" + call.get("id").asString());
        }
        await().until(() -> admin.get("/calls").json().get("total").asInt() == 0);
    }

    private RawClient connect(String listener, String name) throws IOException {
        RawClient client = RawClient.connect(service.port(listener));
        clients.add(client);
        client.send("iam " + name + "\n");
        admin.awaitOpen(name);
        return client;
    }

    private String id(String name) {
        return admin.get("/peers/" + name).json().get("id").asString();
    }

    @Test
    void aTokenOfAGroupSeesNothingOfAnother() throws Exception {
        assertThat(new ApiDocument().operations())
                .extracting(ApiDocument.Operation::toString)
                .as("operations without a decision in this test")
                .isSubsetOf(PROBES.keySet());

        String beginning;
        int closedBefore = closed();
        try (EventReader live = EventReader.open(small, "/events")) {
            beginning = await().until(live::lastId, each -> !each.isEmpty());
            RawClient seen = connect("default", "a-seen");
            RawClient kept = connect("other", "b-hidden");
            kept.send("bsecret\n");
            String closedId = closedPeer();
            connect("default", "a-gone").close();
            stored("a-away");
            String message = stored("b-away");
            JsonNode call = call();
            String boot = closedId.substring(0, closedId.indexOf('-') + 1);
            hidden.put("{ID}", Map.of(id("b-hidden"), boot + "900001", closedId, boot + "900002"));
            hidden.put(
                    "{NAME}",
                    Map.of("b-hidden", "b-nobody", "b-gone", "b-never", "b-away", "b-no"));
            Map<String, String> peers = new LinkedHashMap<>(hidden.get("{ID}"));
            peers.putAll(Objects.requireNonNull(hidden.get("{NAME}")));
            hidden.put("{PEER}", peers);
            hidden.put("{GROUP}", Map.of("bgroup", "nogroup"));
            hidden.put("{MESSAGE}", Map.of(message, message.replaceAll("m\\d+$", "m900003")));
            hidden.put("{CALL}", Map.of(call.get("id").asString(), "900004"));
            JsonNode before = admin.get("/peers/b-hidden").json();

            for (ApiDocument.Operation operation : new ApiDocument().operations()) {
                for (Probe probe : PROBES.getOrDefault(operation.toString(), List.of())) {
                    check(probe);
                }
            }

            JsonNode after = admin.get("/peers/b-hidden").json();
            for (String field : List.of("id", "name", "groups", "state", "sent")) {
                assertThat(after.get(field)).as(field).isEqualTo(before.get(field));
            }
            assertThat(admin.get("/messages/" + message).json().get("status").asString())
                    .isEqualTo("stored");
            assertThat(admin.get("/calls").json().get("total").asInt()).isEqualTo(1);
            assertThat(admin.get("/mailboxes/b-away").json().get("total").asInt()).isEqualTo(1);
            seen.send("the end\n");
            checkEvents(live);
        }
        try (EventReader again = EventReader.open(small, "/events", beginning)) {
            checkEvents(again);
        }
        try (EventReader ofAnotherRun = EventReader.open(small, "/events", "1")) {
            EventReader.Sse gap = ofAnotherRun.next();
            assertThat(gap.type()).isEqualTo("gap");
            assertThat(gap.data()).isEqualTo("{\"missed\":null,\"from\":null,\"to\":null}");
        }
        countsOnlyItsPeers(closedBefore + 1);
    }

    private String closedPeer() throws IOException {
        connect("default", "b-gone");
        String id = id("b-gone");
        assertThat(admin.delete("/peers/b-gone?reason=bleaving").status()).isEqualTo(204);
        return id;
    }

    private String stored(String name) {
        Api.Answer answer = admin.post("/send?ttl=1h&to=" + name, "bsecret");
        assertThat(answer.status()).isEqualTo(202);
        return answer.json().get("results").get(0).get("id").asString();
    }

    private JsonNode call() {
        Api.Answer answer =
                admin.postJson(
                        "/peers",
                        "{\"host\":\"127.0.0.1\",\"port\":%d,\"keep\":true,\"name\":\"b-call\"}"
                                .formatted(service.port("other")));
        assertThat(answer.status()).isEqualTo(201);
        return admin.get("/calls").json().get("calls").get(0);
    }

    private void check(Probe probe) {
        for (Map.Entry<String, Map<String, String>> each : hidden.entrySet()) {
            String placeholder = each.getKey();
            if (probe.has(placeholder)) {
                each.getValue()
                        .forEach(
                                (secret, nothing) -> {
                                    Probe real = withOthers(probe.with(placeholder, secret));
                                    Probe none = withOthers(probe.with(placeholder, nothing));
                                    assertThat(answer(real, secret))
                                            .as("%s", real)
                                            .isEqualTo(answer(none, nothing));
                                });
                return;
            }
        }
        assertThat(answer(probe, "")).isNotEmpty();
    }

    /** Replaces further placeholders by what does not exist. */
    private Probe withOthers(Probe probe) {
        Probe filled = probe;
        for (Map.Entry<String, Map<String, String>> each : hidden.entrySet()) {
            filled = filled.with(each.getKey(), each.getValue().values().iterator().next());
        }
        return filled;
    }

    /** Returns the answer without the reference that the client gave, and without what counts. */
    private String answer(Probe probe, String reference) {
        Api.Answer answer = probe.send(small);
        String text = answer.status() + "\n" + answer.body();
        if (!reference.isEmpty()) {
            text = text.replace(reference, "REF");
        }
        checkHidden(probe, text);
        assertThat(answer.status()).as("%s", probe).isNotEqualTo(500);
        return text.replaceAll("-[dm]\\d+\"", "-N\"")
                .replaceAll("\"(expires|stored|changed)At\" *: *\"[^\"]*\"", "");
    }

    private void checkHidden(Object where, String text) {
        List<String> secrets = new ArrayList<>(List.of("bsecret", "bleaving", "b-call"));
        hidden.forEach(
                (placeholder, values) -> {
                    if (!placeholder.equals("{CALL}")) {
                        secrets.addAll(values.keySet());
                    }
                });
        for (String secret : secrets) {
            assertThat(text).as("%s", where).doesNotContain(secret);
        }
    }

    /** Reads until the last event of the test. */
    private void checkEvents(EventReader events) throws InterruptedException {
        List<EventReader.Sse> seen = new ArrayList<>();
        do {
            seen.add(events.next());
            checkHidden("events", seen.getLast().data());
        } while (!seen.getLast().data().contains("the end"));
        assertThat(seen)
                .extracting(EventReader.Sse::type)
                .contains("identified", "closed", "message-stored", "message");
    }

    private int closed() {
        return small.get("/peers?state=closed").json().get("total").asInt();
    }

    private void countsOnlyItsPeers(int closed) {
        assertThat(small.get("/peers").json().get("total").asInt()).isEqualTo(1);
        assertThat(closed()).isEqualTo(closed);
        JsonNode groups = small.get("/groups").json();
        assertThat(groups.get("total").asInt()).isEqualTo(1);
        assertThat(groups.get("groups").get(0).get("peers").asInt()).isEqualTo(1);
        for (JsonNode each : small.get("/listeners").json().get("listeners")) {
            int peers = each.get("name").asString().equals("default") ? 1 : 0;
            assertThat(each.get("peers").asInt()).isEqualTo(peers);
            assertThat(each.get("acceptQueue").isNull()).isTrue();
        }
        assertThat(small.get("/nodes").json().get("nodes").get(0).get("peers")).isNull();
        assertThat(small.get("/actuator/health").body()).doesNotContain("components");
        for (String path :
                List.of("/actuator/prometheus", "/actuator/info", "/actuator/sbom", "/figures")) {
            assertThat(small.get(path).status()).isEqualTo(403);
            assertThat(small.get(path).body()).contains("forbidden_reach");
        }
        assertThat(small.get("/tokens").json().has("tokens")).isFalse();
        assertThat(small.get("/tokens").json().at("/self/name").asString()).isEqualTo("small");
        JsonNode tokens = admin.get("/tokens").json().get("tokens");
        assertThat(tokens.toString()).doesNotContain(ADMIN, SMALL);
        for (JsonNode each : tokens) {
            if (List.of("admin.token", "small").contains(each.get("name").asString())) {
                assertThat(each.has("lastUsedAt")).as(each.toString()).isTrue();
            }
        }
        assertThat(small.delete("/listeners/other").body()).contains("forbidden_reach");
    }

    @Test
    void doesNotGetTheStoredResultOfAnotherToken() throws IOException {
        connect("default", "a-key");
        String first = keyed(admin);
        assertThat(keyed(admin)).isEqualTo(first);
        assertThat(keyed(small)).isNotEqualTo(first).isEqualTo(keyed(small));
    }

    private static String keyed(Api api) {
        Api.Answer answer =
                api.answer(
                        api.request("/send?to=a-key")
                                .header("Idempotency-Key", "one")
                                .header("Content-Type", FORM)
                                .POST(BodyPublishers.ofString("hello")));
        assertThat(answer.status()).isEqualTo(200);
        return answer.json().get("id").asString();
    }

    /**
     * A peer that the service makes by a connection to itself could take the name of any peer, and
     * would get the messages to the others of its listener.
     */
    @Test
    void cannotConnectToTheServiceItself() throws IOException {
        Api local = new Api(service.api().port(), LOCAL);
        try (RawClient hidden = connect("other", "b-plc")) {
            int own = service.port("default");
            int other = service.port("other");
            for (int port : List.of(own, other)) {
                for (Api.Answer answer :
                        List.of(
                                local.post(
                                        "/send?wait=acked&to=tcp:127.0.0.1:" + port, "iam b-plc"),
                                dial(local, port, "\"keep\":true"),
                                dial(
                                        small,
                                        port,
                                        "\"name\":\"a-dialled\",\"listener\":\"default\""))) {
                    assertThat(answer.status()).as(answer.body()).isEqualTo(403);
                    assertThat(answer.body()).contains("not_allowed", "port " + port);
                }
            }
            assertThat(admin.get("/calls").json().get("total").asInt()).isZero();
            // one that reaches all peers can, and so can that one to another port
            assertThat(dial(admin, other, "\"listener\":\"default\"").status()).isEqualTo(201);
            assertThat(dial(local, 9, "\"keep\":false").body()).contains("ECONNREFUSED");
            assertThat(field.post("/send?to=udp:127.0.0.9:9@looped", "x").status()).isEqualTo(200);
            assertThat(
                            field.post(
                                            "/send?to=udp:127.0.0.9:%d@looped"
                                                    .formatted(service.port("looped")),
                                            "x")
                                    .body())
                    .contains("not_allowed");
            assertThat(admin.post("/send?to=b-plc", "still there").status()).isEqualTo(200);
            assertThat(hidden.readLine()).isEqualTo("still there");
        }
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    /** With its certificate, the token could speak to servers as the service. */
    @Test
    void cannotChooseAnSslBundleForAConnection() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Api.Answer answer =
                    dial(
                            small,
                            server.getLocalPort(),
                            "\"name\":\"a-dialled\",\"listener\":\"default\",\"tls\":\"any\"");
            assertThat(answer.status()).as(answer.body()).isEqualTo(403);
            assertThat(answer.body()).contains("forbidden_reach", "use true");
            server.setSoTimeout(200);
            assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(dial(admin, 9, "\"listener\":\"default\",\"tls\":\"any\"").status())
                .isEqualTo(400);
    }

    /** The address is checked before the connects, of which there may be several. */
    @Test
    void cannotConnectToAListenerThatHasBegunMeanwhile() throws Exception {
        Api local = new Api(service.api().port(), LOCAL);
        try (RemoteEnd end = RemoteEnd.start(ReachIT::readAll)) {
            SocketAddress own = new InetSocketAddress(InetAddress.getLoopbackAddress(), end.port());
            AtomicInteger checks = new AtomicInteger();
            Listener late =
                    PeerFixtures.listener(
                            "late",
                            Transport.TCP,
                            () -> checks.getAndIncrement() == 0 ? null : own);
            listeners.add(late);
            try {
                String fields = "\"listener\":\"default\",\"first\":{\"text\":\"iam b-1\"}";
                Api.Answer answer = dial(local, end.port(), fields);
                assertThat(answer.status()).as(answer.body()).isEqualTo(403);
                assertThat(answer.body()).contains("is an address of this service");
                assertThat(end.received()).isEmpty();
            } finally {
                listeners.remove(late);
            }
        }
    }

    /** The listener changes while the service connects: no peer of its new groups is made. */
    @Test
    void opensNoPeerInTheGroupsThatItsListenerHasGotMeanwhile() throws Exception {
        String fields = "\"listener\":\"moving\",\"keep\":true,\"first\":{\"text\":\"hello\"}";
        for (String groups : List.of("[\"bgroup\"]", "[\"agroup\",\"bgroup\"]", "[]")) {
            Api.Answer answer = whileListenerBecomes(groups, port -> dial(small, port, fields));
            assertThat(answer.status()).as(answer.body()).isEqualTo(403);
            assertThat(answer.body()).contains("forbidden_reach", "group that this client");
            answer =
                    whileListenerBecomes(
                            groups,
                            port -> small.post("/send?to=tcp:127.0.0.1:" + port + "@moving", "x"));
            assertThat(answer.status()).as(answer.body()).isEqualTo(403);
            assertThat(answer.body()).contains("not_allowed", "group that this client");
        }
        assertThat(admin.get("/calls").json().get("total").asInt()).isZero();
    }

    /** Lets a listener of {@code agroup} get other groups after connect(2). */
    private Api.Answer whileListenerBecomes(String groups, IntFunction<Api.Answer> request)
            throws Exception {
        String moving = "{\"name\":\"moving\",\"port\":0,\"groups\":[\"agroup\"]}";
        assertThat(admin.postJson("/listeners", moving).status()).isEqualTo(201);
        AtomicInteger checks = new AtomicInteger();
        Listener late =
                PeerFixtures.listener(
                        "late",
                        Transport.TCP,
                        () -> {
                            if (checks.getAndIncrement() == 1) {
                                String change = "{\"groups\":%s}".formatted(groups);
                                Api.Answer changed = admin.patch("/listeners/moving", change);
                                assertThat(changed.status()).as(changed.body()).isEqualTo(200);
                            }
                            return null;
                        });
        listeners.add(late);
        try (RemoteEnd end = RemoteEnd.start(ReachIT::readAll)) {
            Api.Answer answer = request.apply(end.port());
            assertThat(end.received()).isEmpty();
            assertThat(checks).hasValue(2);
            assertThat(admin.get("/peers?state=any&listener=moving").json().get("total").asInt())
                    .isZero();
            return answer;
        } finally {
            listeners.remove(late);
            assertThat(admin.delete("/listeners/moving?drain=0s").status()).isEqualTo(200);
        }
    }

    /** What it sends to the address would make a peer of the new listener, with any name. */
    @Test
    void aDatagramPeerEndsWhenItsAddressBecomesThatOfAListener() throws IOException {
        Api field = new Api(service.api().port(), FIELD);
        int port = freeDatagramPort("127.0.0.9");
        String to = "/send?to=udp:127.0.0.9:%d@looped".formatted(port);
        Api.Answer early = field.post(to, "early");
        assertThat(early.status()).as(early.body()).isEqualTo(200);
        String peer = early.json().get("results").get(0).get("peer").asString();
        String late =
                """
                {"name": "late", "transport": "udp", "host": "127.0.0.9", "port": %d,
                 "groups": ["bgroup"]}
                """
                        .formatted(port);
        assertThat(admin.postJson("/listeners", late).status()).isEqualTo(201);
        try {
            assertThat(field.post(to, "late").body()).contains("not_allowed");
            assertThat(field.post("/send?to=" + peer, "late").status()).isEqualTo(410);
            assertThat(field.get("/peers/" + peer).json().get("closeDetail").asString())
                    .isEqualTo("its address is now that of a listener");
            assertThat(admin.get("/peers?listener=late").json().get("total").asInt()).isZero();
        } finally {
            assertThat(admin.delete("/listeners/late?drain=0s").status()).isEqualTo(200);
        }
    }

    /** Until it is closed, the peer can send to a listener that is bound and not read from yet. */
    @Test
    void aDatagramPeerHasSentNothingToTheListenerAtItsAddress() throws IOException {
        Api field = new Api(service.api().port(), FIELD);
        int port = freeDatagramPort("127.0.0.9");
        InetSocketAddress address = new InetSocketAddress("127.0.0.9", port);
        String to = "/send?to=udp:127.0.0.9:%d@looped".formatted(port);
        String peer = field.post(to, "early").json().get("results").get(0).get("peer").asString();
        String late =
                """
                {"name": "late", "transport": "udp", "host": "127.0.0.9", "port": %d,
                 "identify": {"pattern": "^iam (?<name>\\\\S+)$"}}
                """
                        .formatted(port);
        AtomicInteger sent = new AtomicInteger();
        try (DatagramSocket before = new DatagramSocket();
                DatagramSocket after = new DatagramSocket()) {
            registry.observe(
                    new PeerObserver() {
                        @Override
                        public void closed(PeerSession session, PeerSnapshot last) {
                            if (session.id().toString().equals(peer)) {
                                sent.addAndGet(send(before, "iam b-early", address));
                            }
                        }
                    });
            assertThat(admin.postJson("/listeners", late).status()).isEqualTo(201);
            assertThat(sent).hasPositiveValue();
            assertThat(send(after, "iam b-late", address)).isPositive();
            admin.awaitOpen("b-late"); // the socket is read in order
            assertThat(admin.get("/peers?listener=late").json().get("total").asInt()).isOne();
        } finally {
            assertThat(admin.delete("/listeners/late?drain=0s").status()).isEqualTo(200);
        }
    }

    /** A listener that begins meanwhile waits for the loop, and finds the peer. */
    @Test
    void aDatagramPeerThatIsBeingOpenedEndsWhenAListenerBeginsAtItsAddress() throws Exception {
        int port = freeDatagramPort("127.0.0.9");
        InetSocketAddress address = new InetSocketAddress("127.0.0.9", port);
        String late =
                """
                {"name": "late", "transport": "udp", "host": "127.0.0.9", "port": %d}
                """
                        .formatted(port);
        UnconnectedSocket looped =
                (UnconnectedSocket) listeners.find("looped").orElseThrow().socket();
        CountDownLatch bound = new CountDownLatch(1);
        CompletableFuture<Optional<PeerSession>> opened =
                looped.open(address, () -> reached(bound), false);
        ThreadTask<Integer> creation =
                ThreadTask.call(() -> admin.postJson("/listeners", late).status());
        await().until(() -> listeners.listensAt(address, true));
        bound.countDown();
        assertThat(creation.result()).isEqualTo(201);
        try {
            String peer = opened.join().orElseThrow().id().toString();
            assertThat(admin.get("/peers/" + peer).json().get("closeReason").asString())
                    .isEqualTo("kicked");
            assertThat(looped.open(address, () -> false, false).join()).isEmpty();
        } finally {
            assertThat(admin.delete("/listeners/late?drain=0s").status()).isEqualTo(200);
        }
    }

    private static boolean reached(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the number of bytes that were sent. */
    private static int send(DatagramSocket from, String text, InetSocketAddress to) {
        byte[] bytes = text.getBytes(UTF_8);
        try {
            from.send(new DatagramPacket(bytes, bytes.length, to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.length;
    }

    private static int freeDatagramPort(String host) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral(host))) {
            return socket.getLocalPort();
        }
    }

    private static String readAll(Socket connection) throws IOException {
        return new String(connection.getInputStream().readAllBytes(), UTF_8);
    }

    private static String returnAll(Socket connection) throws IOException {
        connection.getInputStream().transferTo(connection.getOutputStream());
        return "";
    }

    /** The server may return what it gets, and the name may be that of any peer. */
    @Test
    void aConnectionThatItOpensGetsNoNameFromItsServer() throws IOException {
        Api local = new Api(service.api().port(), LOCAL);
        try (RemoteEnd end = RemoteEnd.start(ReachIT::returnAll)) {
            String fields = "\"listener\":\"default\",\"first\":{\"text\":\"iam b-returned\"}";
            Api.Answer dialled = dial(local, end.port(), fields);
            assertThat(dialled.status()).as(dialled.body()).isEqualTo(201);
            String peer = "/peers/" + dialled.json().get("id").asString();
            await().until(
                            () -> local.get(peer + "/messages").body(),
                            messages -> messages.contains("iam b-returned"));
            assertThat(local.get(peer).json().get("name").isNull()).isTrue();
            assertThat(admin.get("/peers/b-returned").status()).isEqualTo(404);
            // that of one that reaches all peers does
            assertThat(dial(admin, end.port(), fields).status()).isEqualTo(201);
            admin.awaitOpen("b-returned");
        }
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    @Test
    void aConnectionThatItOpensGetsNoNameByItsAddress() throws IOException {
        Api local = new Api(service.api().port(), LOCAL);
        try (RawClient hidden = connect("other", "b-addressed");
                ServerSocket server = new ServerSocket(0, 9, InetAddress.getByName("127.0.0.21"))) {
            String to = "127.0.0.21:" + server.getLocalPort();
            Api.Answer dialled =
                    local.postJson(
                            "/peers",
                            "{\"host\":\"127.0.0.21\",\"port\":%d}"
                                    .formatted(server.getLocalPort()));
            assertThat(dialled.status()).as(dialled.body()).isEqualTo(201);
            assertThat(dialled.json().get("name").isNull()).isTrue();
            assertThat(local.post("/send?to=tcp:" + to, "x").status()).isEqualTo(200);
            assertThat(field.post("/send?to=udp:" + to + "@datagrams", "x").body())
                    .contains("not_allowed");
            // nor does a connection for one message, whoever opens it
            assertThat(admin.post("/send?to=tcp:" + to + "@other", "x").status()).isEqualTo(200);
            assertThat(admin.post("/send?to=b-addressed", "still there").status()).isEqualTo(200);
            assertThat(hidden.readLine()).isEqualTo("still there");
        }
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    private static Api.Answer dial(Api api, int port, String fields) {
        return api.postJson(
                "/peers", "{\"host\":\"127.0.0.1\",\"port\":%d,%s}".formatted(port, fields));
    }

    /** The limits for each address count the peers that have connected from it. */
    @Test
    void doesNotLearnThatPeersHaveConnectedFromAnAddress() throws IOException {
        RawClient hidden = RawClient.connect(service.port("rated"));
        clients.add(hidden);
        try (RemoteEnd end = RemoteEnd.start(ReachIT::readAll)) {
            for (int i = 0; i < 3; i++) {
                Api.Answer dialled = dial(small, end.port(), "\"listener\":\"rated\"");
                assertThat(dialled.status()).as(dialled.body()).isEqualTo(201);
            }
        }
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    /** The name and the groups of a peer change in one step. */
    @Test
    void seesNoNameOfAPeerThatLeavesItsGroupsOrNeverComesToThem() throws Exception {
        connect("default", "a-leaving");
        connect("default", "n-staying");
        try (EventReader events = EventReader.open(small, "/events")) {
            await().until(events::lastId, each -> !each.isEmpty());
            Api.Answer moved =
                    admin.patch(
                            "/peers/a-leaving", "{\"name\":\"n-secret\",\"groups\":[\"bgroup\"]}");
            assertThat(moved.status()).as(moved.body()).isEqualTo(200);
            moved =
                    admin.patch(
                            "/peers/n-staying", "{\"name\":\"a-secret\",\"groups\":[\"bgroup\"]}");
            assertThat(moved.json().get("groups").toString()).isEqualTo("[\"bgroup\"]");
            RawClient end = connect("default", "a-end");
            end.send("the end\n");
            EventReader.Sse event;
            do {
                event = events.next();
                assertThat(event.data()).doesNotContain("secret");
            } while (!event.data().contains("the end"));
        }
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    /** A peer gets the messages to each of its groups. */
    @Test
    void putsNoPeerIntoAGroupThatItDoesNotReach() throws IOException {
        connect("default", "a-plain");
        Api.Answer renamed = small.patch("/peers/a-plain", "{\"name\":\"a-x-vip\"}");
        assertThat(renamed.status()).as(renamed.body()).isEqualTo(403);
        assertThat(renamed.body()).contains("forbidden_reach");
        // nor takes it one out
        connect("default", "a-y-vip");
        renamed = small.patch("/peers/a-y-vip", "{\"name\":\"a-y\"}");
        assertThat(renamed.status()).as(renamed.body()).isEqualTo(403);
        assertThat(small.get("/peers/a-y-vip").json().get("groups").toString())
                .isEqualTo("[\"agroup\",\"vip\"]");
        assertThat(
                        admin.patch("/peers/a-y-vip", "{\"name\":\"a-y\"}")
                                .json()
                                .get("groups")
                                .toString())
                .isEqualTo("[\"agroup\"]");
        try (RemoteEnd end = RemoteEnd.start(ReachIT::readAll)) {
            int port = end.port();
            Api.Answer dialled = dial(small, port, "\"listener\":\"grouped\"");
            assertThat(dialled.body()).contains("forbidden_reach", "a group that this client");
            dialled = dial(small, port, "\"listener\":\"default\",\"name\":\"a-z-vip\"");
            assertThat(dialled.body()).contains("forbidden_reach");
            assertThat(small.post("/send?to=tcp:127.0.0.1:" + port + "@grouped", "x").body())
                    .contains("not_allowed", "a group that this client");
            assertThat(dial(small, port, "\"listener\":\"default\",\"name\":\"a-z\"").status())
                    .isEqualTo(201);
        }
        assertThat(admin.get("/groups").body()).doesNotContain("vip");
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    /** The address may have a peer that has left the groups of its listener. */
    @Test
    void doesNotLearnWhetherAnAddressHasAPeer() {
        String to = "/send?to=udp:127.0.0.7:%d@datagrams";
        assertThat(admin.post(to.formatted(19), "x").status()).isEqualTo(200);
        assertThat(small.post(to.formatted(19), "x").status()).isEqualTo(200);
        String id = admin.get("/peers?listener=datagrams").json().at("/peers/0/id").asString();
        assertThat(admin.patch("/peers/" + id, "{\"groups\":[]}").status()).isEqualTo(200);
        Api.Answer hidden = small.post(to.formatted(19), "x");
        Api.Answer none = small.post(to.formatted(29), "x");
        assertThat(hidden.status()).as(hidden.body()).isEqualTo(403);
        assertThat(none.status()).isEqualTo(403);
        assertThat(hidden.body()).isEqualTo(none.body().replace(":29", ":19"));
        assertThat(admin.get("/peers?listener=datagrams").json().get("total").asInt()).isOne();
        // it reaches all peers of the listener, and so it may open one
        assertThat(field.post(to.formatted(29), "x").status()).isEqualTo(200);
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    /** An operator has taken the peer out of the group of its name. */
    @Test
    void doesNotTakeANameFromAPeerOutOfReach() throws IOException {
        connect("other", "a-moved");
        assertThat(admin.patch("/peers/a-moved", "{\"groups\":[]}").status()).isEqualTo(200);
        connect("other", "a-mine");
        Api.Answer refused = small.patch("/peers/a-mine", "{\"name\":\"a-moved\"}");
        assertThat(refused.status()).as(refused.body()).isEqualTo(403);
        refused = dial(small, 9, "\"listener\":\"other\",\"name\":\"a-moved\"");
        assertThat(refused.body()).contains("forbidden_reach").doesNotContain(id("a-moved"));
        assertThat(admin.get("/peers/a-moved").json().get("state").asString()).isEqualTo("open");
        assertThat(admin.patch("/peers/a-mine", "{\"name\":\"a-moved\"}").status()).isEqualTo(200);
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    @Test
    void aPeerThatItOpensGetsNoNameByADatagramThatComesBack() throws IOException {
        String opened = sendAndReturn(field);
        await().until(
                        () -> field.get("/peers/" + opened + "/messages").body(),
                        messages -> messages.contains("iam b-echoed"));
        assertThat(field.get("/peers/" + opened).json().get("name").isNull()).isTrue();
        assertThat(admin.get("/peers/b-echoed").status()).isEqualTo(404);
        // that of one that reaches all peers does
        sendAndReturn(admin);
        admin.awaitOpen("b-echoed");
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    /** What comes back may do so after the client has closed the peer. */
    @Test
    void theNextPeerAtItsAddressGetsNoNameEither() throws IOException {
        try (DatagramSocket remote =
                new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.7"), 0))) {
            remote.setSoTimeout(60_000);
            String to = "/send?to=udp:127.0.0.7:%d@datagrams".formatted(remote.getLocalPort());
            Api.Answer sent = field.post(to, "iam b-later");
            assertThat(sent.status()).as(sent.body()).isEqualTo(200);
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            remote.receive(packet);
            for (int times = 0; times < 2; times++) {
                String opened = field.get("/peers?listener=datagrams").json().at(FIRST).asString();
                assertThat(field.delete("/peers/" + opened).status()).isEqualTo(204);
                remote.send(packet);
                await().until(
                                () -> field.get("/peers?listener=datagrams").json().at(FIRST),
                                next -> next.isString() && !next.asString().equals(opened));
                String next = field.get("/peers?listener=datagrams").json().at(FIRST).asString();
                await().until(
                                () -> field.get("/peers/" + next + "/messages").body(),
                                messages -> messages.contains("iam b-later"));
                assertThat(field.get("/peers/" + next).json().get("name").isNull()).isTrue();
            }
            assertThat(admin.get("/peers/b-later").status()).isEqualTo(404);
        }
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    /** Returns the id of a peer that has got a datagram and returns it. */
    private static String sendAndReturn(Api client) throws IOException {
        try (DatagramSocket remote =
                new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.7"), 0))) {
            remote.setSoTimeout(60_000);
            Api.Answer sent =
                    client.post(
                            "/send?to=udp:127.0.0.7:%d@datagrams".formatted(remote.getLocalPort()),
                            "iam b-echoed");
            assertThat(sent.status()).as(sent.body()).isEqualTo(200);
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            remote.receive(packet);
            remote.send(packet);
            return sent.json().at("/results/0/peer").asString();
        }
    }

    /** One request waits for its reply, the other for the first one, when the peer leaves. */
    @Test
    void asksAPeerNothingAfterItHasLeftTheGroups() throws Exception {
        RawClient peer = connect("default", "a-asked");
        String ask = "/send?to=a-asked&wait=reply&timeout=3s";
        long began = System.nanoTime();
        List<ThreadTask<Api.Answer>> asked =
                List.of(
                        ThreadTask.call(() -> small.post(ask, "question")),
                        ThreadTask.call(() -> small.post(ask, "question")));
        assertThat(peer.readLine()).isEqualTo("question");
        assertThat(admin.patch("/peers/a-asked", "{\"groups\":[]}").status()).isEqualTo(200);
        peer.send("secret\n");
        for (ThreadTask<Api.Answer> each : asked) {
            Api.Answer answer = each.result();
            // 404 if the request came later than the change
            assertThat(answer.status()).as(answer.body()).isIn(404, 504);
            assertThat(answer.body()).doesNotContain("secret");
            if (answer.status() == 504) {
                assertThat(answer.body()).contains("\"no_reply\"");
            }
        }
        // otherwise the client would learn when the peer has sent something
        assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.SECONDS.toNanos(3));
        assertThat(admin.get("/peers/a-asked/messages").body()).contains("secret");
        assertThat(admin.post("/send?to=a-asked", "the end").status()).isEqualTo(200);
        assertThat(peer.readLine()).isEqualTo("the end");
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    /** The peer has come to the name, and has left the reach, since the request. */
    @Test
    void aKeptConnectionTakesNoNameFromAPeerOutOfReach() throws IOException {
        Api.Answer kept =
                dial(small, 9, "\"listener\":\"other\",\"name\":\"a-kept\",\"keep\":true");
        assertThat(kept.status()).as(kept.body()).isEqualTo(202);
        String call = "/calls/" + kept.json().get("id").asString();
        connect("other", "a-kept");
        String id = id("a-kept");
        assertThat(admin.patch("/peers/a-kept", "{\"groups\":[]}").status()).isEqualTo(200);
        await().until(
                        () ->
                                small.get("/calls")
                                        .json()
                                        .at("/calls/0/lastError/message")
                                        .asString(""),
                        "another peer has the name 'a-kept'"::equals);
        assertThat(small.get("/calls").body()).doesNotContain(id);
        assertThat(id("a-kept")).isEqualTo(id);
        assertThat(small.delete(call).status()).isEqualTo(204);
        assertThat(admin.postJson("/peers/close", "{\"to\":\"all\"}").status()).isEqualTo(200);
    }

    @Test
    void doesNotLearnWhoHasTakenTheNameOfAPeer() throws IOException {
        Api local = new Api(service.api().port(), LOCAL);
        connect("default", "n-taken");
        String id = id("n-taken");
        RawClient next = RawClient.connect(service.port("other"));
        clients.add(next);
        next.send("iam n-taken\n");
        await().until(
                        () -> local.get("/peers/" + id).json().get("closeDetail").asString(""),
                        each -> !each.isEmpty());
        String by = admin.get("/peers?name=n-taken").json().at("/peers/0/id").asString();
        assertThat(admin.get("/peers/" + id).body()).contains(by);
        for (String path : List.of("/peers/" + id, "/peers?state=closed")) {
            assertThat(local.get(path).body())
                    .contains("'n-taken' is now the name of another peer")
                    .doesNotContain(by);
        }
    }

    /** What a token of a group may do: everything with the peers of the group. */
    @Test
    void reachesThePeersOfItsGroup() throws IOException {
        RawClient client = connect("other", "a-own");
        assertThat(small.post("/send?to=a-own", "one").status()).isEqualTo(200);
        assertThat(client.readLine()).isEqualTo("one");
        assertThat(small.post("/send?to=all", "two").status()).isEqualTo(200);
        assertThat(client.readLine()).isEqualTo("two");
        JsonNode socket = small.get("/peers/a-own").json().get("socket");
        assertThat(socket.get("state").asString()).isEqualTo("ESTAB");
        assertThat(socket.get("fileno").isNull()).isTrue();
        assertThat(socket.get("inode").isNull()).isTrue();
        assertThat(admin.get("/peers/a-own").json().at("/socket/fileno").asInt()).isPositive();
        assertThat(small.patch("/peers/a-own", "{\"name\":\"a-other\"}").status()).isEqualTo(200);
        assertThat(small.get("/peers/a-other").status()).isEqualTo(200);
        assertThat(small.post("/send?to=a-later&ttl=1h", "three").status()).isEqualTo(202);
        assertThat(small.get("/mailboxes/a-later").json().get("total").asInt()).isEqualTo(1);
        assertThat(small.delete("/mailboxes/a-later").json().get("cancelled").asInt()).isEqualTo(1);
        assertThat(small.delete("/peers/a-other").status()).isEqualTo(204);
        assertThat(small.get("/peers?state=closed&name=a-other").json().get("total").asInt())
                .isEqualTo(1);
    }

    @Test
    void aTokenOfAListenerSeesItAndItsPeersOnly() throws IOException {
        Api local = new Api(service.api().port(), LOCAL);
        connect("default", "here");
        connect("other", "there");
        JsonNode listeners = local.get("/listeners").json().get("listeners");
        assertThat(listeners.size()).isEqualTo(1);
        assertThat(listeners.get(0).get("name").asString()).isEqualTo("default");
        assertThat(local.get("/peers/here").status()).isEqualTo(200);
        assertThat(local.get("/peers/there").status()).isEqualTo(404);
        for (Api.Answer answer :
                List.of(
                        local.post("/send?to=listener:other", "x"),
                        local.get("/peers?listener=other"),
                        local.get("/events?listener=other"),
                        local.postJson(
                                "/peers",
                                "{\"host\":\"127.0.0.1\",\"port\":9,\"listener\":\"other\"}"))) {
            assertThat(answer.status()).isIn(400, 404);
            assertThat(answer.body().replaceFirst("'other'", "")).doesNotContain("other");
        }
        // names and stored messages belong to no listener
        assertThat(local.patch("/peers/here", "{\"name\":\"there\"}").status()).isEqualTo(403);
        assertThat(local.post("/send?to=there&ttl=1h", "x").status()).isEqualTo(403);
        assertThat(local.get("/mailboxes").json().get("mailboxes").size()).isZero();
        assertThat(local.delete("/listeners/default").body()).contains("forbidden_role");
    }
}
