package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

/** What a node answers when another, or Redis, is silent or gone. */
class ClusterFaultsIT {
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration LEASE_ENDS = Duration.ofSeconds(6);

    @SuppressWarnings("NullAway.Init") // start() sets it, before the first test
    private static RedisServer redis;

    @SuppressWarnings("NullAway.Init")
    private static Cluster cluster;

    private final ClusterNode here = cluster.node(1);
    private final ClusterNode there = cluster.node(2);
    private RawClient near;
    private RawClient far;
    private String nearId;
    private String farId;

    @SuppressWarnings("NullAway.Init") // connect() sets them, before each test
    ClusterFaultsIT() {}

    @BeforeAll
    static void start() throws IOException {
        redis = RedisServer.start();
        cluster =
                Cluster.start(
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
        cluster.awaitNobody();
        near = here.connect();
        far = there.connect();
        nearId = here.idOf(near);
        farId = there.idOf(far);
        name(here, nearId, "near");
        name(there, farId, "far");
    }

    private static void name(ClusterNode node, String id, String name) {
        Api.Answer answer = node.api().patch("/peers/" + id, "{\"name\":\"" + name + "\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    @AfterEach
    void leave() throws IOException {
        near.close();
        far.close();
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

    private static Api.Answer withKey(ClusterNode node, String to, String text) {
        return node.api()
                .answer(
                        node.api()
                                .request("/send?to=" + to)
                                .header("Idempotency-Key", "again")
                                .POST(BodyPublishers.ofString(text)));
    }

    /** For less than a lease lasts. */
    @Test
    void anOwnerThatIsSilentMayHaveWrittenIt() throws Exception {
        there.process().pause();
        CompletableFuture<Api.Answer> byId = send(farId, "lost");
        CompletableFuture<Api.Answer> byName = send("far", "lost");
        CompletableFuture<Api.Answer> all = send("all", "to all");
        CompletableFuture<Api.Answer> peers = here.api().getAsync("/peers?q=127");
        CompletableFuture<Api.Answer> peer = here.api().getAsync("/peers/" + farId);
        CompletableFuture<Api.Answer> groups = here.api().getAsync("/groups");
        CompletableFuture<Api.Answer> close =
                CompletableFuture.supplyAsync(
                        () -> here.api().postJson("/peers/close", "{\"to\":\"group:none\"}"));
        Api.Answer keyed = withKey(here, farId, "once");
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

        assertThat(near.readLine()).isEqualTo("to all");
        await().atMost(LONGEST)
                .until(() -> here.api().get("/peers?q=127").json().get("total").asInt() == 2);
        for (ClusterNode node : cluster.nodes()) {
            Api.Answer again = withKey(node, farId, "once");
            assertThat(again.status()).as(again.body()).isEqualTo(200);
        }
        // what expired while it was stopped never comes
        assertThat(far.readLine()).isEqualTo("once");
        assertThat(send(farId, "end").get().status()).isEqualTo(200);
        assertThat(far.readLine()).isEqualTo("end");
    }

    /**
     * Race: a peer that has been written to moves to a node that has not come to the same message
     * yet. Which of the two that node then does first is chance, so there are several rounds.
     */
    @Test
    void aPeerThatMovesWhileItIsSentToIsReachedOnce() throws Exception {
        for (int round = 0; round < 8; round++) {
            CompletableFuture<Api.Answer> byName;
            CompletableFuture<Api.Answer> all;
            try (RawClient before = arrive(here, "roamer")) {
                await().until(() -> here.api().get("/peers/roamer").status() == 200);
                there.process().pause();
                byName = send("roamer", "by name");
                assertThat(before.readLine()).isEqualTo("by name");
                all = send("all", "to all");
                assertThat(before.readLine()).isEqualTo("to all");
            }
            try (RawClient after = arrive(there, "roamer")) {
                there.process().resume();
                assertReached(byName.get(), 1);
                assertReached(all.get(), 3);
                await().until(() -> send("roamer", "next").get().status() == 200);
                assertThat(after.readLine()).isEqualTo("next");
            }
        }
    }

    private static RawClient arrive(ClusterNode node, String name) throws IOException {
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
    void anOwnerThatIsGoneHasSurelyNotWrittenIt() throws Exception {
        there.kill();
        CompletableFuture<Api.Answer> byId = send(farId, "x");
        CompletableFuture<Api.Answer> all = send("all", "to all");
        assertProblem(byId.get(), 503, "owner_lost");
        assertThat(byId.get().header("Retry-After")).isNotEmpty();
        assertPartial(all.get(), 207);
        assertProblem(here.api().post("/send?to=far", "x"), 503, "owner_lost");
        await().atMost(LEASE_ENDS).until(() -> here.nodes() == 1);
        assertThat(here.api().total()).isEqualTo(1);
        assertProblem(here.api().post("/send?to=" + farId, "x"), 404, "unknown");
        assertProblem(here.api().get("/peers/" + farId), 404, "unknown");
        assertThat(send("all", "all that are there").get().status()).isEqualTo(200);
        assertThat(near.readLine()).isEqualTo("to all");

        there.start();
        cluster.awaitWhole();
        try (RawClient again = there.connect()) {
            assertThat(send(there.idOf(again), "back").get().status()).isEqualTo(200);
            assertThat(again.readLine()).isEqualTo("back");
        }
    }

    @Test
    void withoutRedisLocalPeersGoOn() throws Exception {
        redis.kill();
        await().atMost(LONGEST).until(() -> clusterHealth().equals("DOWN"));
        for (String to : new String[] {nearId, "near"}) {
            Api.Answer answer = here.api().post("/send?to=" + to, "to " + to);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(near.readLine()).isEqualTo("to " + to);
        }
        assertProblem(here.api().post("/send?to=" + farId, "x"), 503, "bus_unavailable");
        assertProblem(here.api().post("/send?to=far", "x"), 503, "bus_unavailable");
        assertProblem(here.api().get("/peers/" + farId), 503, "bus_unavailable");
        Api.Answer all = here.api().post("/send?to=all", "to all");
        assertThat(all.status()).as(all.body()).isEqualTo(207);
        assertThat(all.json().get("partial").asBoolean()).isTrue();
        assertThat(near.readLine()).isEqualTo("to all");
        JsonNode peers = here.api().get("/peers").json();
        assertThat(peers.get("partial").asBoolean()).isTrue();
        for (String group : new String[] {"liveness", "readiness"}) {
            assertThat(here.api().get("/actuator/health/" + group).status()).isEqualTo(200);
        }

        redis.startAgain();
        await().atMost(LONGEST).until(() -> clusterHealth().equals("UP"));
        cluster.awaitWhole();
        await().atMost(LONGEST).until(() -> send(farId, "back").get().status() == 200);
        assertThat(far.readLine()).isEqualTo("back");
    }

    private String clusterHealth() {
        return here.api()
                .get("/actuator/health")
                .json()
                .at("/components/cluster/status")
                .asString();
    }

    /** One that answers nobody is as good as none, and nothing waits for it any longer. */
    @Test
    void aSilentRedisIsLikeNone() throws Exception {
        redis.pause();
        try {
            await().atMost(LONGEST).until(() -> clusterHealth().equals("DOWN"));
            long start = System.nanoTime();
            assertThat(here.api().post("/send?to=" + nearId, "own").status()).isEqualTo(200);
            assertProblem(here.api().post("/send?to=" + farId, "x"), 503, "bus_unavailable");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(1));
            assertThat(near.readLine()).isEqualTo("own");
        } finally {
            redis.resume();
        }
        cluster.awaitWhole();
        await().atMost(LONGEST).until(() -> send(farId, "back").get().status() == 200);
        assertThat(far.readLine()).isEqualTo("back");
    }
}
