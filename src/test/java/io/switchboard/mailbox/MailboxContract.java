package io.switchboard.mailbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What holds for stored messages, whatever the database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MailboxContract {
    private ChildService service;

    /** Returns the properties that select the database; the same one at each call. */
    abstract List<String> database() throws IOException;

    @BeforeAll
    final void start() throws IOException {
        start(List.of());
    }

    private void start(List<String> more) throws IOException {
        List<String> properties = new ArrayList<>(database());
        properties.addAll(more);
        properties.add("switchboard.outbox.write-deadline=2m");
        properties.add("switchboard.listeners.default.identify.pattern=^id (?<name>\\S+)");
        properties.add("switchboard.mailbox.max-messages=5");
        properties.add("switchboard.drain.delay=0s");
        service = ChildService.start(properties.toArray(String[]::new));
    }

    @AfterAll
    final void stop() throws IOException {
        if (service != null) {
            service.close();
        }
        closeDatabase();
    }

    void closeDatabase() throws IOException {}

    final ChildService service() {
        return service;
    }

    final void killAndRestart() throws IOException {
        service.close();
        start();
    }

    final RawClient connectAs(String name) throws IOException {
        RawClient client = service.connect();
        client.send("id " + name + "\n");
        return client;
    }

    final Answer store(String name, String text, String more) {
        return service.api().post("/send?to=" + name + "&ttl=5m" + more, text);
    }

    static String id(Answer stored) {
        return stored.json().at("/results/0/id").asString();
    }

    final String status(String id) {
        return service.api().get("/messages/" + id).json().path("status").asString();
    }

    final void awaitStatus(String id, String status) {
        await().atMost(GeneralLimit.LIMIT)
                .untilAsserted(() -> assertThat(status(id)).isEqualTo(status));
    }

    @Test
    void aMessageWaitsForItsPeer() throws IOException {
        Answer stored = store("waits", "hello", "");
        assertThat(stored.status()).isEqualTo(202);
        assertThat(stored.json().path("stored").asInt()).isOne();
        assertThat(stored.json().path("expiresAt").asString()).contains("T");
        assertThat(stored.json().at("/results/0/status").asString()).isEqualTo("stored");
        assertThat(stored.json().at("/results/0/known").asBoolean()).isFalse();
        assertThat(status(id(stored))).isEqualTo("stored");
        try (RawClient peer = connectAs("waits")) {
            assertThat(peer.readLine()).isEqualTo("hello");
            awaitStatus(id(stored), "acked");
        }
        Answer message = service.api().get("/messages/" + id(stored));
        assertThat(message.json().path("attempts").asInt()).isOne();
        assertThat(message.json().path("peers")).hasSize(1);
    }

    @Test
    void messagesArriveInOrderBeforeALaterOne() throws IOException {
        store("order", "1", "");
        store("order", "2", "");
        store("order", "3", "");
        try (RawClient peer = connectAs("order")) {
            service.api().awaitPeer(peer.socket().getLocalPort());
            Answer last = store("order", "4", "&wait=acked&timeout=1m");
            assertThat(last.status()).isEqualTo(200);
            assertThat(last.json().path("acked").asInt()).isOne();
            for (String expected : List.of("1", "2", "3", "4")) {
                assertThat(peer.readLine()).isEqualTo(expected);
            }
        }
    }

    @Test
    void aMessageExpires() throws IOException {
        Answer stored = service.api().post("/send?to=late&ttl=1s", "late");
        awaitStatus(id(stored), "expired");
        Answer next = store("late", "in time", "");
        try (RawClient peer = connectAs("late")) {
            assertThat(peer.readLine()).isEqualTo("in time");
            awaitStatus(id(next), "acked");
        }
    }

    @Test
    void aMessageIsCancelledOnce() {
        String id = id(store("cancelled", "no", ""));
        assertThat(service.api().delete("/messages/" + id).status()).isEqualTo(200);
        assertThat(status(id)).isEqualTo("cancelled");
        Answer again = service.api().delete("/messages/" + id);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().path("reason").asString()).isEqualTo("too_late");
        assertThat(service.api().delete("/messages/nobody").status()).isEqualTo(404);
    }

    @Test
    void mailboxesAreListedAndEmptied() {
        store("list-a", "1", "");
        store("list-a", "2", "");
        store("list-b", "3", "");
        Answer names = service.api().get("/mailboxes?limit=1&after=list-");
        assertThat(names.json().at("/mailboxes/0/name").asString()).isEqualTo("list-a");
        assertThat(names.json().at("/mailboxes/0/messages").asInt()).isEqualTo(2);
        assertThat(names.json().path("next").asString()).isEqualTo("list-a");
        Answer first = service.api().get("/mailboxes/list-a?limit=1");
        assertThat(first.json().path("total").asInt()).isEqualTo(2);
        String after = first.json().path("next").asString();
        assertThat(service.api().get("/mailboxes/list-a?after=" + after).json().path("messages"))
                .hasSize(1);
        Answer cancelled = service.api().delete("/mailboxes/list-a");
        assertThat(cancelled.json().path("cancelled").asInt()).isEqualTo(2);
        assertThat(service.api().get("/mailboxes/list-a").json().path("total").asInt()).isZero();
        service.api().delete("/mailboxes/list-b");
    }

    @Test
    void aFullMailboxRefuses() {
        for (int at = 0; at < 5; at++) {
            assertThat(store("full", "x", "").status()).isEqualTo(202);
        }
        Answer refused = store("full", "x", "");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.json().path("reason").asString()).isEqualTo("mailbox_full");
        service.api().delete("/mailboxes/full");
        assertThat(store("full", "x", "").status()).isEqualTo(202);
        service.api().delete("/mailboxes/full");
    }

    @Test
    void aRepeatedKeyStoresNothingEvenAfterAKill() throws IOException {
        String first = id(storeWithKey("once"));
        assertThat(id(storeWithKey("once"))).isEqualTo(first);
        assertThat(storeWithKey("another").status()).isEqualTo(422);
        killAndRestart();
        assertThat(id(storeWithKey("once"))).isEqualTo(first);
        try (RawClient peer = connectAs("key")) {
            assertThat(peer.readLine()).isEqualTo("once");
            awaitStatus(first, "acked");
        }
    }

    private Answer storeWithKey(String text) {
        return service.api()
                .answer(
                        service.api()
                                .request("/send?to=key&ttl=5m")
                                .header("Idempotency-Key", "k1")
                                .POST(BodyPublishers.ofString(text)));
    }

    @Test
    void severalNamesHaveAMessageEachAndLinesToo() {
        Answer json =
                service.api()
                        .postJson(
                                "/send",
                                "{\"to\":[\"m-a\",\"m-b\"],\"ttl\":\"1h\",\"text\":\"x\"}");
        assertThat(json.status()).isEqualTo(202);
        assertThat(json.json().path("stored").asInt()).isEqualTo(2);
        Answer lines =
                service.api()
                        .post(
                                "/send",
                                "application/x-ndjson",
                                BodyPublishers.ofString(
                                        "{\"to\":\"m-a\",\"ttl\":\"1h\",\"text\":\"x\"}\n{\"to\":\"all\",\"ttl\":\"1h\",\"text\":\"x\"}\n"));
        assertThat(lines.body()).contains("\"status\":202").contains("\"status\":422");
        service.api().delete("/mailboxes/m-a");
        service.api().delete("/mailboxes/m-b");
    }

    @Test
    void badValuesOfTtlAreExplained() {
        for (String query :
                List.of("ttl=0s", "ttl=8d", "ttl=1h&wait=reply", "ttl=1h&finish=true")) {
            assertThat(service.api().post("/send?to=x&" + query, "x").status())
                    .as(query)
                    .isEqualTo(422);
        }
        assertThat(service.api().post("/send?to=x&ttl=soon", "x").status()).isEqualTo(400);
    }

    /** The store is opened after the listeners; a peer that comes in between must not wait. */
    @Test
    void aPeerThatConnectsBeforeTheStoreIsOpenGetsItsMessages() throws Exception {
        String id = id(store("early", "hello", ""));
        int port = FreePort.find();
        service.close();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> line =
                    threads.submit(
                            () -> {
                                try (RawClient peer = connectAsSoonAsPossible(port)) {
                                    peer.send("id early\n");
                                    return peer.readLine();
                                }
                            });
            start(List.of("switchboard.listeners.default.port=" + port));
            assertThat(line.get()).isEqualTo("hello");
        }
        awaitEnd(id);
    }

    private static RawClient connectAsSoonAsPossible(int port) {
        return await().atMost(Duration.ofMinutes(3))
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .ignoreException(ConnectException.class)
                .until(() -> RawClient.connect(port), Objects::nonNull);
    }

    private void awaitEnd(String id) {
        await().atMost(GeneralLimit.LIMIT)
                .untilAsserted(() -> assertThat(status(id)).isIn("acked", "stored"));
    }

    @Test
    void aMessageInTheOutboxExpiresAndItsSenderLearnsThatAtOnce() throws IOException {
        try (RawClient peer = RawClient.connectWithTinyBuffer(service.port())) {
            peer.send("id deaf\n");
            service.api().idOf(peer);
            List<String> live = block("deaf");
            Answer late = service.api().post("/send?to=deaf&ttl=1s&wait=acked&timeout=80s", "late");
            assertThat(late.status()).as(late.body()).isEqualTo(207);
            assertThat(late.json().at("/results/0/status").asString()).isEqualTo("expired");
            assertThat(late.json().path("failed").asInt()).isOne();
            assertThat(status(id(late))).isEqualTo("expired");
            String next = id(store("deaf", "next", "&timeout=0s"));
            for (String each : live) {
                assertThat(peer.readLine()).isEqualTo(each);
            }
            assertThat(peer.readLine()).isEqualTo("next");
            awaitStatus(next, "acked");
        }
    }

    /** Sends messages without ttl until the peer's socket takes no more; returns them. */
    private List<String> block(String name) {
        await().atMost(GeneralLimit.LIMIT)
                .until(() -> service.api().get("/peers/" + name).status() == 200);
        List<String> sent = new ArrayList<>();
        String status = "written";
        while (status.equals("written")) {
            String text = sent.size() + "x".repeat(900_000);
            Answer answer = service.api().post("/send?timeout=200ms&results=all&to=" + name, text);
            assertThat(answer.status()).as(answer.body()).isIn(200, 202);
            sent.add(text);
            status = answer.json().at("/results/0/status").asString();
        }
        return sent;
    }

    @Test
    void whoWaitsForAMessageLearnsAtOnceThatItWasCancelled() throws Exception {
        try (RawClient peer = RawClient.connectWithTinyBuffer(service.port())) {
            peer.send("id busy\n");
            service.api().idOf(peer);
            List<String> live = block("busy");
            String first = id(store("busy", "first", "&timeout=0s"));
            awaitStatus(first, "sending");
            CompletableFuture<Answer> second =
                    service.api()
                            .postAsync(
                                    "/send?to=busy&ttl=5m&wait=acked&timeout=80s",
                                    "second".getBytes(UTF_8));
            String id =
                    await().atMost(GeneralLimit.LIMIT)
                            .until(
                                    () ->
                                            service.api()
                                                    .get("/mailboxes/busy?after=" + first)
                                                    .json()
                                                    .at("/messages/0/id")
                                                    .asString(),
                                    each -> !each.isEmpty());
            assertThat(service.api().delete("/messages/" + first).status()).isEqualTo(409);
            assertThat(service.api().delete("/messages/" + id).status()).isEqualTo(200);
            Answer answer = second.get();
            assertThat(answer.status()).isEqualTo(207);
            assertThat(answer.json().at("/results/0/status").asString()).isEqualTo("cancelled");
            for (String each : live) {
                assertThat(peer.readLine()).isEqualTo(each);
            }
            assertThat(peer.readLine()).isEqualTo("first");
            awaitStatus(first, "acked");
        }
    }

    @Test
    void aMessageThatWasCutOffIsSentAgainBeforeTheNext() throws IOException {
        String large = "x".repeat(900_000);
        String first = id(store("reset", large, ""));
        String second = id(store("reset", "second", ""));
        for (String end : List.of("reset", "kick")) {
            try (RawClient peer = RawClient.connectWithTinyBuffer(service.port())) {
                peer.send("id reset\n");
                assertThat(peer.read(100)).hasSize(100);
                if (end.equals("reset")) {
                    peer.reset();
                } else {
                    service.api().postJson("/peers/close", "{\"to\":\"reset\",\"flush\":\"0s\"}");
                }
            }
            awaitStatus(first, "stored");
        }
        try (RawClient peer = connectAs("reset")) {
            assertThat(peer.readLine()).isEqualTo(large);
            assertThat(peer.readLine()).isEqualTo("second");
            awaitStatus(first, "acked");
            awaitStatus(second, "acked");
        }
        assertThat(attempts(first)).isEqualTo(3);
        assertThat(attempts(second)).isOne();
    }

    private int attempts(String id) {
        return service.api().get("/messages/" + id).json().path("attempts").asInt();
    }

    @Test
    void aDrainLosesNothing() throws Exception {
        String large = "x".repeat(900_000);
        List<String> ids = List.of(id(store("drain", large, "")), id(store("drain", "last", "")));
        try (RawClient peer = RawClient.connectWithTinyBuffer(service.port())) {
            peer.send("id drain\n");
            assertThat(peer.read(100)).hasSize(100);
            service.process().terminate();
            peer.reset();
        }
        service.process().awaitExit();
        start();
        assertThat(attempts(ids.getFirst())).isOne();
        try (RawClient peer = connectAs("drain")) {
            assertThat(peer.readLine()).isEqualTo(large);
            assertThat(peer.readLine()).isEqualTo("last");
            for (String id : ids) {
                awaitStatus(id, "acked");
            }
        }
        assertThat(attempts(ids.getFirst())).isEqualTo(2);
    }

    @Test
    void aNameThatNoPeerCanHaveIsRefused() {
        for (String name : List.of("a".repeat(600), "a%00b", "%0A", "a%2Fb")) {
            Answer answer = service.api().post("/send?ttl=1h&to=" + name, "x");
            assertThat(answer.status()).as(name + answer.body()).isBetween(400, 422);
        }
    }
}
