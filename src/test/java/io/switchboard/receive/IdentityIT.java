package io.switchboard.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Names and groups of peers, set by frames and by an operator. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.groups.trucks=truck-\\\\d+",
            "switchboard.listeners.trackers.port=0",
            "switchboard.listeners.trackers.identify.pattern=^(?<name>[a-z]+-\\\\d+)(@(?<group>\\\\w+))?",
            "switchboard.listeners.trackers.identify.reply=hello\\\\x21",
            "switchboard.listeners.trackers.identify.deadline=2m",
            "switchboard.listeners.trackers.on-duplicate=replace",
            "switchboard.listeners.trackers.groups=fleet",
            "switchboard.listeners.hasty.port=0",
            "switchboard.listeners.hasty.identify.pattern=^I am (?<name>\\\\S+)$",
            "switchboard.listeners.hasty.identify.deadline=1s",
            "switchboard.listeners.strict.port=0",
            "switchboard.listeners.strict.identify.pattern=^(?<name>\\\\S+)$",
            "switchboard.listeners.strict.on-duplicate=reject",
            "switchboard.listeners.greedy.port=0",
            "switchboard.listeners.greedy.identify.pattern=(?:.*a){12}(?<name>b)$",
            "switchboard.listeners.greedy.correlate=(?:.*a){12}(b)$",
            "switchboard.listeners.known.port=0",
            "switchboard.listeners.known.identify.addresses.plc-1=127.0.0.1",
            "switchboard.listeners.known.identify.pattern=^I am (?<name>\\\\S+)$",
        })
class IdentityIT {
    private final RunningService service;
    private final Api api;

    IdentityIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void nobodyIsConnected() {
        api.awaitTotal(0);
    }

    private RawClient tracker(String firstLine) throws IOException {
        RawClient client = RawClient.connect(service.port("trackers"));
        client.send(firstLine + "\n");
        assertThat(client.readLine()).isEqualTo("hello!");
        return client;
    }

    @Test
    void aDeviceIsAddressedByTheNameInItsFrame() throws Exception {
        try (RawClient tracker = tracker("truck-7@north")) {
            JsonNode peer = api.peer("truck-7");
            assertThat(peer.get("name").asString()).isEqualTo("truck-7");
            assertThat(peer.get("groups").toString()).isEqualTo("[\"fleet\",\"north\",\"trucks\"]");
            assertThat(api.peer(peer.get("id").asString()).get("name").asString())
                    .isEqualTo("truck-7");

            Api.Answer answer = api.post("/send?to=truck-7", "stop");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(tracker.readLine()).isEqualTo("stop");
            for (String group : List.of("fleet", "north", "trucks")) {
                api.post("/send?to=group:" + group, group);
                assertThat(tracker.readLine()).isEqualTo(group);
            }
        }
    }

    @Test
    void aDeviceThatReconnectsReplacesItsOldConnection() throws Exception {
        try (RawClient first = tracker("truck-1")) {
            String old = api.peer("truck-1").get("id").asString();
            try (RawClient second = tracker("truck-1")) {
                assertThat(first.readLine())
                        .isEqualTo("error replaced: 'truck-1' is now the name of another peer");
                assertThat(first.readToEnd()).isEmpty();
                assertThat(api.awaitClosed(old)).isEqualTo("replaced");
                api.post("/send?to=truck-1", "you");
                assertThat(second.readLine()).isEqualTo("you");
                assertThat(api.get("/groups").json().get("groups").toString())
                        .isEqualTo(
                                "[{\"name\":\"fleet\",\"peers\":1},{\"name\":\"trucks\",\"peers\":1}]");
            }
        }
    }

    @Test
    void aPeerWithoutANameIsClosedAfterTheDeadline() throws Exception {
        try (RawClient client = RawClient.connect(service.port("hasty"))) {
            client.send("who am I?\n");
            assertThat(client.readLine())
                    .isEqualTo("error not_identified: no frame contained a name within 1s");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void aRejectedDuplicateReceivesTheReason() throws Exception {
        try (RawClient first = RawClient.connect(service.port("strict"))) {
            first.send("a\n");
            api.awaitOpen("a");
            try (RawClient second = RawClient.connect(service.port("strict"))) {
                second.send("a\n");
                assertThat(second.readLine())
                        .startsWith("error duplicate_name: 'a' is the name of peer");
                assertThat(second.readToEnd()).isEmpty();
            }
            assertThat(api.peer("a").get("state").asString()).isEqualTo("open");
        }
    }

    @Test
    void aNameFromAFrameReplacesTheNameOfTheAddress() throws Exception {
        try (RawClient client = RawClient.connect(service.port("known"))) {
            String id = api.idOf(client);
            assertThat(api.peer("plc-1").get("id").asString()).isEqualTo(id);
            client.send("I am pump\n");
            api.awaitOpen("pump");
            assertThat(api.get("/peers/plc-1").status()).isEqualTo(404);
        }
    }

    @Test
    void aSharedNameReachesBothPeersButIsAmbiguousInAPath() throws Exception {
        try (RawClient first = service.connect();
                RawClient second = service.connect()) {
            String one = api.idOf(first);
            String other = api.idOf(second);
            patch(one, "{\"name\":\"twin\"}");
            patch(other, "{\"name\":\"twin\"}");
            JsonNode report = api.post("/send?to=twin", "hi").json();
            assertThat(report.get("written").asInt()).isEqualTo(2);
            assertThat(first.readLine()).isEqualTo("hi");
            assertThat(second.readLine()).isEqualTo("hi");
            Api.Answer ambiguous = api.get("/peers/twin");
            assertThat(ambiguous.status()).isEqualTo(409);
            assertThat(ambiguous.json().get("detail").asString()).contains(one).contains(other);
            report = api.post("/send?to=all&exclude=twin", "not you").json();
            assertThat(report.get("matched").asInt()).isZero();
        }
    }

    @Test
    void aClosedDeviceIsReportedAsGoneAndNotAsUnknown() throws Exception {
        try (RawClient tracker = tracker("van-3")) {
            tracker.reset();
        }
        api.awaitTotal(0);
        assertThat(api.post("/send?to=van-3", "x").status()).isEqualTo(410);
        assertThat(api.peer("van-3").get("state").asString()).isEqualTo("closed");
        assertThat(api.post("/send?to=van-4", "x").status()).isEqualTo(404);
    }

    @Test
    void anOperatorNamesAndGroupsAndSetsOptions() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            JsonNode peer =
                    patch(
                                    id,
                                    """
                                    {"groups":["b","a"],"name":"truck-1","idleTimeout":"1m",
                                     "noDelay":false,"keepAlive":false}""")
                            .json();
            assertThat(peer.get("name").asString()).isEqualTo("truck-1");
            assertThat(peer.get("groups").toString()).isEqualTo("[\"a\",\"b\"]");
            assertThat(peer.get("idleTimeout").asString()).isEqualTo("60s");
            JsonNode options = peer.get("socket").get("options");
            assertThat(options.get("noDelay").asBoolean()).isFalse();
            assertThat(options.get("keepAlive").asBoolean()).isFalse();

            assertThat(put("/groups/c/peers/truck-1")).isEqualTo(204);
            assertThat(delete("/groups/a/peers/truck-1")).isEqualTo(204);
            assertThat(api.peer(id).get("groups").toString()).isEqualTo("[\"b\",\"c\"]");
            patch(id, "{\"name\":null,\"idleTimeout\":null}");
            peer = api.peer(id);
            assertThat(peer.get("name").isNull()).isTrue();
            assertThat(peer.get("idleTimeout").isNull()).isTrue();
        }
    }

    @Test
    void aChangedIdleTimeoutClosesThePeer() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            patch(id, "{\"idleTimeout\":\"300ms\"}");
            assertThat(client.readToEnd()).isEmpty();
            assertThat(api.awaitClosed(id)).isEqualTo("idle_timeout");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"nam":"x"}           | unknown field 'nam': known are groups, idleTimeout, keepAlive, name, noDelay
                    {"name":7}            | name=7: it takes a string
                    {"name":"all"}        | name: the name 'all' is reserved for another kind of target
                    {"groups":"a"}        | groups='a': it takes a list of strings
                    {"groups":["a/b"]}    | groups: a group must not contain the character '/' (U+002F)
                    {"idleTimeout":"5"}   | idleTimeout='5': it takes a duration such as 200ms, 5s or 1m
                    {"noDelay":"yes"}     | noDelay='yes': it takes true or false
                    []                    | the body is not a JSON object
                    {"name":"a"           | the body is not JSON
                    {"name":"a"} x        | the body is not JSON
                    """)
    void anInvalidPatchReportsTheErrorAndChangesNothing(String body, String detail)
            throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            Api.Answer answer = patch(id, body.replace("{\"n", "{\"keepAlive\":false,\"n"));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().get("detail").asString()).startsWith(detail);
            assertThat(api.peer(id).get("name").isNull()).isTrue();
            assertThat(api.peer(id).get("socket").get("options").get("keepAlive").asBoolean())
                    .isTrue();
        }
    }

    @Test
    void aNameOfAnotherPeerIsAConflictIfDuplicatesAreRejected() throws Exception {
        try (RawClient first = RawClient.connect(service.port("strict"));
                RawClient second = RawClient.connect(service.port("strict"))) {
            patch(api.idOf(first), "{\"name\":\"x\"}");
            Api.Answer answer = patch(api.idOf(second), "{\"name\":\"x\"}");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.json().get("reason").asString()).isEqualTo("duplicate_name");
        }
    }

    @Test
    void closesSeveralPeersWithAFarewell() throws Exception {
        try (RawClient first = tracker("truck-1");
                RawClient second = tracker("truck-2");
                RawClient spared = tracker("truck-3")) {
            Api.Answer answer =
                    api.postJson(
                            "/peers/close",
                            """
                            {"to":["group:trucks","nobody"],"exclude":"truck-3",
                             "reason":"night","farewell":"bye"}""");
            assertThat(answer.body()).isEqualTo("{\"matched\":3,\"closed\":2,\"failed\":1}\n");
            assertThat(first.readToEnd()).isEqualTo("bye\n");
            assertThat(second.readToEnd()).isEqualTo("bye\n");
            assertThat(api.peer("truck-1").get("closeDetail").asString()).isEqualTo("night");
            spared.send("still here\n");
            assertThat(api.peer("truck-3").get("state").asString()).isEqualTo("open");
        }
    }

    /** {@code curl -d} sends the content type of a form, which must not be parsed as one. */
    @Test
    void aJsonBodyIsAcceptedWithAnyContentType() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            Api.Answer answer = api.post("/peers/close", "{\"to\":\"" + id + "\"}");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {}                               | 400 | 'to' is missing: it takes the peers to close
                    {"to":[]}                        | 400 | to=[]: it takes the peers to close
                    {"to":7}                         | 400 | to=7: it takes a string or a list of strings
                    {"to":"group:"}                  | 400 | to='group:': 'group:' is no target
                    {"to":"all","farewel":"x"}       | 400 | unknown field 'farewel'
                    {"to":"all","farewell":"a\\nb"}  | 422 | farewell: byte 1 of the payload
                    """)
    void anInvalidBulkCloseClosesNoPeer(String body, int status, String detail) throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            Api.Answer answer = api.postJson("/peers/close", body);
            assertThat(answer.status()).as(answer.body()).isEqualTo(status);
            assertThat(answer.json().get("detail").asString()).startsWith(detail);
            assertThat(api.peer(id).get("state").asString()).isEqualTo("open");
        }
    }

    @Test
    void bytesWithoutAFrameGetAHint() throws Exception {
        try (RawClient client = service.connect()) {
            client.send("no line end here,");
            String id = api.idOf(client);
            await().until(() -> api.peer(id).get("partialFrameBytes").asInt() == 17);
            assertThat(api.peer(id).get("hint").asString())
                    .isEqualTo("17 bytes received, no frame yet: is the framing 'line' right?");
            client.send("\n");
            await().until(() -> api.peer(id).get("hint").isNull());
        }
    }

    private Api.Answer patch(String peer, String json) {
        return api.answer(
                api.request("/peers/" + peer).method("PATCH", BodyPublishers.ofString(json)));
    }

    private int put(String path) {
        return api.answer(api.request(path).PUT(BodyPublishers.noBody())).status();
    }

    private int delete(String path) {
        return api.answer(api.request(path).DELETE()).status();
    }

    /** java.util.regex would search each of these frames for longer than the test can wait. */
    @Test
    void aFrameThatMakesAPatternBacktrackDelaysNobody() throws Exception {
        String costly = "a".repeat(1_016) + "\n";
        String request = "a".repeat(12) + "b";
        try (RawClient attacker = RawClient.connect(service.port("greedy"));
                RawClient other = RawClient.connect(service.port("trackers"))) {
            attacker.send(costly);
            other.send("truck-7\n");
            assertThat(other.readLine()).isEqualTo("hello!");

            String id = api.idOf(attacker);
            CompletableFuture<Api.Answer> reply =
                    api.postAsync("/send?wait=reply&timeout=20s&to=" + id, request.getBytes(UTF_8));
            assertThat(attacker.readLine()).isEqualTo(request);
            attacker.send(costly + request + "\n");
            assertThat(reply.get().body()).contains("\"reply\":\"" + request + "\"");
            assertThat(api.get("/peers/b").json().get("id").asString()).isEqualTo(id);
        }
    }
}
