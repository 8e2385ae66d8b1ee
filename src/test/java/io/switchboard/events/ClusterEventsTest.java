package io.switchboard.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterEventsTest {
    private static final int BUFFER = 1_000;

    private final EventNode a = new EventNode("a", BUFFER);
    private final EventNode b = new EventNode("b", BUFFER);
    private final EventNode c = new EventNode("c", BUFFER);
    private final Map<String, EventNode> all =
            new HashMap<>(Map.of(a.id(), a, b.id(), b, c.id(), c));
    private final AtomicInteger requests = new AtomicInteger();
    private volatile @Nullable RpcFailure failure;

    @BeforeEach
    void joinBothNodes() {
        a.cluster().answer(this::answer);
        b.cluster().answer(this::answer);
        a.cluster().join(b.id(), "b");
        b.cluster().join(a.id(), "a");
    }

    private CompletableFuture<RpcResult<byte[]>> answer(Node node, String method, byte[] request) {
        assertThat(method).isEqualTo(EventPageHandler.METHOD.name());
        requests.incrementAndGet();
        RpcFailure now = failure;
        return now == null
                ? Objects.requireNonNull(all.get(node.id())).answer(request)
                : CompletableFuture.completedFuture(new RpcResult.Failed<>(now));
    }

    private static String id(EventNode node, long seq) {
        return node.id() + ":" + seq;
    }

    private String id(long ofA, long ofB) {
        return a.id().compareTo(b.id()) < 0
                ? id(a, ofA) + "_" + id(b, ofB)
                : id(b, ofB) + "_" + id(a, ofA);
    }

    @Test
    void streamsNewEventsOfAllNodes() {
        a.publish("before");
        b.publish("before");
        try (TestSubscriber reader = a.subscribe(null)) {
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
            a.publish("1");
            assertThat(reader.next(1)).containsExactly("a 1");
            b.publish("2");
            b.publish("3");
            assertThat(reader.next(2)).containsExactly("b 2", "b 3");
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
            b.publish("4");
            a.publish("5");
            assertThat(reader.next(2)).containsExactlyInAnyOrder("b 4", "a 5");
        }
    }

    /** The id of every event, even within a page, has the position in each node. */
    @Test
    void eachIdHasThePositionInEachNode() {
        try (TestSubscriber reader = a.subscribe(null)) {
            long ofA = a.last();
            b.publish("1");
            b.publish("2");
            reader.next(2);
            try (TestSubscriber again = a.subscribe(id(ofA, b.last() - 1))) {
                assertThat(again.next(1)).containsExactly("b 2");
                assertThat(again.id()).isEqualTo(reader.id());
            }
        }
    }

    @Test
    void resumesAtAnyNode() {
        String seen;
        try (TestSubscriber reader = a.subscribe(null)) {
            a.publish("1");
            b.publish("2");
            reader.next(2);
            seen = reader.id();
        }
        a.publish("3");
        b.publish("4");
        try (TestSubscriber reader = b.subscribe(seen)) {
            assertThat(reader.next(2)).containsExactlyInAnyOrder("a 3", "b 4");
            reader.assertNothingFor(100);
        }
    }

    @Test
    void streamsANodeThatTheIdDoesNotNameFromItsFirstEvent() {
        b.publish("1");
        a.publish("2");
        try (TestSubscriber reader = a.subscribe(id(a, a.last()))) {
            assertThat(reader.next(1)).containsExactly("b 1");
        }
        try (TestSubscriber reader = b.subscribe(id(a, a.last()))) {
            assertThat(reader.next(1)).containsExactly("b 1");
        }
    }

    @Test
    void streamsAJoiningNodeFromItsFirstEvent() {
        try (TestSubscriber reader = a.subscribe(null)) {
            reader.assertNothingFor(10);
            c.publish("1");
            a.cluster().join(c.id(), "c");
            assertThat(reader.next(1)).containsExactly("c 1");
            assertThat(reader.id()).contains(id(c, c.last()), id(b, b.last()));
        }
    }

    @Test
    void reportsAGapForANodeThatHasLeft() {
        try (TestSubscriber reader = a.subscribe(id(a.last(), b.last()) + "_" + id(c, 17))) {
            assertThat(reader.next(1)).containsExactly(c.id() + " gap of null");
            reader.assertNothingFor(1_100);
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
        }
    }

    @Test
    void reportsNoGapForANodeThatIsNotListedYet() {
        a.cluster().joinUnlisted(c.id(), "c");
        long before = c.last();
        c.publish("1");
        try (TestSubscriber reader = a.subscribe(id(a.last(), b.last()) + "_" + id(c, before))) {
            reader.assertNothingFor(10);
            a.cluster().join(c.id(), "c");
            assertThat(reader.next(1)).containsExactly("c 1");
        }
    }

    @Test
    void reportsAGapWhenANodeLeavesAndContinuesWhenItReturns() {
        try (TestSubscriber reader = a.subscribe(null)) {
            b.publish("1");
            assertThat(reader.next(1)).containsExactly("b 1");
            a.cluster().leave(b.id());
            assertThat(reader.next(1)).containsExactly("b gap of null");
            assertThat(reader.id()).isEqualTo(id(a, a.last()));
            b.publish("2");
            a.cluster().join(b.id(), "b");
            assertThat(reader.next(1)).containsExactly("b 2");
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
        }
    }

    @Test
    void reportsNoGapForANodeThatReturnsAllEventsBeforeItStops() {
        try (TestSubscriber reader = a.subscribe(null)) {
            reader.assertNothingFor(10);
            b.publish("the last");
            b.stream().stop();
            assertThat(reader.next(1)).containsExactly("b the last");
            await().untilAsserted(
                            () -> {
                                reader.assertNothingFor(10);
                                assertThat(reader.id()).isEqualTo(id(a.last(), EventPositions.END));
                            });
            int before = requests.get();
            try (TestSubscriber again = a.subscribe(reader.id())) {
                again.assertNothingFor(10);
                a.cluster().leave(b.id());
                reader.assertNothingFor(1_100);
                again.assertNothingFor(10);
                assertThat(requests.get()).isEqualTo(before);
                a.publish("1");
                assertThat(reader.next(1)).containsExactly("a 1");
                assertThat(again.next(1)).containsExactly("a 1");
                assertThat(reader.id()).isEqualTo(id(a, a.last()));
                assertThat(again.id()).isEqualTo(id(a, a.last()));
            }
        }
    }

    /** The subscribers of the stopping node reconnect to another node. */
    @Test
    void resumesAtAnotherNodeWithoutAGapAfterTheLastEvent() {
        try (TestSubscriber reader = a.subscribe(null)) {
            a.publish("the last");
            a.stream().stop();
            assertThat(reader.next(1)).containsExactly("a the last");
            reader.end();
            b.publish("1");
            try (TestSubscriber again = b.subscribe(reader.id())) {
                assertThat(again.next(1)).containsExactly("b 1");
                b.cluster().leave(a.id());
                again.assertNothingFor(1_100);
            }
        }
    }

    @Test
    void reportsAGapForEventsThatANodeNoLongerHas() {
        long before = b.last();
        IntStream.range(0, BUFFER + 5).forEach(i -> b.publish("x"));
        try (TestSubscriber reader = a.subscribe(id(a.last(), before))) {
            assertThat(reader.next(BUFFER + 1)).startsWith("b gap of 5", "b x").hasSize(BUFFER + 1);
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
        }
    }

    @Test
    void continuesAtItsPositionWhenRedisIsBack() {
        try (TestSubscriber reader = a.subscribe(null)) {
            reader.assertNothingFor(10);
            failure = RpcFailure.UNAVAILABLE;
            a.cluster().connected(false);
            b.publish("1"); // is the answer to the pending request
            reader.next(1);
            b.publish("2");
            a.publish("3");
            assertThat(reader.next(1)).containsExactly("a 3");
            reader.assertNothingFor(100);
            failure = null;
            a.cluster().connected(true);
            assertThat(reader.next(1)).containsExactly("b 2");
        }
    }

    /** The node may have had events since the stream began. */
    @Test
    void reportsAGapForANodeThatWasSilentAtTheStart() {
        failure = RpcFailure.SILENT;
        try (TestSubscriber reader = a.subscribe(null)) {
            assertThat(reader.id()).isEqualTo(id(a, a.last()));
            b.publish("missed");
            failure = null;
            assertThat(reader.next(1)).containsExactly("b gap of null");
            b.publish("2");
            assertThat(reader.next(1)).containsExactly("b 2");
        }
    }

    /** Node a had no connection to node b when the client subscribed; b existed already. */
    @Test
    void doesNotStreamAnOldNodeFromItsFirstEventAfterALateConnect() {
        a.cluster().leave(b.id());
        a.cluster().connected(false);
        b.publish("long ago");
        try (TestSubscriber reader = a.subscribe(null)) {
            reader.assertNothingFor(10);
            a.cluster().join(b.id(), "b");
            a.cluster().connected(true);
            assertThat(reader.next(1)).containsExactly("b gap of null");
            b.publish("now");
            assertThat(reader.next(1)).containsExactly("b now");
        }
    }

    @Test
    void requestsNoPageBeforeTheLastOneWasTaken() throws Exception {
        IntStream.range(0, BUFFER - 10).forEach(i -> b.publish("x"));
        try (TestSubscriber reader = a.subscribe(id(a.last(), b.last() - 900))) {
            reader.next(1);
            int before = requests.get();
            await().during(Duration.ofMillis(50)).until(() -> requests.get() == before);
            reader.next(1);
            assertThat(requests.get()).isEqualTo(before + 1);
        }
    }

    @Test
    void requestsNothingForAClientThatHasLeft() throws Exception {
        TestSubscriber reader = a.subscribe(null);
        reader.assertNothingFor(10);
        reader.close();
        int before = requests.get();
        b.publish("1");
        await().during(Duration.ofMillis(50)).until(() -> requests.get() == before);
    }

    @Test
    void requestsEachPageOnceForAllSubscribers() {
        try (TestSubscriber one = a.subscribe(null);
                TestSubscriber two = a.subscribe(null);
                TestSubscriber three = a.subscribe(null)) {
            List<TestSubscriber> readers = List.of(one, two, three);
            readers.forEach(each -> each.assertNothingFor(5));
            int before = requests.get();
            long start = System.nanoTime();
            for (int i = 0; i < 10; i++) {
                b.publish(Integer.toString(i));
                for (TestSubscriber each : readers) {
                    assertThat(each.next(1)).containsExactly("b " + i);
                }
            }
            // each subscriber asks again once a second, if the machine stalls for so long
            long more = 3 * TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
            assertThat((long) requests.get() - before).isBetween(9L, 11 + more);
        }
    }

    /** The subscribers began in the middle of each other's pages. */
    @Test
    void subscribersThatBeganAtDifferentEventsSoonSharePages() {
        long first = b.last();
        IntStream.range(0, 900).forEach(i -> b.publish("x"));
        try (TestSubscriber one = a.subscribe(id(a.last(), first));
                TestSubscriber two = a.subscribe(id(a.last(), first + 100))) {
            for (int left = 900; left > 0; left -= one.next(1).size()) {
                assertThat(left).isPositive();
            }
            int before = requests.get();
            for (int left = 800; left > 0; left -= two.next(1).size()) {
                assertThat(left).isPositive();
            }
            assertThat(requests.get() - before).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void cutsASlowSubscriberThatMissesEventsOfAnotherNode() {
        try (TestSubscriber reader = a.subscribe(null)) {
            b.publish("1");
            reader.next(1);
            reader.delay(TimeUnit.SECONDS.toNanos(2));
            IntStream.range(0, 2 * BUFFER).forEach(i -> b.publish("x"));
            await().untilAsserted(
                            () -> {
                                reader.read();
                                assertThat(reader.cut()).isTrue();
                            });
        }
    }

    @Test
    void doesNotCutAFastSubscriberThatMissesEventsOfAnotherNode() {
        try (TestSubscriber reader = a.subscribe(null)) {
            b.publish("1");
            reader.next(1);
            IntStream.range(0, 2 * BUFFER).forEach(i -> b.publish("x"));
            assertThat(reader.next(1)).startsWith("b gap of " + BUFFER);
            assertThat(reader.cut()).isFalse();
        }
    }

    @Test
    void streamsOneNodeOnly() {
        try (TestSubscriber other = a.subscribe(null, "b");
                TestSubscriber own = a.subscribe(null, "a")) {
            assertThat(other.id()).isEqualTo(id(b, b.last()));
            assertThat(own.id()).isEqualTo(id(a, a.last()));
            a.publish("1");
            b.publish("2");
            assertThat(other.next(1)).containsExactly("b 2");
            assertThat(own.next(1)).containsExactly("a 1");
            try (TestSubscriber again = a.subscribe(id(a.last() - 1, b.last() - 1), "b")) {
                assertThat(again.next(1)).containsExactly("b 2");
                assertThat(again.id()).isEqualTo(id(b, b.last()));
            }
        }
    }
}
