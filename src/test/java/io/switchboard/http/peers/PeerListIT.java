package io.switchboard.http.peers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.Crowd;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Tests the filters, orders, pages and the table of {@code GET /peers} with real sockets. */
@WithService
@TestPropertySource(
        properties = {
            // the peers that do not read must stay connected
            "switchboard.outbox.write-deadline=10m",
            "switchboard.listeners.gate.port=0",
            "switchboard.listeners.gate.framing=raw"
        })
class PeerListIT {
    private final RunningService service;
    private final Api api;
    private final List<RawClient> clients = new ArrayList<>();

    PeerListIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    @AfterEach
    void disconnect() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }

    /** Connects a client and returns the id of the new peer. */
    private String connect(String listener) throws IOException {
        RawClient client = RawClient.connect(service.port(listener));
        clients.add(client);
        return api.idOf(client);
    }

    // ---- rows

    @Test
    void rowsHaveKernelInformationIfTheQueryAsksForIt() throws IOException {
        String id = connect("default");
        assertThat(api.get("/peers").json().at("/peers/0").has("socket")).isFalse();
        for (String query : List.of("?socket", "?socket=true", "?socket=true&sort=-idle")) {
            JsonNode row = api.get("/peers" + query).json().at("/peers/0");
            assertThat(row.get("id").asString()).isEqualTo(id);
            assertThat(row.at("/socket/state").asString()).isEqualTo("ESTAB");
            assertThat(row.at("/socket/rtt").asDouble()).isPositive();
        }
        assertThat(api.get("/peers?socket=yes").status()).isEqualTo(400);
    }

    // ---- filters

    @Test
    void filtersByListenerTransportAndState() throws Exception {
        String first = connect("default");
        String second = connect("gate");
        String third = connect("default");
        assertThat(ids("")).containsExactly(first, second, third);
        assertThat(ids("?listener=default")).containsExactly(first, third);
        assertThat(ids("?listener=gate")).containsExactly(second);
        assertThat(ids("?transport=tcp&listener=gate")).containsExactly(second);
        assertThat(api.get("/peers?listener=default&limit=1").json().get("total").asInt())
                .isEqualTo(2);

        assertThat(api.delete("/peers/" + first).status()).isEqualTo(204);
        assertThat(ids("")).containsExactly(second, third);
        assertThat(ids("?state=open")).containsExactly(second, third);
        assertThat(ids("?state=closed&limit=1000")).contains(first).doesNotContain(second, third);
        assertThat(ids("?state=any&limit=1000")).containsSubsequence(first, second, third);
        assertThat(ids("?state=closed&listener=gate&limit=1000")).doesNotContain(first);
        JsonNode closed = api.get("/peers?state=closed&q=" + first).json().get("peers").get(0);
        assertThat(closed.get("closeReason").asString()).isEqualTo("kicked");
    }

    @Test
    void filtersByNameAndGroup() throws Exception {
        String first = connect("default");
        String second = connect("gate");
        connect("gate");
        patch(first, "{'name': 'truck-7', 'groups': ['east', 'trucks']}");
        patch(second, "{'name': 'plc 1', 'groups': ['east']}");
        assertThat(ids("?name=truck-7")).containsExactly(first);
        assertThat(ids("?name=plc%201")).containsExactly(second);
        assertThat(ids("?name=truck")).isEmpty();
        assertThat(ids("?group=east")).containsExactly(first, second);
        assertThat(ids("?group=east&sort=-connectedAt")).containsExactly(second, first);
        assertThat(ids("?group=trucks")).containsExactly(first);
        assertThat(ids("?group=east&listener=gate")).containsExactly(second);
        assertThat(ids("?group=west")).isEmpty();
        assertThat(ids("?q=TRUCK")).containsExactly(first);
        assertThat(ids("?q=plc+1")).containsExactly(second);
        assertThat(curl("-H", "Accept: text/plain", url("?group=trucks")))
                .containsPattern("\n" + first + " +truck-7 +east,trucks +127.0.0.1:");

        assertThat(api.delete("/peers/truck-7").status()).isEqualTo(204);
        assertThat(ids("?name=truck-7")).isEmpty();
        assertThat(ids("?group=trucks")).isEmpty();
        assertThat(ids("?state=closed&name=truck-7")).containsExactly(first);
        assertThat(ids("?state=any&group=east")).containsExactly(first, second);
    }

    private void patch(String id, String json) {
        Api.Answer answer =
                api.answer(
                        api.request("/peers/" + id)
                                .method("PATCH", BodyPublishers.ofString(json.replace('\'', '"'))));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void qFindsIdsAddressesAndListeners() throws Exception {
        String first = connect("default");
        String second = connect("gate");
        int port = clients.getFirst().port();
        assertThat(ids("?q=" + first)).containsExactly(first);
        assertThat(ids("?q=127.0.0.1:" + port)).containsExactly(first);
        assertThat(ids("?q=127.0.0.1:" + service.port("gate"))).containsExactly(second);
        assertThat(ids("?q=GaT")).containsExactly(second);
        assertThat(ids("?q=127.0.0.1")).containsExactly(first, second);
        assertThat(ids("?q=nobody%20has%20this")).isEmpty();
    }

    private List<String> ids(String query) {
        Api.Answer answer = api.get("/peers" + query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        List<String> ids = new ArrayList<>();
        answer.json().get("peers").forEach(peer -> ids.add(peer.get("id").asString()));
        return ids;
    }

    // ---- orders

    @ParameterizedTest
    @ValueSource(
            strings = {
                "connectedAt",
                "lastReceivedAt",
                "lastSentAt",
                "receivedBytes",
                "sentBytes",
                "queuedBytes",
                "idle"
            })
    void sortsByEveryValueOfTheServiceInBothDirectionsPageByPage(String sort) throws Exception {
        populate();
        Comparator<JsonNode> ascending = Comparator.comparing(peer -> value(sort, peer));
        for (boolean descending : List.of(false, true)) {
            String query = "sort=" + (descending ? "-" : "") + sort;
            List<JsonNode> walked = walk(query, 3);
            Comparator<JsonNode> order = descending ? ascending.reversed() : ascending;
            List<JsonNode> expected =
                    new ArrayList<>(
                            api.peers().stream()
                                    .filter(peer -> !value(sort, peer).isEmpty())
                                    .sorted(order.thenComparing(PeerListIT::seq))
                                    .toList());
            api.peers().stream().filter(peer -> value(sort, peer).isEmpty()).forEach(expected::add);
            assertThat(walked).as(query).extracting(PeerListIT::id).isEqualTo(listIds(expected));
        }
    }

    /** Connects ten peers: some have sent, some have received, and two do not read. */
    private void populate() throws Exception {
        byte[] large = "x".repeat(512 * 1024).getBytes(UTF_8);
        for (int i = 0; i < 8; i++) {
            String id = connect("default");
            if (i % 3 > 0) {
                clients.get(i).send("x".repeat(i) + "\n");
                await().until(() -> !api.peer(id).get("lastReceivedAt").isNull());
            }
            if (i % 4 > 1) {
                assertThat(api.post("/send?to=" + id, "y".repeat(10 - i)).status()).isEqualTo(200);
            }
        }
        for (int i = 0; i < 2; i++) {
            RawClient stuck = RawClient.connectWithTinyBuffer(service.port());
            clients.add(stuck);
            String id = api.idOf(stuck);
            while (api.peer(id).get("queued").get("messages").asInt() <= i) {
                assertThat(api.post("/send?wait=queued&to=" + id, large).status()).isEqualTo(200);
            }
        }
        awaitStable();
    }

    /** Waits until the kernel accepts no more bytes, so that the facts of the peers stay equal. */
    private void awaitStable() {
        List<String> seen = new ArrayList<>();
        await().until(
                        () -> {
                            seen.add(api.peers().toString());
                            return seen.size() > 2
                                    && seen.getLast().equals(seen.get(seen.size() - 3));
                        });
    }

    /** Returns the sort value of a peer as a text whose natural order is that of the values. */
    private static String value(String sort, JsonNode peer) {
        return switch (sort) {
            case "connectedAt", "lastReceivedAt", "lastSentAt" -> {
                String time = peer.get(sort).asString(""); // with a varying number of decimals
                yield time.isEmpty() ? "" : "%020d".formatted(Instant.parse(time).toEpochMilli());
            }
            case "receivedBytes", "sentBytes", "queuedBytes" ->
                    "%020d".formatted(peer.get(sort.replace("Bytes", "")).get("bytes").asLong());
            case "idle" -> {
                String last =
                        List.of("connectedAt", "lastReceivedAt", "lastSentAt").stream()
                                .map(time -> millis(peer.get(time).asString("")))
                                .max(Comparator.naturalOrder())
                                .orElseThrow();
                yield "%020d".formatted(Long.MAX_VALUE - Long.parseLong(last));
            }
            default -> throw new AssertionError(sort);
        };
    }

    private static String millis(String time) {
        return time.isEmpty()
                ? "0".repeat(20)
                : "%020d".formatted(java.time.Instant.parse(time).toEpochMilli());
    }

    private static long seq(JsonNode peer) {
        return Long.parseLong(id(peer).substring(id(peer).indexOf('-') + 1));
    }

    private static String id(JsonNode peer) {
        return peer.get("id").asString();
    }

    private static List<String> listIds(List<JsonNode> peers) {
        return peers.stream().map(PeerListIT::id).toList();
    }

    @ParameterizedTest
    @CsvSource({"rtt, rtt", "unackedBytes, unackedBytes", "retransmits, totalRetransmits"})
    void sortsByEveryValueOfTheKernelInBothDirections(String sort, String field) throws Exception {
        populate();
        for (boolean descending : List.of(false, true)) {
            String query = "/peers?sort=" + (descending ? "-" : "") + sort;
            JsonNode page = api.get(query).json();
            List<Double> values = new ArrayList<>();
            page.get("peers").forEach(peer -> values.add(peer.get("socket").get(field).asDouble()));
            Comparator<Double> order = Comparator.naturalOrder();
            assertThat(values)
                    .hasSize(10)
                    .isSortedAccordingTo(descending ? order.reversed() : order);
            assertThat(page.get("total").asInt()).isEqualTo(10);
            assertThat(page.get("next").isNull()).isTrue();
        }
    }

    // ---- pages

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sort=connectedAt",
                "sort=-connectedAt",
                "sort=lastReceivedAt",
                "sort=-lastSentAt",
                "sort=receivedBytes",
                "sort=-sentBytes",
                "sort=queuedBytes",
                "sort=idle",
                "sort=-idle",
                "sort=rtt",
                "sort=-rtt",
                "sort=-unackedBytes",
                "sort=retransmits",
                "state=any",
                "state=any&sort=-idle",
                "listener=default",
                "transport=tcp&sort=-receivedBytes",
                "q=127"
            })
    void aWalkOverAllPagesReturnsEveryPeerOnce(String query) throws Exception {
        try (Crowd crowd = Crowd.connect(service.port(), 250)) {
            api.awaitTotal(crowd.members().size());
            List<String> open = listIds(api.peers());
            List<String> walked =
                    walk(query, 40).stream()
                            .filter(peer -> peer.get("state").asString().equals("open"))
                            .map(PeerListIT::id)
                            .toList();
            assertThat(walked).containsExactlyInAnyOrderElementsOf(open);
        }
    }

    /**
     * Returns the peers of all pages. Checks that all but the last are full and the total is
     * constant.
     */
    private List<JsonNode> walk(String query, int limit) {
        List<JsonNode> peers = new ArrayList<>();
        JsonNode page = api.get("/peers?limit=" + limit + "&" + query).json();
        int total = page.get("total").asInt();
        page.get("peers").forEach(peers::add);
        while (!page.get("next").isNull()) {
            assertThat(page.get("peers")).hasSize(limit);
            String next = page.get("next").asString();
            page = api.get("/peers?limit=" + limit + "&after=" + next + "&" + query).json();
            assertThat(page.get("total").asInt()).isEqualTo(total);
            page.get("peers").forEach(peers::add);
        }
        assertThat(peers).hasSize(total);
        return peers;
    }

    @Test
    void aCursorIsValidOnlyForItsOrder() throws Exception {
        connect("default");
        connect("default");
        String next = api.get("/peers?limit=1&sort=idle").json().get("next").asString();
        assertThat(api.get("/peers?sort=idle&after=" + next).status()).isEqualTo(200);
        for (String other : List.of("", "&sort=-idle", "&sort=rtt", "&sort=connectedAt")) {
            assertRefused("after=" + next + other, "after='" + next + "'", "same sort");
        }
        assertThat(
                        api.get(
                                        "/peers?sort=connectedAt&after="
                                                + api.get("/peers?limit=1")
                                                        .json()
                                                        .get("next")
                                                        .asString())
                                .json()
                                .get("peers"))
                .hasSize(1);
    }

    // ---- invalid values

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "state=shut | state='shut' | open, half-closed, closed and any",
                "state= | state='' | open, half-closed, closed and any",
                "name= | name | 1 to 128",
                "name=all | name: | 'all'",
                "name=4kdtwq-17 | name: | looks like an id",
                "group= | group | 1 to 128",
                "group=a%2Fb | group: | '/'",
                "q= | q | leave it out",
                "listener=other | listener='other' | default, gate",
                "listener= | listener='' | default, gate",
                "transport=sctp | 'sctp' | tcp",
                "transport= | '' | tcp",
                "sort=age | sort='age' | connectedAt, lastReceivedAt",
                "sort= | sort='' | idle",
                "sort=- | sort='-' | idle",
                "limit=0 | limit=0 | 1 to 1000",
                "limit=1001 | limit=1001 | 1 to 1000",
                "limit=-1 | limit=-1 | 1 to 1000",
                "limit=many | limit='many' | 1 to 1000",
                "limit= | limit='' | 1 to 1000",
                "limit=99999999999 | limit=99999999999 | 1 to 1000",
                "limit=0x10 | limit='0x10' | 1 to 1000",
                "after= | after='' | next",
                "after=4kdtwq-17 | after='4kdtwq-17' | next",
                "sort=rtt&state=closed | sort=rtt | open peers only",
                "sort=-unackedBytes&state=any | sort=-unackedBytes | open peers only",
                "name=a&name=b | 'name' | more than once",
                "format=text | 'format' | after, group, limit, listener, name, q, socket, sort, state, transport"
            })
    void refusesAnInvalidValueAndNamesTheValidOnes(String query, String fault, String remedy) {
        assertRefused(query, fault, remedy);
    }

    private void assertRefused(String query, String... words) {
        Api.Answer answer = api.get("/peers?" + query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().get("detail").asString()).contains(words);
    }

    // ---- the table

    @Test
    void answersTextPlainWithATable() throws Exception {
        String id = connect("gate");
        clients.getFirst().send("x".repeat(2048));
        await().until(() -> api.peer(id).get("received").get("bytes").asInt() == 2048);
        String peername = "127.0.0.1:" + clients.getFirst().port();
        assertThat(curl("-H", "Accept: text/plain", url("")))
                .matches(
                        """
                        ID +NAME +GROUPS +PEERNAME +LISTENER +STATE +UP +IDLE +RECEIVED +SENT +QUEUED
                        %s +- +- +%s +gate +open +\\d+s +\\d+s +2.0KB +0B +0B
                        """
                                .formatted(id, peername));
        String kernel = curl("-H", "Accept: text/plain", url("?sort=-rtt"));
        assertThat(kernel.lines().toList().getFirst()).endsWith("  RTT  UNACKED  RETRANS");
        assertThat(kernel.lines().toList().getLast()).matches(id + ".* \\d+\\.\\d{3}ms +0B +0");
    }

    @Test
    void printsListenersAndGroupsAsTablesToo() throws Exception {
        String id = connect("gate");
        assertThat(api.put("/groups/hall-2/peers/" + id).status()).isEqualTo(204);
        assertThat(curl("-H", "Accept: text/plain", root("groups")))
                .isEqualTo("GROUP   PEERS\nhall-2      1\n");
        assertThat(curl("-H", "Accept: text/plain", root("listeners")))
                .matches(
                        """
                        LISTENER +TRANSPORT +ADDRESS +FRAMING +PEERS +MOST +QUEUE +NOTE
                        default +tcp +127.0.0.1:%d +line +0 +\\d+ +0/\\d+ +-
                        gate +tcp +127.0.0.1:%d +raw +1 +\\d+ +0/\\d+ +-
                        """
                                .formatted(service.port(), service.port("gate")));
        assertThat(curl(root("groups"))).startsWith("{\"total\":1");
    }

    private String root(String path) {
        return "http://127.0.0.1:" + api.port() + "/" + path;
    }

    @Test
    void theLastLineOfATableHasTheCursorOfTheNextPage() throws Exception {
        String first = connect("default");
        String second = connect("default");
        String page = curl("-H", "Accept: text/plain", url("?limit=1"));
        assertThat(page.lines()).hasSize(3);
        assertThat(page).contains("\n" + first + " ").contains("\n1 of 2; next: ");
        String next = page.substring(page.indexOf("next: ") + "next: ".length()).strip();
        String last = curl("-H", "Accept: text/plain", url("?limit=1&after=" + next));
        assertThat(last.lines()).hasSize(2);
        assertThat(last).contains("\n" + second + " ");
    }

    @Test
    void answersJsonUnlessTextIsPreferred() throws Exception {
        String id = connect("default");
        for (String accepted :
                List.of("*/*", "application/json", "text/html, */*;q=0.8", "application/*")) {
            assertThat(curl("-H", "Accept: " + accepted, url("")))
                    .as(accepted)
                    .startsWith("{\"total\":1,")
                    .contains(id)
                    .endsWith("]}\n");
        }
        assertThat(curl(url(""))).startsWith("{\"total\":1,");
        assertThat(curl("-H", "Accept: text/plain;q=0.5, application/json", url("")))
                .startsWith("{\"total\":1,");
        assertThat(curl("-H", "Accept: text/plain, application/json;q=0.5", url("")))
                .startsWith("ID ");
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain, text/plain;charset=UTF-8",
        "text/*, text/plain;charset=UTF-8",
        "text/plain;charset=utf-8, text/plain;charset=utf-8",
        "application/json, application/json",
        "*/*, application/json"
    })
    void theContentTypeFollowsTheAcceptHeader(String accepted, String contentType) {
        Api.Answer answer = api.answer(api.request("/peers").header("Accept", accepted));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo(contentType);
    }

    @ParameterizedTest
    @ValueSource(strings = {"image/png", "text/html", "text/plain;charset=ISO-8859-1"})
    void answers406ForATypeThatIsNotServed(String accepted) {
        Api.Answer answer = api.answer(api.request("/peers").header("Accept", accepted));
        assertThat(answer.status()).isEqualTo(406);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().get("detail").asString())
                .contains("application/json", "text/plain");
    }

    /**
     * A peer or an operator must not be able to control the terminal in which the table is read.
     */
    @Test
    void theTableContainsNoControlCharacters() throws Exception {
        String id = connect("default");
        String reason = URLEncoder.encode("a\u001b[31mb\u202ec\u0085d\r\ne\u00fc", UTF_8);
        assertThat(api.delete("/peers/" + id + "?reason=" + reason).status()).isEqualTo(204);
        assertThat(curl("-H", "Accept: text/plain", url("?state=closed&q=" + id)))
                .endsWith(" kicked: a\\u{1b}[31mb\\u{202e}c\\u{85}d\\u{d}\\u{a}e\u00fc\n")
                .satisfies(table -> assertThat(table.lines()).hasSize(2));
    }

    private String url(String query) {
        return "http://127.0.0.1:" + api.port() + "/peers" + query;
    }

    private static String curl(String... arguments) throws Exception {
        Programs.require("curl", "curl");
        List<String> command = new ArrayList<>(List.of("curl", "-sS"));
        command.addAll(List.of(arguments));
        try (Child curl = Child.start(command.toArray(String[]::new))) {
            assertThat(curl.awaitExit()).isZero();
            return curl.output();
        }
    }
}
