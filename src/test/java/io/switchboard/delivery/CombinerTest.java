package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.events.EventFixtures;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Gate;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.Reach;
import io.switchboard.peer.ThreadTask;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class CombinerTest {
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final Combiner combiner =
            new Combiner(registry, new Recipients(new Target.All(), Reach.ALL));

    /** The links of the first two peers. A pass offers to the first one first. */
    private final FakeLink firstLink = new FakeLink();

    private final FakeLink secondLink = new FakeLink();

    CombinerTest() {
        registry.open(listener, firstLink);
        registry.open(listener, secondLink);
    }

    @Test
    void sendsToEveryPeerOfTheTarget() {
        FakeLink other = new FakeLink();
        registry.open(PeerFixtures.listener("other"), other);
        Combiner ofDefault =
                new Combiner(registry, new Recipients(new Target.OfListener("default"), Reach.ALL));
        DeliveryTracker tracker = tracker(Results.AUTO);
        ofDefault.send(message("hello", tracker), 5);
        assertThat(firstLink.text()).isEqualTo("hello\n");
        assertThat(secondLink.text()).isEqualTo("hello\n");
        assertThat(other.text()).isEmpty();
        assertThat(written(tracker)).isEqualTo(2);
    }

    @Test
    void broadcastsThatArriveDuringAPassGoOutInOneWritePerPeer() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        firstLink.kernel(gate);
        ThreadTask<Integer> leader = broadcast("first");
        gate.awaitEntered();
        List<ThreadTask<Integer>> waiting = new ArrayList<>();
        for (String text : List.of("b", "c", "d", "e")) {
            waiting.add(waitingBroadcast(text));
        }
        gate.open();
        assertThat(leader.result()).isEqualTo(2);
        for (ThreadTask<Integer> each : waiting) {
            assertThat(each.result()).as("each has its own tracker").isEqualTo(2);
        }
        assertThat(firstLink.text()).isEqualTo("first\nb\nc\nd\ne\n");
        assertThat(secondLink.text()).isEqualTo("first\nb\nc\nd\ne\n");
        assertThat(firstLink.writes()).as("one for the leader, one for all others").hasSize(2);
        assertThat(secondLink.writes()).hasSize(2);
    }

    @Test
    void aPassTakesABoundedNumberOfBytes() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        firstLink.kernel(gate);
        ThreadTask<Integer> leader = broadcast("first");
        gate.awaitEntered();
        ThreadTask<Integer> second = waitingBroadcast("2".repeat(200_000));
        ThreadTask<Integer> third = waitingBroadcast("3".repeat(200_000));
        gate.open();
        leader.result();
        second.result();
        third.result();
        assertThat(secondLink.writes()).hasSize(3);
        assertThat(secondLink.size()).isEqualTo(6 + 2 * 200_001);
    }

    /** Race: a peer connects between two messages, and both go out in one pass. */
    @Test
    void aPeerGetsOnlyTheMessagesOfAPassThatWereSentAfterItConnected() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        firstLink.kernel(gate);
        ThreadTask<Integer> leader = broadcast("first", ConnectionCutoff.at(System.nanoTime()));
        gate.awaitEntered();
        ThreadTask<Integer> early =
                waitingBroadcast("early", ConnectionCutoff.at(System.nanoTime()));
        FakeLink newcomer = new FakeLink();
        registry.open(listener, newcomer);
        ThreadTask<Integer> late = waitingBroadcast("late", ConnectionCutoff.at(System.nanoTime()));
        ThreadTask<Integer> any = waitingBroadcast("any", ConnectionCutoff.NONE);
        gate.open();
        leader.result();
        assertThat(early.result()).isEqualTo(2);
        assertThat(late.result()).isEqualTo(3);
        assertThat(any.result()).isEqualTo(3);
        assertThat(secondLink.text()).isEqualTo("first\nearly\nlate\nany\n");
        assertThat(secondLink.writes()).hasSize(2);
        assertThat(newcomer.text()).isEqualTo("late\nany\n");
    }

    /** The bound limits the messages that are added to the leader's, not the leader's own. */
    @Test
    void aMessageLargerThanTheBoundIsSent() {
        DeliveryTracker tracker = tracker(Results.AUTO);
        combiner.send(message("x".repeat(900_000), tracker), 900_000);
        assertThat(written(tracker)).isEqualTo(2);
    }

    /** Race: a waiting sender must not return before the pass that contains its message ends. */
    @Test
    void noSenderReturnsBeforeItsPassEnds() throws Exception {
        Gate first = new Gate(FakeLink.TAKES_ALL);
        Gate second = new Gate(FakeLink.TAKES_ALL);
        firstLink.kernel(first);
        AtomicInteger turn = new AtomicInteger();
        secondLink.kernel(offered -> turn.getAndIncrement() == 0 ? offered : second.take(offered));
        ThreadTask<Integer> leader = broadcast("first");
        first.awaitEntered();
        ThreadTask<Integer> successor = waitingBroadcast("second");
        ThreadTask<Integer> follower = waitingBroadcast("third");
        assertThat(leader.done()).isFalse();

        first.open();
        leader.result();
        second.awaitEntered();
        assertThat(firstLink.text())
                .as("it already got all messages")
                .isEqualTo("first\nsecond\nthird\n");
        assertThat(successor.done()).isFalse();
        assertThat(follower.done()).isFalse();
        assertThat(LockSupport.getBlocker(follower.thread())).as("it is still parked").isNotNull();

        second.open();
        assertThat(successor.result()).isEqualTo(2);
        assertThat(follower.result()).isEqualTo(2);
    }

    /**
     * A leader makes one pass. It does not stay for the broadcasts that arrived during the pass.
     */
    @Test
    void aLeaderReturnsWhenItsOwnPassEnds() throws Exception {
        Gate first = new Gate(FakeLink.TAKES_ALL);
        Gate second = new Gate(FakeLink.TAKES_ALL);
        firstLink.kernel(first);
        ThreadTask<Integer> leader = broadcast("first");
        first.awaitEntered();
        firstLink.kernel(second);
        ThreadTask<Integer> successor = waitingBroadcast("second");
        first.open();
        assertThat(leader.result()).isEqualTo(2);
        second.awaitEntered();
        assertThat(successor.done()).isFalse();
        second.open();
        successor.result();
    }

    /** Race: peers connect and close during passes. No other peer may be skipped. */
    @Test
    void aPeerThatStaysConnectedGetsEverythingWhileOthersConnectAndClose() throws Exception {
        ThreadTask<Boolean> traffic =
                ThreadTask.run(
                        () -> {
                            for (int turn = 0; turn < 2_000; turn++) {
                                registry.open(listener, new FakeLink()).peerClosed();
                            }
                        });
        StringBuilder all = new StringBuilder();
        for (int turn = 0; turn < 500; turn++) {
            combiner.send(message("m" + turn, tracker(Results.NONE)), 5);
            all.append('m').append(turn).append('\n');
        }
        traffic.result();
        assertThat(firstLink.text()).isEqualTo(all.toString());
        assertThat(secondLink.text()).isEqualTo(all.toString());
    }

    @Test
    void allPeersSeeConcurrentBroadcastsOnceAndInTheSameOrder() throws Exception {
        int senders = 6;
        int each = 300;
        FakeLink slow = new FakeLink();
        Random random = new Random(3);
        // Accepts only a part of some writes: its outbox must keep the order of all messages.
        slow.kernel(offered -> random.nextInt(5) == 0 ? random.nextInt(offered + 1) : offered);
        var slowSession = registry.open(listener, slow);
        slow.onWakeRequest(() -> Thread.ofVirtual().name("loop").start(slowSession::writable));
        CyclicBarrier start = new CyclicBarrier(senders);
        List<ThreadTask<Integer>> threads = new ArrayList<>();
        for (int sender = 0; sender < senders; sender++) {
            String name = sender + ":";
            threads.add(
                    ThreadTask.call(
                            () -> {
                                start.await(10, TimeUnit.SECONDS);
                                int written = 0;
                                for (int seq = 0; seq < each; seq++) {
                                    DeliveryTracker tracker = tracker(Results.NONE);
                                    combiner.send(message(name + seq, tracker), 6);
                                    tracker.await(Duration.ofSeconds(10));
                                    written += written(tracker);
                                }
                                return written;
                            }));
        }
        for (ThreadTask<Integer> thread : threads) {
            assertThat(thread.result()).isEqualTo(each * 3);
        }
        assertThat(secondLink.text()).isEqualTo(firstLink.text());
        assertThat(slow.text()).isEqualTo(firstLink.text());
        int[] next = new int[senders];
        for (String frame : firstLink.text().split("\n", -1)) {
            if (!frame.isEmpty()) {
                int sender = frame.charAt(0) - '0';
                assertThat(frame).isEqualTo(sender + ":" + next[sender]++);
            }
        }
        assertThat(next).containsOnly(each);
        assertThat(firstLink.writes().size()).isLessThanOrEqualTo(senders * each);
        assertThat(firstLink.overlapped()).isFalse();
    }

    /** Race: the leader fails while others wait. One of them must become the leader. */
    @Test
    void aLeaderThatFailsLeavesNoSenderParked() throws Exception {
        Gate gate = new Gate(FakeLink.FULL);
        firstLink.kernel(gate);
        firstLink.onWakeRequest(CombinerTest::fail);
        ThreadTask<Integer> leader = broadcast("first");
        gate.awaitEntered();
        ThreadTask<Integer> successor = waitingBroadcast("second");
        ThreadTask<Integer> follower = waitingBroadcast("third");
        gate.open();

        assertThatThrownBy(leader::result).hasRootCauseMessage("injected failure");
        // The first peer's outbox now only queues, so that the successor's pass does not fail.
        assertThat(successor.result()).isEqualTo(1);
        assertThat(follower.result()).isEqualTo(1);
        assertThat(secondLink.text()).isEqualTo("second\nthird\n");
        combiner.send(message("fourth", tracker(Results.NONE)), 6);
        assertThat(secondLink.text()).as("a later broadcast finds a leader").endsWith("fourth\n");
    }

    /**
     * Race: a leader fails while others are part of its pass, and another waits for the next one.
     */
    @Test
    void aLeaderThatFailsLeavesItsFollowersAndSuccessorsUnparked() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        firstLink.kernel(gate);
        ThreadTask<Integer> leader = broadcast("first");
        gate.awaitEntered();
        ThreadTask<Integer> failing = waitingBroadcast("2".repeat(100_000));
        ThreadTask<Integer> follower = waitingBroadcast("3".repeat(100_000));
        ThreadTask<Integer> successor = waitingBroadcast("4".repeat(100_000));
        // The pass of the second and the third fails at its first peer.
        secondLink.kernel(FakeLink.TAKES_ALL);
        AtomicInteger turn = new AtomicInteger();
        firstLink.kernel(offered -> turn.getAndIncrement() == 0 ? 0 : offered);
        firstLink.onWakeRequest(CombinerTest::fail);
        gate.open();
        leader.result();
        assertThatThrownBy(failing::result).hasRootCauseMessage("injected failure");
        await().until(follower::done);
        assertThat(successor.result()).isEqualTo(1);
        assertThat(secondLink.text()).startsWith("first\n").endsWith("4\n");
    }

    /** The message may have reached only some peers, so that its sender must get an error. */
    @Test
    void theFollowersOfALeaderThatFailsFailToo() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        firstLink.kernel(gate);
        ThreadTask<Integer> leader = broadcast("first");
        gate.awaitEntered();
        ThreadTask<Integer> failing = waitingBroadcast("second");
        ThreadTask<Integer> follower = waitingBroadcast("third");
        firstLink.kernel(FakeLink.FULL);
        firstLink.onWakeRequest(CombinerTest::fail);
        gate.open();
        leader.result();
        assertThatThrownBy(failing::result).hasRootCauseMessage("injected failure");
        assertThatThrownBy(follower::result)
                .hasRootCauseMessage(
                        "the pass that contained this broadcast failed: some peers may not have got it");
    }

    /** A pass over many peers is split between two threads; either of them may fail. */
    @Test
    void aSplitPassFailsIfOneHalfFails() throws Exception {
        for (int peer = 0; peer < 2_500; peer++) {
            registry.open(listener, new FakeLink());
        }
        // The newest and the oldest peer are in different halves.
        FakeLink newest = new FakeLink(FakeLink.FULL);
        newest.onWakeRequest(CombinerTest::fail);
        registry.open(listener, newest);
        assertThatThrownBy(() -> combiner.send(message("x", tracker(Results.NONE)), 1))
                .isInstanceOf(RuntimeException.class);
        firstLink.kernel(FakeLink.FULL);
        firstLink.onWakeRequest(CombinerTest::fail);
        assertThatThrownBy(() -> combiner.send(message("y", tracker(Results.NONE)), 1))
                .isInstanceOf(RuntimeException.class);
    }

    /** From 2,000 peers on, a second thread makes half of a pass if there is a second processor. */
    @Test
    void aSplitPassReachesEachPeerOnce() throws Exception {
        Set<Boolean> threads = ConcurrentHashMap.newKeySet();
        List<FakeLink> links = new ArrayList<>();
        for (int peer = 0; peer < 2_500; peer++) {
            FakeLink link =
                    new FakeLink(
                            offered -> {
                                threads.add(Thread.currentThread().isVirtual());
                                return offered;
                            });
            links.add(link);
            registry.open(listener, link);
        }
        List<ThreadTask<Integer>> senders = new ArrayList<>();
        for (int sender = 0; sender < 3; sender++) {
            String text = "m" + sender;
            senders.add(
                    ThreadTask.call(
                            () -> {
                                int written = 0;
                                for (int turn = 0; turn < 3; turn++) {
                                    DeliveryTracker tracker = tracker(Results.AUTO);
                                    combiner.send(message(text, tracker), 2);
                                    written += written(tracker);
                                }
                                return written;
                            }));
        }
        for (ThreadTask<Integer> sender : senders) {
            assertThat(sender.result()).as("counted by both halves").isEqualTo(3 * 2_502);
        }
        String everything = firstLink.text();
        assertThat(Arrays.stream(everything.split("\n")).sorted())
                .containsExactly("m0", "m0", "m0", "m1", "m1", "m1", "m2", "m2", "m2");
        assertThat(links).allSatisfy(link -> assertThat(link.text()).isEqualTo(everything));
        if (Runtime.getRuntime().availableProcessors() > 1) {
            assertThat(threads).as("the sender's and the helper's").hasSize(2);
        }
    }

    /** Race: a sender is interrupted while it waits. Its message may already be partly sent. */
    @Test
    void anInterruptedSenderStillWaitsForItsPassAndStaysInterrupted() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        firstLink.kernel(gate);
        ThreadTask<Integer> leader = broadcast("first");
        gate.awaitEntered();
        AtomicInteger interruptions = new AtomicInteger();
        ThreadTask<Integer> waiting =
                ThreadTask.call(
                        () -> {
                            DeliveryTracker tracker = tracker(Results.NONE);
                            combiner.send(message("second", tracker), 6);
                            if (Thread.interrupted()) {
                                interruptions.incrementAndGet();
                            }
                            return written(tracker);
                        });
        awaitParked(waiting);
        waiting.thread().interrupt();
        // Parking returns at once while the interrupt is pending: it must not become a busy loop.
        ThreadMXBean cpu = ManagementFactory.getThreadMXBean();
        long before = cpu.getThreadCpuTime(waiting.thread().threadId());
        await().during(Duration.ofMillis(200))
                .until(
                        () ->
                                !waiting.done()
                                        && cpu.getThreadCpuTime(waiting.thread().threadId())
                                                < before + TimeUnit.MILLISECONDS.toNanos(20));
        firstLink.kernel(FakeLink.TAKES_ALL);
        gate.open();
        leader.result();
        assertThat(waiting.result()).isEqualTo(2);
        assertThat(interruptions).hasValue(1);
        assertThat(firstLink.text()).isEqualTo("first\nsecond\n");
    }

    private static void fail() {
        throw new IllegalStateException("injected failure");
    }

    private ThreadTask<Integer> broadcast(String text) {
        return broadcast(text, ConnectionCutoff.NONE);
    }

    private ThreadTask<Integer> broadcast(String text, ConnectionCutoff cutoff) {
        return ThreadTask.call(
                () -> {
                    DeliveryTracker tracker = tracker(Results.AUTO);
                    combiner.send(new Batch.Message(payload(text), tracker, cutoff), text.length());
                    return written(tracker);
                });
    }

    /** Starts a broadcast during the pass of another one; returns when it is parked. */
    private ThreadTask<Integer> waitingBroadcast(String text) {
        return waitingBroadcast(text, ConnectionCutoff.NONE);
    }

    private ThreadTask<Integer> waitingBroadcast(String text, ConnectionCutoff cutoff) {
        ThreadTask<Integer> sender = broadcast(text, cutoff);
        awaitParked(sender);
        return sender;
    }

    private static void awaitParked(ThreadTask<?> sender) {
        await().pollInterval(Duration.ofMillis(1))
                .until(() -> LockSupport.getBlocker(sender.thread()) != null);
    }

    private static DeliveryTracker tracker(Results results) {
        return new DeliveryTracker(
                "id-1",
                EventFixtures.stream(PeerFixtures.registry()),
                DeliveryFixtures.budget(),
                payload(""),
                results,
                Wait.WRITTEN);
    }

    private static int written(DeliveryTracker tracker) {
        return tracker.report().written();
    }

    private static Batch.Message message(String text, DeliveryTracker tracker) {
        return new Batch.Message(payload(text), tracker, ConnectionCutoff.NONE);
    }

    private static Payload payload(String text) {
        return new Payload(SendBuilder.to(new Target.All()).payload(text).build());
    }
}
