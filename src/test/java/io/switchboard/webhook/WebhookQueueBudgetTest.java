package io.switchboard.webhook;

import static io.switchboard.webhook.WebhookFixtures.WHO;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.events.Event;
import io.switchboard.events.EventType;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.store.StoreFixtures;
import io.switchboard.webhook.WebhookQueue.AddResult;
import io.switchboard.webhook.WebhookQueue.PeerEventQueue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several queues with room of their own, and one budget. */
class WebhookQueueBudgetTest {
    /** The memory of each message of these tests. */
    private static final int MESSAGE = 1_000;

    private static final byte[] PAYLOAD = payload();

    private static final long POLL = TimeUnit.MICROSECONDS.toNanos(10);

    /** In nanoseconds, for what many threads do; otherwise they would never end. */
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(30);

    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");

    /** A queue, and a peer that sends. */
    private record Sender(WebhookQueue queue, PeerEventQueue events) {
        /** Sends a message if the peer may be read; returns whether it may. */
        boolean send() {
            PeerSession session = Objects.requireNonNull(events.session());
            if (!session.readPause().allows(session)) {
                return false;
            }
            assertThat(add()).isNotIn(AddResult.DROPPED, AddResult.CLOSED);
            return true;
        }

        AddResult add() {
            return queue.add(
                    events, EventType.MESSAGE, System.nanoTime(), WHO, PAYLOAD, false, null, null);
        }

        /** The back end accepts an event. */
        void post() {
            queue.done(Objects.requireNonNull(queue.next()));
        }

        boolean paused() {
            return Objects.requireNonNull(events.session()).readPause().paused();
        }
    }

    private static byte[] payload() {
        for (int size = MESSAGE; ; size--) {
            byte[] payload = new byte[size];
            if (WebhookQueue.memory(
                            new QueuedEvent.InMemory(
                                    new Event(
                                            1,
                                            EventType.MESSAGE,
                                            1,
                                            WHO,
                                            payload,
                                            false,
                                            null,
                                            null),
                                    null))
                    == MESSAGE) {
                return payload;
            }
        }
    }

    private static WebhookQueue queue(WebhookQueueBudget budget, String... settings) {
        Map<String, String> values = new HashMap<>(Map.of("url", "http://127.0.0.1:1/"));
        for (int at = 0; at < settings.length; at += 2) {
            values.put(settings[at], settings[at + 1]);
        }
        return new WebhookQueue(WebhookPropertiesTest.bind(values), 1, null, budget);
    }

    private Sender sender(WebhookQueueBudget budget, String... settings) {
        return sender(queue(budget, settings));
    }

    /** No test here uses the webhook of the queue, so it is null. */
    @SuppressWarnings("NullAway")
    private Sender sender(WebhookQueue queue) {
        PeerEventQueue events =
                queue.new PeerEventQueue(null, registry.open(listener, new FakeLink()), null);
        Objects.requireNonNull(events.session()).readPause().gate(events);
        return new Sender(queue, events);
    }

    private static WebhookQueueBudget budget(int messages) {
        return new WebhookQueueBudget((long) messages * MESSAGE);
    }

    /** Sends until the peer is paused; returns the number of messages that were sent. */
    private static int fill(Sender sender) {
        int sent = 0;
        while (sent < 10_000 && sender.send()) {
            sent++;
        }
        return sent;
    }

    @Test
    void twentyQueuesHaveOneBound() {
        WebhookQueueBudget budget = budget(100);
        List<Sender> senders = IntStream.range(0, 20).mapToObj(_ -> sender(budget)).toList();
        for (int round = 0; round < 200; round++) {
            senders.forEach(Sender::send);
        }
        assertThat(budget.used()).isEqualTo(100L * MESSAGE);
        assertThat(senders).allMatch(Sender::paused);
        assertThat(senders).allMatch(each -> each.queue().events() == 5);
    }

    @Test
    void anEmptyQueueAddsAMessageWhileTheBudgetIsFull() {
        WebhookQueueBudget budget = budget(10);
        assertThat(fill(sender(budget))).isEqualTo(10);
        Sender other = sender(budget);
        assertThat(other.send()).isTrue();
        assertThat(other.send()).as("not empty").isFalse();
        assertThat(budget.used()).isEqualTo(11L * MESSAGE);
        other.post();
        assertThat(other.paused()).isFalse();
        assertThat(other.send()).isTrue();
    }

    @Test
    void aQueueThatDropsDropsWhileTheBudgetIsFullUnlessItIsEmpty() {
        WebhookQueueBudget budget = budget(10);
        fill(sender(budget));
        Sender drops = sender(budget, "when-full", "drop");
        assertThat(drops.add()).isEqualTo(AddResult.NEEDS_WORKER);
        assertThat(drops.add()).isEqualTo(AddResult.DROPPED);
        assertThat(drops.paused()).isFalse();
        drops.post();
        assertThat(drops.add()).isNotEqualTo(AddResult.DROPPED);
    }

    @Test
    void aPausedPeerIsReadAgainWhenAnotherQueueHasFreedAnEighth() {
        WebhookQueueBudget budget = budget(16);
        Sender waits = sender(budget);
        assertThat(waits.send()).isTrue();
        Sender other = sender(budget);
        fill(other);
        assertThat(waits.send()).isFalse();
        other.post();
        assertThat(waits.paused()).as("one of 16 is free").isTrue();
        other.post();
        assertThat(waits.paused()).isFalse();
        assertThat(waits.send()).isTrue();
    }

    @Test
    void queuesTakeTurns() {
        WebhookQueueBudget budget = budget(16);
        List<List<Sender>> waiting = new ArrayList<>();
        for (int queue = 0; queue < 3; queue++) {
            Sender first = sender(budget);
            first.send();
            waiting.add(List.of(first, sender(first.queue()), sender(first.queue())));
        }
        Sender other = sender(budget);
        fill(other);
        waiting.forEach(each -> each.forEach(sender -> assertThat(sender.send()).isFalse()));
        other.post();
        List<List<Long>> resumed = new ArrayList<>();
        for (int post = 0; post < 7; post++) {
            other.post();
            resumed.add(
                    waiting.stream()
                            .map(each -> each.stream().filter(peer -> !peer.paused()).count())
                            .toList());
        }
        // the queue that posts has a peer that waits, too
        assertThat(resumed)
                .containsSubsequence(List.of(1L, 0L, 0L), List.of(1L, 1L, 0L), List.of(1L, 1L, 1L));
        assertThat(resumed.getLast().stream().mapToLong(Long::longValue).sum())
                .as("one for each event that left, and no more")
                .isBetween(5L, 7L);
    }

    @Test
    void aQueueThatIsClosedResumesThePeersOfOthers() {
        WebhookQueueBudget budget = budget(16);
        List<Sender> waiting = IntStream.range(0, 2).mapToObj(_ -> sender(budget)).toList();
        waiting.forEach(Sender::send);
        Sender other = sender(budget);
        fill(other);
        waiting.forEach(Sender::send);
        assertThat(waiting).allMatch(Sender::paused);
        other.queue().close();
        assertThat(waiting).noneMatch(Sender::paused);
    }

    @Test
    void anEmptyQueueResumesOnePeerForEachEventWhileTheBudgetIsFull() {
        WebhookQueueBudget budget = budget(10);
        fill(sender(budget));
        Sender first = sender(budget);
        first.send();
        List<Sender> waiting = IntStream.range(0, 5).mapToObj(_ -> sender(first.queue())).toList();
        waiting.forEach(Sender::send);
        assertThat(waiting).allMatch(Sender::paused);
        first.post();
        assertThat(waiting).map(Sender::paused).containsExactly(false, true, true, true, true);
        waiting.getFirst().send(); // allowed, so it resumes the next, whose read is refused
        assertThat(waiting.get(1).send()).isFalse();
        assertThat(waiting).map(Sender::paused).containsExactly(false, true, true, true, true);
        first.post();
        assertThat(waiting).map(Sender::paused).containsExactly(false, true, false, true, true);
    }

    /** A peer of UDP is not read when it is resumed, but when it sends the next time. */
    @Test
    void whoeverLooksAgainResumesAllPeersOfAnEmptyQueue() {
        WebhookQueueBudget budget = budget(10);
        Sender full = sender(budget);
        fill(full);
        Sender first = sender(budget);
        first.send();
        List<Sender> waiting = IntStream.range(0, 5).mapToObj(_ -> sender(first.queue())).toList();
        waiting.forEach(Sender::send);
        first.post();
        budget.lookAgain();
        assertThat(waiting).noneMatch(Sender::paused);
        assertThat(full.paused()).as("it is not empty").isTrue();
    }

    @Test
    void aResumedPeerThatClosesResumesTheNext() {
        WebhookQueueBudget budget = budget(10);
        fill(sender(budget));
        Sender first = sender(budget);
        first.send();
        List<Sender> waiting = IntStream.range(0, 2).mapToObj(_ -> sender(first.queue())).toList();
        waiting.forEach(Sender::send);
        first.post();
        assertThat(waiting).map(Sender::paused).containsExactly(false, true);
        first.queue().peerClosed(waiting.getFirst().events());
        assertThat(waiting.getLast().paused()).isFalse();
    }

    @Test
    void aClosedQueueReleasesWhatItHasInEachState() {
        WebhookQueueBudget budget = budget(100);
        WebhookQueue queue = queue(budget);
        List<Sender> senders = IntStream.range(0, 3).mapToObj(_ -> sender(queue)).toList();
        for (Sender each : senders) {
            each.send();
            each.send();
        }
        PeerEventQueue posting = Objects.requireNonNull(queue.next());
        PeerEventQueue backingOff = Objects.requireNonNull(queue.next());
        queue.backOff(backingOff);
        assertThat(budget.used()).isEqualTo(6L * MESSAGE);
        assertThat(queue.close()).isEqualTo(6);
        assertThat(budget.used()).isZero();
        queue.done(posting);
        queue.retry(backingOff);
        assertThat(senders.getFirst().add()).isEqualTo(AddResult.CLOSED);
        queue.close();
        assertThat(budget.used()).isZero();
    }

    @Test
    void eventsInTheStoreTakeHalfOfTheBudget() {
        WebhookQueueBudget budget = budget(10);
        Sender other = sender(budget);
        for (int message = 0; message < 5; message++) {
            other.send();
        }
        Sender stored = sender(budget);
        assertThat(stored.queue().hasRoom()).as("it is empty").isTrue();
        stored.send();
        assertThat(stored.queue().hasRoom()).isFalse();
        other.post();
        other.post();
        assertThat(stored.queue().hasRoom()).isTrue();
    }

    @Test
    void whatIsNotStoredYetHasTheBudgetToo() {
        WebhookQueueBudget budget = budget(10);
        Unstored unstored =
                new Unstored(
                        WebhookPropertiesTest.bind(Map.of("url", "http://127.0.0.1:1/")),
                        1,
                        StoreFixtures.bytes(1_000_000),
                        budget);
        fill(sender(budget));
        assertThat(unstored.full()).as("empty").isFalse();
        unstored.add(1, MESSAGE);
        unstored.reserve(2_000);
        assertThat(unstored.full()).isTrue();
        assertThat(budget.used()).isEqualTo(13L * MESSAGE);
        unstored.close();
        unstored.add(-1, -MESSAGE); // the backlog's thread ends later
        unstored.reserve(-2_000);
        unstored.close();
        assertThat(budget.used()).isEqualTo(10L * MESSAGE);
    }

    /** The event that leaves and the peer that is paused do not see each other. */
    @Test
    void aPeerThatIsPausedWhileTheBudgetIsFreedIsResumed() throws Exception {
        int rounds = 3_000;
        CyclicBarrier barrier = new CyclicBarrier(2);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < rounds; round++) {
                WebhookQueueBudget budget = budget(1);
                Sender waits = sender(budget, "queue", "10");
                waits.send();
                Sender other = sender(budget, "queue", "10");
                other.send();
                // what is left of the queue's own is little enough to be resumed by others only
                budget.release(MESSAGE);
                Future<?> send =
                        threads.submit(
                                () -> {
                                    barrier.await();
                                    return waits.send();
                                });
                Future<?> post =
                        threads.submit(
                                () -> {
                                    barrier.await();
                                    other.post();
                                    return null;
                                });
                send.get();
                post.get();
                assertThat(waits.paused()).as("round " + round).isFalse();
            }
        }
    }

    @Test
    void manyQueuesThatFillTheBudgetAtOnceStandStillNever() throws Exception {
        WebhookQueueBudget budget = budget(20);
        int queues = 8;
        int peers = 4;
        int messages = 500;
        List<Sender> senders = new ArrayList<>();
        List<Future<?>> ends = new ArrayList<>();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            for (int each = 0; each < queues; each++) {
                WebhookQueue queue = queue(budget);
                for (int peer = 0; peer < peers; peer++) {
                    Sender sender = sender(queue);
                    senders.add(sender);
                    ends.add(threads.submit(() -> send(sender, messages)));
                }
                ends.add(threads.submit(() -> post(queue, peers * messages)));
            }
            for (Future<?> each : ends) {
                each.get();
            }
        }
        assertThat(budget.used()).isZero();
        assertThat(senders).noneMatch(Sender::paused);
    }

    private static Object send(Sender sender, int messages) {
        long end = System.nanoTime() + LIMIT;
        for (int sent = 0; sent < messages; ) {
            assertThat(System.nanoTime()).as("sent " + sent).isLessThan(end);
            if (!sender.paused() && sender.send()) {
                sent++;
            } else {
                LockSupport.parkNanos(POLL);
            }
        }
        return sender;
    }

    private static Object post(WebhookQueue queue, int messages) {
        long end = System.nanoTime() + LIMIT;
        for (int posted = 0; posted < messages; ) {
            assertThat(System.nanoTime()).as("posted " + posted).isLessThan(end);
            PeerEventQueue next = queue.next();
            if (next != null) {
                queue.done(next);
                posted++;
            } else {
                LockSupport.parkNanos(POLL);
            }
        }
        return queue;
    }
}
