package io.switchboard.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
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
    private final AtomicInteger asks = new AtomicInteger();
    private volatile @Nullable RpcFailure instead;

    @BeforeEach
    void aAndBKnowEachOther() {
        a.nodes().answer(this::answer);
        b.nodes().answer(this::answer);
        a.nodes().come(b.id(), "b");
        b.nodes().come(a.id(), "a");
    }

    private CompletableFuture<RpcResult<byte[]>> answer(
            Node node, String operation, byte[] request) {
        assertThat(operation).isEqualTo(EventPageHandler.METHOD.name());
        asks.incrementAndGet();
        RpcFailure now = instead;
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
    void tellsWhatHappensAtAnyNodeFromNowOn() {
        a.say("before");
        b.say("before");
        try (EventListener reader = a.subscribe(null)) {
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
            a.say("1");
            assertThat(reader.next(1)).containsExactly("a 1");
            b.say("2");
            b.say("3");
            assertThat(reader.next(2)).containsExactly("b 2", "b 3");
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
            b.say("4");
            a.say("5");
            assertThat(reader.next(2)).containsExactlyInAnyOrder("b 4", "a 5");
        }
    }

    /** An id says all of every event: in the middle of a page as well. */
    @Test
    void eachEventHasAPositionOfEachNode() {
        try (EventListener reader = a.subscribe(null)) {
            long ofA = a.last();
            b.say("1");
            b.say("2");
            reader.next(2);
            try (EventListener again = a.subscribe(id(ofA, b.last() - 1))) {
                assertThat(again.next(1)).containsExactly("b 2");
                assertThat(again.id()).isEqualTo(reader.id());
            }
        }
    }

    @Test
    void resumesAtAnyNode() {
        String seen;
        try (EventListener reader = a.subscribe(null)) {
            a.say("1");
            b.say("2");
            reader.next(2);
            seen = reader.id();
        }
        a.say("3");
        b.say("4");
        try (EventListener reader = b.subscribe(seen)) {
            assertThat(reader.next(2)).containsExactlyInAnyOrder("a 3", "b 4");
            reader.hearsNothing(100);
        }
    }

    @Test
    void aNodeThatTheIdDoesNotNameIsToldFromItsStart() {
        b.say("1");
        a.say("2");
        try (EventListener reader = a.subscribe(id(a, a.last()))) {
            assertThat(reader.next(1)).containsExactly("b 1");
        }
        try (EventListener reader = b.subscribe(id(a, a.last()))) {
            assertThat(reader.next(1)).containsExactly("b 1");
        }
    }

    @Test
    void aNodeThatComesIsToldFromItsStart() {
        try (EventListener reader = a.subscribe(null)) {
            reader.hearsNothing(10);
            c.say("1");
            a.nodes().come(c.id(), "c");
            assertThat(reader.next(1)).containsExactly("c 1");
            assertThat(reader.id()).contains(id(c, c.last()), id(b, b.last()));
        }
    }

    @Test
    void aNodeThatIsGoneIsAGap() {
        try (EventListener reader = a.subscribe(id(a.last(), b.last()) + "_" + id(c, 17))) {
            assertThat(reader.next(1)).containsExactly(c.id() + " gap of null");
            reader.hearsNothing(1_100);
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
        }
    }

    @Test
    void aNodeThatHasJustComeIsNotGone() {
        a.nodes().comeUnnoticed(c.id(), "c");
        long before = c.last();
        c.say("1");
        try (EventListener reader = a.subscribe(id(a.last(), b.last()) + "_" + id(c, before))) {
            reader.hearsNothing(10);
            a.nodes().come(c.id(), "c");
            assertThat(reader.next(1)).containsExactly("c 1");
        }
    }

    @Test
    void aNodeThatGoesIsAGapAndGoesOnWhenItIsBack() {
        try (EventListener reader = a.subscribe(null)) {
            b.say("1");
            assertThat(reader.next(1)).containsExactly("b 1");
            a.nodes().go(b.id());
            assertThat(reader.next(1)).containsExactly("b gap of null");
            assertThat(reader.id()).isEqualTo(id(a, a.last()));
            b.say("2");
            a.nodes().come(b.id(), "b");
            assertThat(reader.next(1)).containsExactly("b 2");
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
        }
    }

    @Test
    void aNodeThatStopsHasToldAllAndIsNoGap() {
        try (EventListener reader = a.subscribe(null)) {
            reader.hearsNothing(10);
            b.say("the last");
            b.stream().stop();
            assertThat(reader.next(1)).containsExactly("b the last");
            await().untilAsserted(
                            () -> {
                                reader.hearsNothing(10);
                                assertThat(reader.id()).isEqualTo(id(a.last(), EventPositions.END));
                            });
            int before = asks.get();
            try (EventListener again = a.subscribe(reader.id())) {
                again.hearsNothing(10);
                a.nodes().go(b.id());
                reader.hearsNothing(1_100);
                again.hearsNothing(10);
                assertThat(asks.get()).isEqualTo(before);
                a.say("1");
                assertThat(reader.next(1)).containsExactly("a 1");
                assertThat(again.next(1)).containsExactly("a 1");
                assertThat(reader.id()).isEqualTo(id(a, a.last()));
                assertThat(again.id()).isEqualTo(id(a, a.last()));
            }
        }
    }

    /** Its own subscribers go on at another. */
    @Test
    void whoWasToldANodeToItsEndResumesElsewhereWithoutAGap() {
        try (EventListener reader = a.subscribe(null)) {
            a.say("the last");
            a.stream().stop();
            assertThat(reader.next(1)).containsExactly("a the last");
            reader.end();
            b.say("1");
            try (EventListener again = b.subscribe(reader.id())) {
                assertThat(again.next(1)).containsExactly("b 1");
                b.nodes().go(a.id());
                again.hearsNothing(1_100);
            }
        }
    }

    @Test
    void whatANodeNoLongerHasIsAGapOfIt() {
        long before = b.last();
        IntStream.range(0, BUFFER + 5).forEach(i -> b.say("x"));
        try (EventListener reader = a.subscribe(id(a.last(), before))) {
            assertThat(reader.next(BUFFER + 1)).startsWith("b gap of 5", "b x").hasSize(BUFFER + 1);
            assertThat(reader.id()).isEqualTo(id(a.last(), b.last()));
        }
    }

    @Test
    void goesOnWhereItWasWhenRedisIsBack() {
        try (EventListener reader = a.subscribe(null)) {
            reader.hearsNothing(10);
            instead = RpcFailure.UNAVAILABLE;
            a.nodes().connected(false);
            b.say("1"); // answers what was asked before
            reader.next(1);
            b.say("2");
            a.say("3");
            assertThat(reader.next(1)).containsExactly("a 3");
            reader.hearsNothing(100);
            instead = null;
            a.nodes().connected(true);
            assertThat(reader.next(1)).containsExactly("b 2");
        }
    }

    /** It may have had events since: nobody knows. */
    @Test
    void aNodeThatWasSilentAtFirstBeginsWithAGap() {
        instead = RpcFailure.SILENT;
        try (EventListener reader = a.subscribe(null)) {
            assertThat(reader.id()).isEqualTo(id(a, a.last()));
            b.say("missed");
            instead = null;
            assertThat(reader.next(1)).containsExactly("b gap of null");
            b.say("2");
            assertThat(reader.next(1)).containsExactly("b 2");
        }
    }

    /** This node was alone when the client came, and knows now who was there already. */
    @Test
    void nodesThatWereThereAllTheTimeAreNotToldFromTheirStart() {
        a.nodes().go(b.id());
        a.nodes().connected(false);
        b.say("long ago");
        try (EventListener reader = a.subscribe(null)) {
            reader.hearsNothing(10);
            a.nodes().come(b.id(), "b");
            a.nodes().connected(true);
            assertThat(reader.next(1)).containsExactly("b gap of null");
            b.say("now");
            assertThat(reader.next(1)).containsExactly("b now");
        }
    }

    @Test
    void asksForNoPageBeforeTheLastOneWasTaken() throws Exception {
        IntStream.range(0, BUFFER - 10).forEach(i -> b.say("x"));
        try (EventListener reader = a.subscribe(id(a.last(), b.last() - 900))) {
            reader.next(1);
            int before = asks.get();
            Thread.sleep(50);
            assertThat(asks.get()).isEqualTo(before);
            reader.next(1);
            assertThat(asks.get()).isEqualTo(before + 1);
        }
    }

    @Test
    void asksNothingForAClientThatHasLeft() throws Exception {
        EventListener reader = a.subscribe(null);
        reader.hearsNothing(10);
        reader.close();
        int before = asks.get();
        b.say("1");
        Thread.sleep(50);
        assertThat(asks.get()).isEqualTo(before);
    }

    @Test
    void asksOnceForAllThatReadTheSame() {
        try (EventListener one = a.subscribe(null);
                EventListener two = a.subscribe(null);
                EventListener three = a.subscribe(null)) {
            List<EventListener> readers = List.of(one, two, three);
            readers.forEach(each -> each.hearsNothing(5));
            int before = asks.get();
            for (int i = 0; i < 10; i++) {
                b.say(Integer.toString(i));
                for (EventListener each : readers) {
                    assertThat(each.next(1)).containsExactly("b " + i);
                }
            }
            assertThat(asks.get() - before).isBetween(9, 11);
        }
    }

    /** They began in the middle of each other's pages. */
    @Test
    void thoseWhoBeganElsewhereSoonAskForTheSame() {
        long first = b.last();
        IntStream.range(0, 900).forEach(i -> b.say("x"));
        try (EventListener one = a.subscribe(id(a.last(), first));
                EventListener two = a.subscribe(id(a.last(), first + 100))) {
            for (int left = 900; left > 0; left -= one.next(1).size()) {
                assertThat(left).isPositive();
            }
            int before = asks.get();
            for (int left = 800; left > 0; left -= two.next(1).size()) {
                assertThat(left).isPositive();
            }
            assertThat(asks.get() - before).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aSlowSubscriberThatMissesSomethingOfAnotherNodeIsCut() {
        try (EventListener reader = a.subscribe(null)) {
            b.say("1");
            reader.next(1);
            reader.slow(TimeUnit.SECONDS.toNanos(2));
            IntStream.range(0, 2 * BUFFER).forEach(i -> b.say("x"));
            await().untilAsserted(
                            () -> {
                                reader.read();
                                assertThat(reader.cut()).isTrue();
                            });
        }
    }

    @Test
    void whoReadsAndMissesSomethingOfAnotherNodeIsNotCut() {
        try (EventListener reader = a.subscribe(null)) {
            b.say("1");
            reader.next(1);
            IntStream.range(0, 2 * BUFFER).forEach(i -> b.say("x"));
            assertThat(reader.next(1)).startsWith("b gap of " + BUFFER);
            assertThat(reader.cut()).isFalse();
        }
    }

    @Test
    void tellsOneNodeOnly() {
        try (EventListener other = a.subscribe(null, "b");
                EventListener own = a.subscribe(null, "a")) {
            assertThat(other.id()).isEqualTo(id(b, b.last()));
            assertThat(own.id()).isEqualTo(id(a, a.last()));
            a.say("1");
            b.say("2");
            assertThat(other.next(1)).containsExactly("b 2");
            assertThat(own.next(1)).containsExactly("a 1");
            try (EventListener again = a.subscribe(id(a.last() - 1, b.last() - 1), "b")) {
                assertThat(again.next(1)).containsExactly("b 2");
                assertThat(again.id()).isEqualTo(id(b, b.last()));
            }
        }
    }
}
