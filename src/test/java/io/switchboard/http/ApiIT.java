package io.switchboard.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Tests the answers of the API: every status, and the one form of all errors. */
@WithService
class ApiIT {
    private static final int LARGE = 64 * 1024;
    private static final int SENDS_THAT_FILL_AN_OUTBOX = 500;

    private final RunningService service;
    private final Api api;

    ApiIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    // ---- the service itself

    @Test
    void theRootListsTheEndpoints() {
        Api.Answer answer = api.get("/");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).endsWith("}\n");
        for (JsonNode link : answer.json().get("links")) {
            String path = link.get("path").asString();
            if (link.get("method").asString().equals("GET")
                    && !path.contains("{")
                    && !path.equals("/events")) { // its answer never ends
                assertThat(api.get(path).status()).as(path).isEqualTo(200);
            }
        }
    }

    /** /send and /events are servlets of their own. */
    @ParameterizedTest
    @CsvSource({
        "/send, 'OPTIONS,POST'",
        "/events, 'GET,HEAD,OPTIONS'",
        "/peers, 'GET,HEAD,OPTIONS,POST'"
    })
    void optionsListsTheMethods(String path, String methods) {
        Api.Answer answer =
                api.answer(api.request(path).method("OPTIONS", BodyPublishers.noBody()));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Allow").split(",")).containsExactlyInAnyOrder(methods.split(","));
    }

    @Test
    void listenersShowTheirAddressSettingsAndNumberOfPeers() throws Exception {
        try (RawClient peer = service.connect()) {
            api.awaitPeer(peer.port());
            Api.Answer answer = api.get("/listeners");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).endsWith("}\n");
            JsonNode listener = answer.json().get("listeners").get(0);
            assertThat(listener.get("name").asString()).isEqualTo("default");
            assertThat(listener.get("address").get("host").asString()).isEqualTo("127.0.0.1");
            assertThat(listener.get("address").get("port").asInt()).isEqualTo(service.port());
            assertThat(listener.get("listening").asBoolean()).isTrue();
            assertThat(listener.get("backlog").asInt()).isEqualTo(4096);
            assertThat(listener.get("framing").asString()).isEqualTo("line");
            assertThat(listener.get("maxFrame").asInt()).isEqualTo(65_536);
            assertThat(listener.get("peers").asInt()).isEqualTo(1);
            assertThat(listener.get("maxConnections").asInt()).isPositive();
        }
    }

    @Test
    void healthHasAComponentForEachListener() throws Exception {
        try (RawClient peer = service.connect()) {
            api.awaitPeer(peer.port());
            Api.Answer answer = api.get("/actuator/health");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).endsWith("}\n");
            JsonNode listener = answer.json().at("/components/listeners/components/default");
            assertThat(listener.get("status").asString()).isEqualTo("UP");
            JsonNode details = listener.get("details");
            assertThat(details.get("address").asString()).isEqualTo("127.0.0.1:" + service.port());
            assertThat(details.get("peers").asInt()).isEqualTo(1);
            assertThat(details.get("limit").asInt()).isPositive();
        }
        for (String group : List.of("readiness", "liveness")) {
            Api.Answer answer = api.get("/actuator/health/" + group);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().get("status").asString()).isEqualTo("UP");
            assertThat(answer.body()).endsWith("}\n");
        }
        assertThat(api.get("/actuator/health/readiness").json().at("/components/listeners"))
                .isNotEmpty();
    }

    @Test
    void prometheusCountsThePeersOfEachListener() throws Exception {
        try (RawClient peer = service.connect()) {
            api.awaitPeer(peer.port());
            assertThat(api.metric("switchboard_peers{listener=\"default\"}")).isEqualTo(1);
            assertThat(api.get("/actuator/prometheus").body()).endsWith("\n");
        }
    }

    // ---- peers

    @Test
    void aPeerShowsItsFacts() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            client.send("one\ntwo\nthr");
            await().until(() -> api.peer(id).get("received").get("bytes").asInt() == 11);
            assertThat(api.post("/send?to=" + id, "hello").status()).isEqualTo(200);

            Api.Answer answer = api.get("/peers/" + id);
            assertThat(answer.body()).endsWith("}\n");
            JsonNode peer = answer.json();
            assertThat(peer.get("id").asString()).isEqualTo(id);
            assertThat(peer.get("transport").asString()).isEqualTo("tcp");
            assertThat(peer.get("family").asString()).isEqualTo("AF_INET");
            assertThat(peer.get("type").asString()).isEqualTo("SOCK_STREAM");
            assertThat(peer.get("direction").asString()).isEqualTo("inbound");
            assertThat(peer.get("listener").asString()).isEqualTo("default");
            assertThat(peer.get("framing").asString()).isEqualTo("line");
            assertThat(peer.get("peername").toString())
                    .isEqualTo("{\"host\":\"127.0.0.1\",\"port\":%d}".formatted(client.port()));
            assertThat(peer.get("sockname").toString())
                    .isEqualTo("{\"host\":\"127.0.0.1\",\"port\":%d}".formatted(service.port()));
            assertThat(peer.get("state").asString()).isEqualTo("open");
            assertThat(peer.get("received").toString()).isEqualTo("{\"messages\":2,\"bytes\":11}");
            assertThat(peer.get("sent").toString()).isEqualTo("{\"messages\":1,\"bytes\":6}");
            assertThat(peer.get("queued").toString()).isEqualTo("{\"messages\":0,\"bytes\":0}");
            assertThat(peer.get("partialFrameBytes").asInt()).isEqualTo(3);
            for (String time : List.of("connectedAt", "lastReceivedAt", "lastSentAt")) {
                assertThat(peer.get(time).asString()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
            }
        }
    }

    @Test
    void pagesContainEveryPeerOnce() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            clients.add(service.connect());
        }
        api.awaitTotal(250);
        List<Integer> sizes = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (String after = ""; !after.equals("&after=null"); ) {
            JsonNode page = api.get("/peers?limit=100" + after).json();
            assertThat(page.get("total").asInt()).isEqualTo(250);
            assertThat(page.get("limit").asInt()).isEqualTo(100);
            page.get("peers").forEach(peer -> ids.add(peer.get("id").asString()));
            sizes.add(page.get("peers").size());
            after = "&after=" + (page.get("next").isNull() ? null : page.get("next").asString());
        }
        assertThat(sizes).containsExactly(100, 100, 50);
        assertThat(new HashSet<>(ids)).hasSize(250);
        assertThat(api.get("/peers").json().get("peers")).hasSize(100);
        assertThat(api.get("/peers?limit=250").json().get("next").isNull()).isTrue();
        assertThat(api.get("/peers?listener=default&limit=1").json().get("total").asInt())
                .isEqualTo(250);
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    void closedPeersShowTheirCloseReason() throws Exception {
        String left;
        String kicked;
        try (RawClient client = service.connect()) {
            left = api.idOf(client);
        }
        assertThat(api.awaitClosed(left)).isEqualTo("peer_closed");
        try (RawClient client = service.connect()) {
            kicked = api.idOf(client);
            assertThat(api.delete("/peers/" + kicked + "?reason=out%20of%20order").status())
                    .isEqualTo(204);
        }
        try (RawClient client = service.connect()) {
            String open = api.idOf(client);
            List<String> closed = new ArrayList<>();
            for (JsonNode peer : api.get("/peers?state=closed&limit=1000").json().get("peers")) {
                assertThat(peer.get("state").asString()).isEqualTo("closed");
                closed.add(peer.get("closeReason").asString());
            }
            assertThat(closed).endsWith("peer_closed", "kicked").doesNotContainNull();
            assertThat(api.peer(kicked).get("closeDetail").asString()).isEqualTo("out of order");
            assertThat(api.get("/peers?state=closed&limit=1000").body())
                    .contains(left, kicked)
                    .doesNotContain(open);
            assertThat(api.get("/peers?state=any&limit=1000&sort=-connectedAt").body())
                    .contains(left, kicked, open);
        }
    }

    @Test
    void headAnswersWhetherAPeerIsKnown() throws Exception {
        try (RawClient client = service.connect()) {
            Api.Answer answer = api.head("/peers/" + api.idOf(client));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEmpty();
        }
        assertThat(api.head("/peers/nobody").status()).isEqualTo(404);
    }

    @Test
    void deleteFlushesTheOutboxSendsTheFarewellAndCloses() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            api.post("/send?wait=queued&to=" + id, "first this");
            Api.Answer answer =
                    api.delete("/peers/" + id + "?reason=maintenance&farewell=good%20bye");
            assertThat(answer.status()).isEqualTo(204);
            assertThat(client.readToEnd()).isEqualTo("first this\ngood bye\n");
            assertThat(api.peer(id).get("closeReason").asString()).isEqualTo("kicked");
            assertThat(api.peer(id).get("closeDetail").asString()).isEqualTo("maintenance");

            assertProblem(api.delete("/peers/" + id), 410, id, "closed");
            assertProblem(api.post("/send?to=" + id, "too late"), 410, id, "closed");
        }
    }

    @Test
    void refusesAFarewellThatIsNotOneFrameAndClosesNoPeer() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            assertProblem(api.delete("/peers/" + id + "?farewell=a%0Ab"), 422, "farewell", "0x0a");
            assertThat(api.peer(id).get("state").asString()).isEqualTo("open");
        }
    }

    // ---- send

    @Test
    void aSendToOnePeerReportsTheResult() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            Api.Answer answer = api.post("/send?to=" + id, "hello");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Content-Type")).isEqualTo("application/json");
            String delivery = answer.json().get("id").asString();
            assertThat(answer.body())
                    .isEqualTo(
                            """
                            {"id":"%s","matched":1,"queued":0,"written":1,"acked":0,"replied":0,"failed":0,"results":[
                            {"peer":"%s","status":"written","bytes":6}
                            ]}
                            """
                                    .formatted(delivery, id));
            assertThat(client.readLine()).isEqualTo("hello");
        }
    }

    @Test
    void acceptsEveryFormOfPayload() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            sendJson("{\"to\": \"%s\", \"text\": \"grüß dich\"}", id);
            sendJson("{\"to\": [\"%s\"], \"hex\": \"67c3bcc39f\"}", id);
            sendJson("{\"to\": \"all\", \"base64\": \"YmFzZTY0\"}", id);
            sendJson("{\"to\": \"listener:default\", \"text\": \"a\\nb\", \"split\": true}", id);
            sendJson("{\"to\": \"transport:tcp\", \"text\": \"\"}", id);
            String form = "a=b&c=%41+1\r\nto=all\n\n";
            assertThat(api.post("/send?framing=raw&to=" + id, form).status()).isEqualTo(200);
            String all = "grüß dich\ngüß\nbase64\na\nb\n\n" + form;
            assertThat(new String(client.read(all.getBytes(UTF_8).length), UTF_8)).isEqualTo(all);
        }
    }

    private void sendJson(String json, String id) {
        Api.Answer answer = api.postJson("/send", json.formatted(id));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().get("written").asInt()).as(answer.body()).isEqualTo(1);
    }

    @Test
    void doesNotSendToExcludedPeers() throws Exception {
        try (RawClient one = service.connect();
                RawClient other = service.connect()) {
            String id = api.idOf(one);
            String otherId = api.idOf(other);
            JsonNode report = api.post("/send?to=all&exclude=" + id, "not for all").json();
            assertThat(report.get("matched").asInt()).isEqualTo(1);
            assertThat(report.get("results").get(0).get("peer").asString()).isEqualTo(otherId);
            assertThat(other.readLine()).isEqualTo("not for all");
        }
    }

    @Test
    void aSendThatMatchesNoPeerFailsOnlyIfOneIsRequired() {
        Api.Answer answer = api.post("/send?to=all", "hello");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("matched").asInt()).isZero();
        assertProblem(api.post("/send?to=all&require=true", "hello"), 404, "require");
        assertProblem(api.post("/send?to=nobody", "hello"), 404, "nobody");
        assertProblem(api.post("/send?to=listener:other", "hello"), 404, "other", "default");
    }

    @Test
    void aTargetThatFailsDoesNotAffectTheOthers() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            Api.Answer answer = api.post("/send?to=nobody&to=" + id, "hello");
            assertThat(answer.status()).isEqualTo(207);
            assertThat(answer.body()).endsWith("}\n");
            assertThat(answer.json().get("results").toString())
                    .isEqualTo(
                            "[{\"peer\":\"%s\",\"status\":\"written\",\"bytes\":6},{\"peer\":\"nobody\",\"status\":\"failed\",\"reason\":\"unknown\"}]"
                                    .formatted(id));
            assertThat(client.readLine()).isEqualTo("hello");
        }
    }

    @Test
    void aPeerThatDoesNotReadLeadsToQueuedThen429Then503() throws Exception {
        byte[] large = "x".repeat(LARGE).getBytes(UTF_8);
        try (RawClient stuck = RawClient.connectWithTinyBuffer(service.port())) {
            String id = api.idOf(stuck);
            Api.Answer answer = api.post("/send?wait=queued&to=" + id, large);
            for (int i = 0; i < SENDS_THAT_FILL_AN_OUTBOX && !isQueued(answer); i++) {
                answer = api.post("/send?wait=queued&to=" + id, large);
            }
            assertThat(isQueued(answer)).as(answer.body()).isTrue();

            Api.Answer later = api.post("/send?timeout=1ms&to=" + id, "is still waiting");
            assertThat(later.status()).as(later.body()).isEqualTo(202);
            assertThat(isQueued(later)).as(later.body()).isTrue();

            for (int i = 0; i < SENDS_THAT_FILL_AN_OUTBOX && answer.status() == 200; i++) {
                answer = api.post("/send?wait=queued&to=" + id, large);
            }
            assertProblem(answer, 429, id, "nothing was written");
            assertThat(answer.header("Retry-After")).isEqualTo("1");

            CompletableFuture<Api.Answer> delete = api.deleteAsync("/peers/" + id);
            await().until(() -> api.peer(id).get("state").asString().equals("draining"));
            assertProblem(api.post("/send?to=" + id, "hello"), 503, id, "nothing was written");
            stuck.reset();
            assertThat(delete.get(30, TimeUnit.SECONDS).status()).isEqualTo(204);
            assertThat(api.awaitClosed(id)).isEqualTo("kicked");
        }
    }

    private static boolean isQueued(Api.Answer answer) {
        return answer.json().get("queued").asInt() == 1;
    }

    // ---- errors

    @ParameterizedTest
    @CsvSource({
        "/nothing, 404, nothing",
        "/peers/nobody, 404, nobody",
        "/peers/, 404, no resource at /peers/: paths have no slash at the end",
        "/peers/, 404, use /peers;",
        "/peers?limit=0, 400, limit=0",
        "/peers?limit=1001, 400, 1000",
        "/peers?limit=many, 400, limit",
        "/peers?limt=5, 400, limt",
        "/peers?state=shut, 400, shut",
        "/peers?after=x, 400, after",
        "/listeners?x=1, 400, x",
        "/?x=1, 400, x",
        "/send, 405, GET",
        "/WEB-INF/x?limit=5, 404, Not Found",
        "/peers/x/y, 404, peers/x/y"
    })
    void refusesAnInvalidGet(String path, int status, String named) {
        assertProblem(api.get(path), status, named);
    }

    @ParameterizedTest
    @CsvSource({
        "/send, 400, to",
        "/send/, 404, no resource at /send/",
        "/send?to=+4917000000, 404, ' 4917000000'",
        "/send?to=+4917000000, 404, 'a plus in a query is a space, write %2B'",
        "/send?to=%204917000000&wait=acked, 404, no peer ' 4917000000'",
        "/send?to=tcp:host, 400, tcp:host",
        "/send?to=all&finish=true, 400, finish=true",
        "/send?to=x&finish=maybe, 400, maybe",
        "/send?too=all, 400, too",
        "/send?to=, 400, to",
        "/send?to=group:, 400, group:",
        "/send?to=grp:x, 404, grp:x",
        "/send?to=transport:sctp, 400, sctp",
        "/send?to=all&framing=stx, 400, stx",
        "/send?to=all&wait=ever, 400, ever",
        "/send?to=all&timeout=soon, 400, timeout",
        "/send?to=all&timeout=5, 400, timeout",
        "/send?to=all&timeout=11m, 400, timeout",
        "/send?to=all&split=maybe, 400, maybe",
        "/send?to=all&results=some, 400, some",
        "/peers, 400, JSON",
        "/listeners, 400, JSON",
        "/nodes, 405, POST",
        "/nothing, 404, nothing"
    })
    void refusesAnInvalidPost(String path, int status, String named) {
        assertProblem(api.post(path, "hello"), status, named);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'to': 'all', 'txt': 'x'} | 400 | txt",
                "{'to': 'all'} | 400 | payload",
                "{'text': 'x'} | 400 | to",
                "{'to': 'all', 'text': 'x', 'hex': '00'} | 400 | payload",
                "{'to': 'all', 'text': 'x', 'text': 'y'} | 400 | text",
                "{'to': 5, 'text': 'x'} | 400 | to",
                "{'to': 'all', 'text': 'x'} x | 400 | JSON",
                "{'to': 'all', 'text': | 400 | JSON",
                "[] | 400 | object",
                "{'to': 'all', 'hex': 'abc'} | 422 | hex",
                "{'to': 'all', 'base64': '*'} | 422 | base64",
                "{'to': 'all', 'text': 'a\\nb'} | 422 | byte 1"
            })
    void refusesAnInvalidJsonBody(String json, int status, String named) {
        assertProblem(api.postJson("/send", json.replace('\'', '"')), status, named);
    }

    @Test
    void refusesAnInvalidBody() {
        assertProblem(api.post("/send?to=all", ""), 400, "empty");
        assertProblem(api.post("/send?to=all", "a\nb"), 422, "byte 1", "split");
        assertProblem(api.postJson("/send?to=all", "{\"text\": \"x\"}"), 400, "to");
        assertProblem(
                api.post(
                        "/send?to=all",
                        "multipart/form-data; boundary=x",
                        BodyPublishers.ofString("x")),
                415,
                "multipart");
        assertProblem(
                api.answer(
                        api.request("/send?to=all")
                                .header("Content-Encoding", "gzip")
                                .POST(BodyPublishers.ofString("x"))),
                415,
                "gzip");
    }

    @Test
    void explainsFieldsThatAreTypedIntoTheBody() {
        assertProblem(
                api.post("/send", "{\"to\":\"all\",\"text\":\"hi\"}"),
                400,
                "the body looks like JSON",
                "add -H 'Content-Type: application/json'");
        assertProblem(
                api.post("/send", "to=all&text=hi"),
                400,
                "curl -d hi '127.0.0.1:" + api.port() + "/send?to=all'");
    }

    @Test
    void explainsANewlineThatCurlKeeps() {
        assertProblem(
                api.post("/send?to=all", "hi\n"),
                422,
                "split=true",
                "curl -d @- removes the newline");
        assertThat(api.post("/send?to=all&split=true", "hi\n").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "/send, application/json; charset=ISO-8859-1",
        "/send, application/x-ndjson;charset=windows-1252",
        "/peers/close, application/json; Charset=latin1"
    })
    void refusesJsonInACharsetOtherThanUtf8(String path, String type) {
        byte[] latin1 = "{\"to\":\"all\",\"text\":\"gr\u00fc\u00df\"}".getBytes(ISO_8859_1);
        assertProblem(api.post(path, type, BodyPublishers.ofByteArray(latin1)), 400, "UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"utf-8", "UTF-8", "\"utf-8\"", "us-ascii"})
    void acceptsJsonWhoseCharsetIsUtf8(String charset) {
        String json = "{\"to\":\"all\",\"text\":\"hi\"}";
        Api.Answer answer =
                api.post(
                        "/send",
                        "application/json; charset=" + charset,
                        BodyPublishers.ofString(json));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void refusesABodyOverTheLimitWithAndWithoutContentLength() {
        byte[] largest = "x".repeat(1024 * 1024).getBytes(UTF_8);
        assertThat(api.post("/send?to=all", largest).status()).isEqualTo(200);
        byte[] larger = "x".repeat(1024 * 1024 + 1).getBytes(UTF_8);
        assertProblem(api.post("/send?to=all", larger), 413, "1048577", "1048576");
        assertProblem(
                api.post(
                        "/send?to=all",
                        Api.FORM,
                        BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(larger))),
                413,
                "more than 1048576");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "PATCH", "DELETE"})
    void refusesAnUnsupportedMethod(String method) {
        for (String path : List.of("/peers", "/send", "/listeners", "/")) {
            Api.Answer answer =
                    api.answer(api.request(path).method(method, BodyPublishers.noBody()));
            assertProblem(answer, 405, method);
            assertThat(answer.header("Allow")).as(path).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*/*",
                "application/json",
                "text/html,application/xhtml+xml,*/*;q=0.8",
                "text/html",
                "text/plain",
                "text/event-stream"
            })
    void errorsHaveTheSameFormForEveryAcceptHeader(String accepted) {
        for (String path : List.of("/nothing", "/peers/nobody", "/?limt=5", "/send")) {
            assertProblem(
                    api.answer(api.request(path).header("Accept", accepted)),
                    path.equals("/?limt=5") ? 400 : path.equals("/send") ? 405 : 404);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET /peers?q=a|b HTTP/1.1, 400",
        "GET /peers{} HTTP/1.1, 400",
        "POST /send?to=%GG HTTP/1.1, 400",
        "POST /send?to=all&%GG HTTP/1.1, 400",
        "GET / HTTP/9.9, 505",
        "nonsense, 400"
    })
    void refusesAMalformedRequestLine(String line, int status) throws Exception {
        assertRawProblem(line, status);
    }

    @Test
    void refusesHeadersThatAreTooLong() throws Exception {
        assertRawProblem("GET /peers HTTP/1.1\r\nX-Long: " + "x".repeat(20_000), 400);
    }

    private void assertRawProblem(String head, int status) throws Exception {
        String answer = raw(head);
        assertThat(answer).startsWith("HTTP/1.1 " + status);
        assertThat(answer).containsIgnoringCase("content-type: application/problem+json");
        assertThat(answer).contains("\"status\":" + status).contains("}\n");
    }

    /** Returns the whole answer to a request that no client library would send. */
    private String raw(String head) throws Exception {
        try (RawClient http = RawClient.connect(api.port())) {
            http.send(head + "\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            return http.readToEnd();
        }
    }

    private static void assertProblem(Api.Answer answer, int status, String... named) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.body()).endsWith("}\n");
        JsonNode problem = answer.json();
        assertThat(problem.get("status").asInt()).isEqualTo(status);
        for (String word : named) {
            assertThat(problem.get("detail").asString()).contains(word);
        }
    }
}
