package io.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.EventReader;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** GET /events of two nodes over a real Redis. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterEventsIT {
    private static final String MESSAGES = "/events?type=message";

    private RedisServer redis;
    private TestCluster cluster;
    private ClusterNode one;
    private ClusterNode two;

    @BeforeAll
    void start() throws IOException {
        redis = RedisServer.start();
        cluster = TestCluster.start(redis, 2, "switchboard.events.heartbeat=500ms");
        one = cluster.node(1);
        two = cluster.node(2);
    }

    @AfterAll
    void stop() throws IOException {
        cluster.close();
        redis.close();
    }

    private static List<String> texts(List<EventReader.Sse> events) {
        return events.stream().map(EventReader.Sse::text).toList();
    }

    @Test
    void eachNodeStreamsTheEventsOfBothNodes() throws Exception {
        try (EventReader atOne = EventReader.open(one.api(), "/events");
                EventReader atTwo = EventReader.open(two.api(), "/events");
                RawClient peer = two.connect()) {
            String id = two.api().idOf(peer);
            peer.send("hello\n");
            for (EventReader reader : List.of(atOne, atTwo)) {
                List<EventReader.Sse> received = reader.next(2);
                assertThat(texts(received)).containsExactly("connected", "hello");
                EventReader.Sse hello = received.getLast();
                assertThat(hello.type()).isEqualTo("message");
                assertThat(hello.json().propertyNames())
                        .containsExactly("seq", "type", "at", "node", "peer", "text");
                assertThat(hello.json().get("node").asString()).isEqualTo("n2");
                assertThat(hello.json().at("/peer/id").asString()).isEqualTo(id);
                assertThat(hello.id())
                        .contains(one.boot() + ":")
                        .contains(two.boot() + ":" + hello.json().get("seq").asString());
            }
        }
    }

    @Test
    void resumesAtTheOtherNodeAndLosesAndRepeatsNothing() throws Exception {
        try (RawClient first = one.connect();
                RawClient second = two.connect()) {
            one.api().idOf(first);
            two.api().idOf(second);
            String seen;
            try (EventReader reader = EventReader.open(one.api(), MESSAGES)) {
                first.send("1\n");
                second.send("2\n");
                assertThat(texts(reader.next(2))).containsExactlyInAnyOrder("1", "2");
                seen = reader.lastId();
            }
            first.send("3\n");
            second.send("4\n");
            try (EventReader reader = EventReader.open(two.api(), MESSAGES, seen)) {
                assertThat(texts(reader.next(2))).containsExactlyInAnyOrder("3", "4");
                second.send("5\n");
                assertThat(texts(reader.next(1))).containsExactly("5");
                seen = reader.lastId();
            }
            first.send("6\n");
            try (EventReader reader =
                    EventReader.open(one.api(), MESSAGES + "&lastEventId=" + seen)) {
                second.send("7\n");
                assertThat(texts(reader.next(2))).containsExactlyInAnyOrder("6", "7");
            }
        }
    }

    @Test
    void streamsABurstOfTheOtherNodeInOrder() throws Exception {
        int lines = 5_000;
        try (EventReader reader = EventReader.open(one.api(), MESSAGES);
                RawClient peer = two.connect()) {
            two.api().idOf(peer);
            StringBuilder burst = new StringBuilder();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < lines; i++) {
                burst.append(i).append('\n');
                expected.add(Integer.toString(i));
            }
            peer.send(burst.toString());
            assertThat(texts(reader.next(lines))).isEqualTo(expected);
        }
    }

    @Test
    void selectsTheEventsOfOneNode() throws Exception {
        try (EventReader byName = EventReader.open(one.api(), MESSAGES + "&node=n2");
                EventReader byId = EventReader.open(two.api(), MESSAGES + "&node=" + one.boot());
                RawClient first = one.connect();
                RawClient second = two.connect()) {
            String id = two.api().idOf(second);
            try (EventReader byPeer = EventReader.open(one.api(), "/events?peer=" + id)) {
                first.send("1\n");
                second.send("2\n");
                assertThat(texts(byName.next(1))).containsExactly("2");
                assertThat(texts(byId.next(1))).containsExactly("1");
                assertThat(texts(byPeer.next(1))).containsExactly("2");
                assertThat(byName.lastId()).startsWith(two.boot() + ":").doesNotContain("_");
            }
        }
    }

    @Test
    void refusesInvalidParametersAndSuggestsValidOnes() {
        String gone =
                one.boot().equals("0bbbbb") || two.boot().equals("0bbbbb") ? "0bbbbc" : "0bbbbb";
        assertRefused("node=n9", 404, "unknown_node", "n1 (" + one.boot() + ")");
        assertRefused("node=n1&node=n2", 400, "bad_request", "2 times");
        assertRefused("peer=" + gone + "-1", 404, "unknown", gone + "-1");
        assertRefused("lastEventId=17", 400, "bad_request", one.boot() + ":");
        assertRefused("lastEventId=x:1_y:2", 400, "bad_request", "this is a cluster");
    }

    private void assertRefused(String query, int status, String reason, String words) {
        Api.Answer answer = one.api().get("/events?" + query);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.json().get("reason").asString()).isEqualTo(reason);
        assertThat(answer.json().get("detail").asString()).contains(words);
    }

    /** The last events of a draining node reach all subscribers; then it starts with another id. */
    @Test
    void streamsARestartedNodeToItsLastEventAndFromItsFirst() throws Exception {
        try (EventReader atOne = EventReader.open(one.api(), "/events?type=message&type=closed");
                EventReader atTwo =
                        EventReader.open(two.api(), "/events?type=message&type=closed");
                RawClient peer = two.connect()) {
            two.api().idOf(peer);
            peer.send("hello\n");
            assertThat(texts(atOne.next(1))).containsExactly("hello");
            String before = two.boot();
            two.process().terminate();
            assertThat(texts(atOne.next(1))).containsExactly("closed");
            two.process().awaitExit();
            assertThat(texts(atTwo.toEnd())).containsExactly("hello", "closed");
            await().untilAsserted(() -> assertThat(atOne.lastId()).doesNotContain(before));
            assertThat(atTwo.lastId()).contains(before + ":999999999999999999");
            try (EventReader again =
                    EventReader.open(one.api(), "/events?type=message", atTwo.lastId())) {
                two.start();
                try (RawClient next = two.connect()) {
                    next.send("again\n");
                    assertThat(texts(again.next(1))).containsExactly("again");
                    assertThat(texts(atOne.next(1))).containsExactly("again");
                }
            }
            cluster.awaitWhole();
        }
    }

    @Test
    void reportsAGapForAKilledNode() throws Exception {
        try (EventReader reader = EventReader.open(one.api(), MESSAGES)) {
            String killed = two.boot();
            two.kill();
            EventReader.Sse gap = reader.next();
            assertThat(gap.type()).isEqualTo("gap");
            assertThat(gap.data())
                    .isEqualTo("{\"missed\":null,\"from\":null,\"to\":null,\"node\":\"n2\"}");
            assertThat(gap.id()).doesNotContain(killed);
        } finally {
            two.start();
            cluster.awaitWhole();
        }
    }

    @Test
    void streamsEventsOfTheOtherNodeWhenRedisIsBack() throws Exception {
        try (EventReader reader = EventReader.open(one.api(), MESSAGES);
                RawClient first = one.connect();
                RawClient second = two.connect()) {
            one.api().idOf(first);
            two.api().idOf(second);
            second.send("before\n");
            assertThat(texts(reader.next(1))).containsExactly("before");
            redis.kill();
            second.send("elsewhere\n");
            first.send("here\n");
            Set<String> received = new HashSet<>(texts(reader.next(1)));
            redis.startAgain();
            received.addAll(texts(reader.next(1)));
            assertThat(received).containsExactlyInAnyOrder("here", "elsewhere");
            await().until(() -> two.nodes() == 2 && one.nodes() == 2);
            second.send("after\n");
            assertThat(texts(reader.next(1))).containsExactly("after");
        }
    }

    /** After its last subscriber has left, a node repeats no request for events. */
    @Test
    void requestsNoEventsAfterTheLastSubscriberHasLeft() throws Exception {
        for (int i = 0; i < 20; i++) {
            EventReader.open(one.api(), MESSAGES).close();
        }
        try (RawClient peer = one.connect()) {
            one.api().idOf(peer);
            await().until(
                            () -> {
                                peer.send("anybody there?\n");
                                return one.api().metric("switchboard_event_subscribers") == 0;
                            });
        }
        await().pollInterval(Duration.ofSeconds(2))
                .until(
                        () -> {
                            double before = answered();
                            Thread.sleep(1_500);
                            return answered() == before;
                        });
    }

    private double answered() {
        return one.api().metric("switchboard_cluster_asks_total{result=\"answered\"}");
    }
}
