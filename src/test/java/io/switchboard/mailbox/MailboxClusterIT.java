package io.switchboard.mailbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Stored messages of three nodes with one PostgreSQL. */
class MailboxClusterIT {
    private static final Duration LONGER_THAN_A_CLAIM = Claims.LEASE.plusSeconds(5);

    private static RedisServer redis;
    private static PostgresServer database;
    private static TestCluster cluster;
    private static ClusterNode one;
    private static ClusterNode two;
    private static ClusterNode three;

    @BeforeAll
    static void start() throws IOException {
        database = PostgresServer.start();
        redis = RedisServer.start();
        cluster =
                TestCluster.start(
                        redis,
                        3,
                        "spring.datasource.url=" + database.url(),
                        "spring.datasource.username=test",
                        "switchboard.listeners.default.identify.pattern=^id (?<name>\\S+)",
                        "switchboard.outbox.write-deadline=10m",
                        "switchboard.mailbox.max-messages=5");
        one = cluster.node(1);
        two = cluster.node(2);
        three = cluster.node(3);
    }

    @AfterAll
    static void stop() throws IOException {
        cluster.close();
        redis.close();
        database.close();
    }

    private static RawClient connectAs(String name, ClusterNode node) throws IOException {
        RawClient client = node.connect();
        client.send("id " + name + "\n");
        return client;
    }

    private static RawClient connectedAs(String name, ClusterNode node) throws IOException {
        RawClient client = connectAs(name, node);
        await().atMost(GeneralLimit.LIMIT)
                .until(
                        () -> node.api().peer(node.idOf(client)).path("name").asString(),
                        name::equals);
        return client;
    }

    private static Answer store(ClusterNode node, String name, String text, String more) {
        return node.api().post("/send?to=" + name + "&ttl=5m" + more, text);
    }

    private static String id(Answer stored) {
        assertThat(stored.status()).as(stored.body()).isIn(200, 202);
        return stored.json().at("/results/0/id").asString();
    }

    private static void awaitStatus(ClusterNode node, String id, String status) {
        await().atMost(GeneralLimit.LIMIT)
                .untilAsserted(
                        () ->
                                assertThat(message(node, id).path("status").asString())
                                        .isEqualTo(status));
    }

    private static JsonNode message(ClusterNode node, String id) {
        return node.api().get("/messages/" + id).json();
    }

    @Test
    void aMessageThatIsStoredAtOneNodeIsSentByAnother() throws IOException {
        Answer stored = store(one, "moves", "hello", "");
        assertThat(stored.status()).isEqualTo(202);
        assertThat(stored.json().at("/results/0/status").asString()).isEqualTo("stored");
        assertThat(three.api().get("/mailboxes/moves").json().path("total").asInt()).isOne();
        try (RawClient peer = connectAs("moves", two)) {
            assertThat(peer.readLine()).isEqualTo("hello");
            awaitStatus(three, id(stored), "acked");
        }
        assertThat(message(one, id(stored)).path("attempts").asInt()).isOne();
    }

    @Test
    void theCallerAtOneNodeWaitsForTheDeliveryAtAnother() throws IOException {
        try (RawClient peer = connectedAs("awaited", two)) {
            Answer sent = store(one, "awaited", "now", "&wait=acked&timeout=1m");
            assertThat(sent.status()).as(sent.body()).isEqualTo(200);
            assertThat(sent.json().path("acked").asInt()).isOne();
            assertThat(sent.json().at("/results/0/known").asBoolean()).isTrue();
            assertThat(peer.readLine()).isEqualTo("now");
        }
    }

    @Test
    void messagesOfAllNodesArriveInOrderBeforeALaterOne() throws IOException {
        store(one, "order", "1", "");
        store(two, "order", "2", "");
        store(three, "order", "3", "");
        try (RawClient peer = connectedAs("order", two)) {
            Answer last = store(three, "order", "4", "&wait=acked&timeout=1m");
            assertThat(last.status()).as(last.body()).isEqualTo(200);
            for (String expected : List.of("1", "2", "3", "4")) {
                assertThat(peer.readLine()).isEqualTo(expected);
            }
        }
    }

    @Test
    void aNameThatMovesTakesItsMailAlong() throws IOException {
        for (ClusterNode node : List.of(one, two, three, one)) {
            String stored = id(store(three, "nomad", "at " + node.name(), ""));
            try (RawClient peer = connectAs("nomad", node)) {
                assertThat(peer.readLine()).isEqualTo("at " + node.name());
                awaitStatus(one, stored, "acked");
            }
        }
    }

    @Test
    void aMessageIsCancelledAtAnyNodeUntilItsSendingBegins() throws IOException {
        String stored = id(store(one, "cancelled", "no", ""));
        assertThat(two.api().delete("/messages/" + stored).status()).isEqualTo(200);
        assertThat(three.api().delete("/messages/" + stored).status()).isEqualTo(409);

        try (RawClient peer = stuck("begun", two)) {
            String begun = id(store(one, "begun", "x".repeat(900_000), "&timeout=0s"));
            awaitStatus(three, begun, "sending");
            Answer refused = three.api().delete("/messages/" + begun);
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.json().path("reason").asString()).isEqualTo("too_late");
            peer.read(900_000);
            awaitStatus(three, begun, "acked");
        }
    }

    /** Returns a peer whose kernel takes little until it reads. */
    private static RawClient stuck(String name, ClusterNode node) throws IOException {
        RawClient client = RawClient.connectWithTinyBuffer(node.port());
        client.send("id " + name + "\n");
        String id = node.idOf(client);
        await().atMost(GeneralLimit.LIMIT)
                .until(() -> node.api().peer(id).path("name").asString(), name::equals);
        return client;
    }

    @Test
    void theLimitsOfANameHoldAtAllNodesTogether() {
        for (int at = 0; at < 5; at++) {
            id(store(cluster.node(1 + at % 3), "full", "x", ""));
        }
        Answer refused = store(three, "full", "x", "");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.json().path("reason").asString()).isEqualTo("mailbox_full");
        assertThat(two.api().delete("/mailboxes/full").json().path("cancelled").asInt())
                .isEqualTo(5);
        id(store(three, "full", "x", ""));
        one.api().delete("/mailboxes/full");
    }

    /** A node counts what others have stored every ten seconds. */
    @Test
    void everyNodeKnowsTheSumOfAllNodes() {
        String stored = id(store(one, "counted", "x", ""));
        await().atMost(GeneralLimit.LIMIT)
                .untilAsserted(
                        () ->
                                assertThat(cluster.nodes())
                                        .allSatisfy(
                                                each ->
                                                        assertThat(
                                                                        each.api()
                                                                                .metric(
                                                                                        "switchboard_mailbox_size_bytes"))
                                                                .isPositive()));
        two.api().delete("/messages/" + stored);
    }

    @Test
    void namesThatAreNewAtAllNodesAtOnceDoNotFail() {
        List<CompletableFuture<Answer>> answers =
                IntStream.range(0, 300)
                        .mapToObj(
                                at ->
                                        cluster.node(1 + at % 3)
                                                .api()
                                                .postAsync(
                                                        "/send?to=new-%d,new-%d&ttl=5m"
                                                                .formatted(at / 3, 99 - at / 3),
                                                        new byte[] {1}))
                        .toList();
        assertThat(answers).allSatisfy(each -> assertThat(each.join().status()).isEqualTo(202));
    }

    /** As on one node, if another node has the peer now; nothing is stored. */
    @Test
    void whatTheFramingOfAPeerElsewhereCannotCarryIsRefused() throws IOException {
        try (RawClient peer = connectedAs("framed", two)) {
            Answer refused = store(one, "framed", "two\nlines", "");
            assertThat(refused.status()).as(refused.body()).isEqualTo(422);
            assertThat(refused.json().path("reason").asString()).isEqualTo("bad_payload");
            assertThat(one.api().get("/mailboxes/framed").json().path("total").asInt()).isZero();
            assertThat(store(one, "framed", "one line", "").status()).isEqualTo(200);
            assertThat(peer.readLine()).isEqualTo("one line");
        }
        assertThat(store(one, "not-here", "two\nlines", "").status()).isEqualTo(202);
        one.api().delete("/mailboxes/not-here");
    }

    @Test
    void aRepeatedKeyStoresNothingAtAnotherNode() {
        String first = id(storeWithKey(one, "once"));
        assertThat(id(storeWithKey(two, "once"))).isEqualTo(first);
        assertThat(storeWithKey(three, "another").status()).isEqualTo(422);
        one.api().delete("/mailboxes/key");
    }

    private static Answer storeWithKey(ClusterNode node, String text) {
        return node.api()
                .answer(
                        node.api()
                                .request("/send?to=key&ttl=5m")
                                .header("Idempotency-Key", "k1")
                                .POST(BodyPublishers.ofString(text)));
    }

    @Test
    void withoutRedisAMessageFindsItsPeerAllTheSame() throws IOException {
        try (RawClient peer = connectedAs("unheard", two)) {
            redis.kill();
            try {
                String stored = id(store(one, "unheard", "found", "&timeout=0s"));
                assertThat(peer.readLine()).isEqualTo("found");
                awaitStatus(one, stored, "acked");
            } finally {
                redis.startAgain();
            }
        }
        cluster.awaitWhole();
    }

    @Test
    void anotherNodeContinuesAfterTheDeathOfTheSender() throws IOException {
        String begun;
        try (RawClient _ = stuck("orphan", one)) {
            begun = id(store(three, "orphan", "x".repeat(900_000), "&timeout=0s"));
            awaitStatus(three, begun, "sending");
            one.kill();
        }
        String next = id(store(three, "orphan", "next", ""));
        try (RawClient peer = connectAs("orphan", two)) {
            assertThat(peer.readLine()).hasSize(900_000);
            assertThat(peer.readLine()).isEqualTo("next");
            awaitStatus(three, next, "acked");
            assertThat(message(three, begun).path("status").asString()).isEqualTo("acked");
            assertThat(message(three, begun).path("attempts").asInt()).isEqualTo(2);
            assertThat(message(three, begun).path("peers")).hasSize(2);
        } finally {
            one.start();
            cluster.awaitWhole();
        }
    }

    @Tag("system")
    @Test
    void aMessageOfADeadSenderCanBeCancelledAfterItsClaim() throws IOException {
        String begun;
        try (RawClient _ = stuck("buried", one)) {
            begun = id(store(three, "buried", "x".repeat(900_000), "&timeout=0s"));
            awaitStatus(three, begun, "sending");
            one.kill();
        }
        try {
            awaitStatus(three, begun, "stored");
            assertThat(two.api().delete("/messages/" + begun).status()).isEqualTo(200);
        } finally {
            one.start();
            cluster.awaitWhole();
        }
    }

    /** Two peers of one name at two nodes: one node sends, for longer than a claim lasts. */
    @Tag("system")
    @Test
    void oneNodeAtATimeSendsTheMessagesOfAName() throws IOException {
        try (RawClient slow = stuck("both", one)) {
            String begun = id(store(one, "both", "x".repeat(900_000), "&timeout=0s"));
            awaitStatus(one, begun, "sending");
            String next = id(store(three, "both", "next", "&timeout=0s"));
            try (RawClient quick = connectedAs("both", two)) {
                await().during(LONGER_THAN_A_CLAIM)
                        .atMost(GeneralLimit.LIMIT)
                        .until(
                                () ->
                                        message(two, begun).path("attempts").asInt() == 1
                                                && message(two, next).path("attempts").asInt()
                                                        == 0);
                slow.reset();
                assertThat(quick.readLine()).hasSize(900_000);
                assertThat(quick.readLine()).isEqualTo("next");
                awaitStatus(three, next, "acked");
            }
        }
    }

    /** The first node stands still with a message in an outbox, and another one takes over. */
    @Tag("system")
    @Test
    void aNodeThatStoodStillBeginsNoWriteAfterItsClaim() throws Exception {
        try (RawClient slow = stuck("still", one)) {
            byte[] block = "y".repeat(100_000).getBytes(US_ASCII);
            String peer = one.idOf(slow);
            int blocks = 0;
            while (one.api().peer(peer).at("/queued/messages").asInt() == 0) {
                one.api().post("/send?wait=queued&to=" + peer, block);
                blocks++;
            }
            String queued = id(store(one, "still", "once", "&timeout=0s"));
            awaitStatus(one, queued, "sending");
            one.process().pause();
            try (RawClient other = connectedAs("still", two)) {
                assertThat(other.readLine()).isEqualTo("once");
                awaitStatus(two, queued, "acked");
            } finally {
                one.process().resume();
            }
            for (int at = 0; at < blocks; at++) {
                assertThat(slow.readLine()).hasSize(block.length);
            }
            one.api().post("/send?to=" + peer, "last");
            assertThat(slow.readLine()).isEqualTo("last");
            assertThat(message(one, queued).path("attempts").asInt()).isEqualTo(2);
        }
        cluster.awaitWhole();
    }
}
