package io.switchboard.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Attempts;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The answers of a node while another node, or Redis, is silent or gone. */
class ClusterFaultsIT {
    /** After this time without a renewal, other nodes forget a node and its peers. */
    private static final Duration LEASE = Membership.LEASE;

    /** After this time without progress, the answer to a request is unknown. */
    private static final Duration SILENCE = PendingCalls.SILENCE;

    @SuppressWarnings("NullAway.Init") // start() sets it, before the first test
    private static RedisServer redis;

    @SuppressWarnings("NullAway.Init")
    private static TestCluster cluster;

    private final ClusterNode here = cluster.node(1);
    private final ClusterNode there = cluster.node(2);
    private RawClient localClient;
    private RawClient remoteClient;
    private String localId;
    private String remoteId;

    @SuppressWarnings("NullAway.Init") // connect() sets them, before each test
    ClusterFaultsIT() {}

    @BeforeAll
    static void start() throws IOException {
        redis = RedisServer.start();
        cluster =
                TestCluster.start(
                        redis,
                        2,
                        "switchboard.listeners.default.identify.pattern=^i am (?<name>\\w+)$");
    }

    @AfterAll
    static void stop() throws IOException {
        cluster.close();
        redis.close();
    }

    @BeforeEach
    void connect() throws IOException {
        cluster.awaitWhole();
        cluster.awaitNoPeers();
        localClient = here.connect();
        remoteClient = there.connect();
        localId = here.idOf(localClient);
        remoteId = there.idOf(remoteClient);
        name(here, localId, "local");
        name(there, remoteId, "remote");
    }

    private static void name(ClusterNode node, String id, String name) {
        Api.Answer answer = node.api().patch("/peers/" + id, "{\"name\":\"" + name + "\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    @AfterEach
    void leave() throws IOException {
        localClient.close();
        remoteClient.close();
    }

    private static CompletableFuture<Api.Answer> send(String to, String text) {
        return cluster.node(1).api().postAsync("/send?to=" + to, text.getBytes(UTF_8));
    }

    private static void assertProblem(Api.Answer answer, int status, String reason) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().get("reason").asString()).isEqualTo(reason);
    }

    private void assertPartial(Api.Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().get("partial").asBoolean()).isTrue();
        assertThat(answer.json().get("missing").toString()).isEqualTo("[\"n2\"]");
    }

    private static Api.Answer withKey(String key, ClusterNode node, String to, String text) {
        return node.api()
                .answer(
                        node.api()
                                .request("/send?to=" + to)
                                .header("Idempotency-Key", key)
                                .POST(BodyPublishers.ofString(text)));
    }

    /** The owner of the peer is stopped for less time than a lease lasts. */
    @Test
    void reportsUnknownForPeersOfASilentNode() throws Exception {
        Attempts.within(LEASE, this::stopAndContinue, this::restore);
    }

    /** Restores what a failed attempt has left. */
    private void restore() throws Exception {
        if (there.process().isAlive()) {
            there.process().resume();
        } else {
            there.start();
        }
        leave();
        connect();
    }

    private void stopAndContinue() throws Exception {
        String key = "again " + remoteId;
        there.process().pause();
        CompletableFuture<Api.Answer> byId = send(remoteId, "lost");
        CompletableFuture<Api.Answer> byName = send("remote", "lost");
        CompletableFuture<Api.Answer> all = send("all", "to all");
        CompletableFuture<Api.Answer> peers = here.api().getAsync("/peers?q=127");
        CompletableFuture<Api.Answer> peer = here.api().getAsync("/peers/" + remoteId);
        CompletableFuture<Api.Answer> groups = here.api().getAsync("/groups");
        CompletableFuture<Api.Answer> close =
                CompletableFuture.supplyAsync(
                        () -> here.api().postJson("/peers/close", "{\"to\":\"group:none\"}"));
        Api.Answer keyed = withKey(key, here, remoteId, "once");
        assertProblem(keyed, 504, "unknown");
        assertProblem(byId.get(), 504, "unknown");
        assertProblem(byName.get(), 504, "unknown");
        assertThat(peer.get().status()).as(peer.get().body()).isEqualTo(504);
        assertPartial(all.get(), 207);
        assertThat(all.get().json().get("written").asInt()).isEqualTo(1);
        assertPartial(peers.get(), 200);
        assertThat(peers.get().json().get("peers")).hasSize(1);
        assertPartial(groups.get(), 200);
        assertPartial(close.get(), 200);
        there.process().resume();

        assertThat(localClient.readLine()).isEqualTo("to all");
        await().until(() -> here.api().get("/peers?q=127").json().get("total").asInt() == 2);
        for (ClusterNode node : cluster.nodes()) {
            Api.Answer again = withKey(key, node, remoteId, "once");
            assertThat(again.status()).as(again.body()).isEqualTo(200);
        }
        // the messages that expired while the node was stopped are never written
        assertThat(remoteClient.readLine()).isEqualTo("once");
        assertThat(send(remoteId, "end").get().status()).isEqualTo(200);
        assertThat(remoteClient.readLine()).isEqualTo("end");
    }

    /**
     * Race: a peer that has received a message moves to a node that has not executed the same send
     * yet. Whether that node first names the peer or executes the send is chance, so there are
     * several rounds.
     */
    @Test
    void aPeerThatMovesDuringASendReceivesTheMessageOnce() throws Exception {
        for (int round = 0; round < 8; round++) {
            here.api().awaitTotal(2);
            Attempts.within(SILENCE, this::moveDuringASend, this::restore);
        }
    }

    private void moveDuringASend() throws Exception {
        CompletableFuture<Api.Answer> byName;
        CompletableFuture<Api.Answer> all;
        try (RawClient before = connectAs(here, "roamer")) {
            here.api().awaitOpen("roamer");
            there.process().pause();
            byName = send("roamer", "by name");
            assertThat(before.readLine()).isEqualTo("by name");
            all = send("all", "to all");
            assertThat(before.readLine()).isEqualTo("to all");
        }
        try (RawClient after = connectAs(there, "roamer")) {
            there.process().resume();
            assertReached(byName.get(), 1);
            assertReached(all.get(), 3);
            await().until(() -> send("roamer", "next").get().status() == 200);
            assertThat(after.readLine()).isEqualTo("next");
        }
    }

    private static RawClient connectAs(ClusterNode node, String name) throws IOException {
        RawClient client = node.connect();
        client.send("i am " + name + "\n");
        return client;
    }

    private static void assertReached(Api.Answer answer, int peers) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().get("written").asInt()).as(answer.body()).isEqualTo(peers);
        assertThat(answer.json().get("matched").asInt()).as(answer.body()).isEqualTo(peers);
    }

    @Test
    void reportsOwnerLostForPeersOfAKilledNode() throws Exception {
        Attempts.within(LEASE, this::killAndStartAgain, this::restore);
    }

    private void killAndStartAgain() throws Exception {
        there.kill();
        CompletableFuture<Api.Answer> byId = send(remoteId, "x");
        CompletableFuture<Api.Answer> all = send("all", "to all");
        assertProblem(byId.get(), 503, "owner_lost");
        assertThat(byId.get().header("Retry-After")).isNotEmpty();
        assertPartial(all.get(), 207);
        assertProblem(here.api().post("/send?to=remote", "x"), 503, "owner_lost");
        await().until(() -> here.nodes() == 1);
        assertThat(here.api().total()).isEqualTo(1);
        assertProblem(here.api().post("/send?to=" + remoteId, "x"), 404, "unknown");
        assertProblem(here.api().get("/peers/" + remoteId), 404, "unknown");
        assertThat(send("all", "all that are there").get().status()).isEqualTo(200);
        assertThat(localClient.readLine()).isEqualTo("to all");

        there.start();
        cluster.awaitWhole();
        try (RawClient again = there.connect()) {
            assertThat(send(there.idOf(again), "back").get().status()).isEqualTo(200);
            assertThat(again.readLine()).isEqualTo("back");
        }
    }

    @Test
    void servesLocalPeersWithoutRedis() throws Exception {
        redis.kill();
        await().until(() -> clusterHealth().equals("DOWN"));
        for (String to : new String[] {localId, "local"}) {
            Api.Answer answer = here.api().post("/send?to=" + to, "to " + to);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(localClient.readLine()).isEqualTo("to " + to);
        }
        assertProblem(here.api().post("/send?to=" + remoteId, "x"), 503, "bus_unavailable");
        assertProblem(here.api().post("/send?to=remote", "x"), 503, "bus_unavailable");
        assertProblem(here.api().get("/peers/" + remoteId), 503, "bus_unavailable");
        Api.Answer all = here.api().post("/send?to=all", "to all");
        assertThat(all.status()).as(all.body()).isEqualTo(207);
        assertThat(all.json().get("partial").asBoolean()).isTrue();
        assertThat(localClient.readLine()).isEqualTo("to all");
        JsonNode peers = here.api().get("/peers").json();
        assertThat(peers.get("partial").asBoolean()).isTrue();
        for (String group : new String[] {"liveness", "readiness"}) {
            assertThat(here.api().get("/actuator/health/" + group).status()).isEqualTo(200);
        }

        redis.startAgain();
        await().until(() -> clusterHealth().equals("UP"));
        cluster.awaitWhole();
        await().until(() -> send(remoteId, "back").get().status() == 200);
        assertThat(remoteClient.readLine()).isEqualTo("back");
    }

    private String clusterHealth() {
        return here.api()
                .get("/actuator/health")
                .json()
                .at("/components/cluster/status")
                .asString();
    }

    /** While Redis does not answer, requests fail at once instead of waiting for it. */
    @Test
    void aSilentRedisCountsAsUnavailable() throws Exception {
        redis.pause();
        try {
            await().until(() -> clusterHealth().equals("DOWN"));
            // the fastest of some, because the machine may stall
            long fastest = Long.MAX_VALUE;
            for (int turn = 0; turn < 5; turn++) {
                long start = System.nanoTime();
                assertThat(here.api().post("/send?to=" + localId, "own").status()).isEqualTo(200);
                assertProblem(here.api().post("/send?to=" + remoteId, "x"), 503, "bus_unavailable");
                fastest = Math.min(fastest, System.nanoTime() - start);
                assertThat(localClient.readLine()).isEqualTo("own");
            }
            assertThat(Duration.ofNanos(fastest)).isLessThan(Duration.ofSeconds(1));
        } finally {
            redis.resume();
        }
        cluster.awaitWhole();
        await().until(() -> send(remoteId, "back").get().status() == 200);
        assertThat(remoteClient.readLine()).isEqualTo("back");
    }
}
