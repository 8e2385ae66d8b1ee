package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.events.EventFixtures;
import io.switchboard.peer.Elsewhere;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Gate;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
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
    private final Combiner combiner = new Combiner(registry, new Target.All());

    /** The first two peers: a pass goes from the one to the other. */
    private final FakeLink near = new FakeLink();

    private final FakeLink far = new FakeLink();

    CombinerTest() {
        registry.open(listener, near);
        registry.open(listener, far);
    }

    @Test
    void sendsToEveryPeerOfTheTarget() {
        FakeLink other = new FakeLink();
        registry.open(PeerFixtures.listener("other"), other);
        Combiner ofDefault = new Combiner(registry, new Target.OfListener("default"));
        DeliveryTracker tracker = tracker(Results.AUTO);
        ofDefault.send(message("hello", tracker), 5);
        assertThat(near.text()).isEqualTo("hello\n");
        assertThat(far.text()).isEqualTo("hello\n");
        assertThat(other.text()).isEmpty();
        assertThat(written(tracker)).isEqualTo(2);
    }

    @Test
    void whatArrivesDuringAPassGoesOutInOneWriteAPeer() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        near.kernel(gate);
        Elsewhere<Integer> leader = broadcast("first");
        gate.awaitEntered();
        List<Elsewhere<Integer>> waiting = new ArrayList<>();
        for (String text : List.of("b", "c", "d", "e")) {
            waiting.add(waitingBroadcast(text));
        }
        gate.open();
        assertThat(leader.result()).isEqualTo(2);
        for (Elsewhere<Integer> each : waiting) {
            assertThat(each.result()).as("each has its own tracker").isEqualTo(2);
        }
        assertThat(near.text()).isEqualTo("first\nb\nc\nd\ne\n");
        assertThat(far.text()).isEqualTo("first\nb\nc\nd\ne\n");
        assertThat(near.writes()).as("one for the leader, one for all others").hasSize(2);
        assertThat(far.writes()).hasSize(2);
    }

    @Test
    void aPassTakesABoundedNumberOfBytes() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        near.kernel(gate);
        Elsewhere<Integer> leader = broadcast("first");
        gate.awaitEntered();
        Elsewhere<Integer> second = waitingBroadcast("2".repeat(200_000));
        Elsewhere<Integer> third = waitingBroadcast("3".repeat(200_000));
        gate.open();
        leader.result();
        second.result();
        third.result();
        assertThat(far.writes()).hasSize(3);
        assertThat(far.size()).isEqualTo(6 + 2 * 200_001);
    }

    /** Race: a peer comes between two messages, and both go out in one pass. */
    @Test
    void onePassGivesEachPeerWhatWasSentSinceItCame() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        near.kernel(gate);
        Elsewhere<Integer> leader = broadcast("first", ConnectionCutoff.at(System.nanoTime()));
        gate.awaitEntered();
        Elsewhere<Integer> early =
                waitingBroadcast("early", ConnectionCutoff.at(System.nanoTime()));
        FakeLink newcomer = new FakeLink();
        registry.open(listener, newcomer);
        Elsewhere<Integer> late = waitingBroadcast("late", ConnectionCutoff.at(System.nanoTime()));
        Elsewhere<Integer> any = waitingBroadcast("any", ConnectionCutoff.NONE);
        gate.open();
        leader.result();
        assertThat(early.result()).isEqualTo(2);
        assertThat(late.result()).isEqualTo(3);
        assertThat(any.result()).isEqualTo(3);
        assertThat(far.text()).isEqualTo("first\nearly\nlate\nany\n");
        assertThat(far.writes()).hasSize(2);
        assertThat(newcomer.text()).isEqualTo("late\nany\n");
    }

    /** However large, a message that leads goes out; the bound is for what is added to it. */
    @Test
    void aMessageLargerThanTheBoundGoesOutAlone() {
        DeliveryTracker tracker = tracker(Results.AUTO);
        combiner.send(message("x".repeat(900_000), tracker), 900_000);
        assertThat(written(tracker)).isEqualTo(2);
    }

    /** Race: a sender that waits must not return while the pass that carries it is under way. */
    @Test
    void nobodyIsAnsweredBeforeItsPassEnds() throws Exception {
        Gate first = new Gate(FakeLink.TAKES_ALL);
        Gate second = new Gate(FakeLink.TAKES_ALL);
        near.kernel(first);
        AtomicInteger turn = new AtomicInteger();
        far.kernel(offered -> turn.getAndIncrement() == 0 ? offered : second.take(offered));
        Elsewhere<Integer> leader = broadcast("first");
        first.awaitEntered();
        Elsewhere<Integer> successor = waitingBroadcast("second");
        Elsewhere<Integer> follower = waitingBroadcast("third");
        assertThat(leader.done()).isFalse();

        first.open();
        leader.result();
        second.awaitEntered();
        assertThat(near.text()).as("it has them already").isEqualTo("first\nsecond\nthird\n");
        assertThat(successor.done()).isFalse();
        assertThat(follower.done()).isFalse();
        assertThat(LockSupport.getBlocker(follower.thread())).as("it still waits").isNotNull();

        second.open();
        assertThat(successor.result()).isEqualTo(2);
        assertThat(follower.result()).isEqualTo(2);
    }

    /** The leader leads one pass, and is not kept for those that others started meanwhile. */
    @Test
    void aLeaderIsAnsweredWhenItsOwnPassIsOver() throws Exception {
        Gate first = new Gate(FakeLink.TAKES_ALL);
        Gate second = new Gate(FakeLink.TAKES_ALL);
        near.kernel(first);
        Elsewhere<Integer> leader = broadcast("first");
        first.awaitEntered();
        near.kernel(second);
        Elsewhere<Integer> successor = waitingBroadcast("second");
        first.open();
        assertThat(leader.result()).isEqualTo(2);
        second.awaitEntered();
        assertThat(successor.done()).isFalse();
        second.open();
        successor.result();
    }

    /** Race: peers connect and leave while passes are under way; nobody else is skipped for it. */
    @Test
    void whoIsThereThroughoutGetsEverythingWhileOthersComeAndGo() throws Exception {
        Elsewhere<Boolean> traffic =
                Elsewhere.run(
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
        assertThat(near.text()).isEqualTo(all.toString());
        assertThat(far.text()).isEqualTo(all.toString());
    }

    @Test
    void allPeersSeeConcurrentBroadcastsOnceAndInTheSameOrder() throws Exception {
        int senders = 6;
        int each = 300;
        FakeLink slow = new FakeLink();
        Random random = new Random(3);
        // Takes a part now and then: its outbox must keep the order of the others.
        slow.kernel(offered -> random.nextInt(5) == 0 ? random.nextInt(offered + 1) : offered);
        var slowSession = registry.open(listener, slow);
        slow.onWish(() -> Thread.ofVirtual().name("loop").start(slowSession::writable));
        CyclicBarrier start = new CyclicBarrier(senders);
        List<Elsewhere<Integer>> threads = new ArrayList<>();
        for (int sender = 0; sender < senders; sender++) {
            String name = sender + ":";
            threads.add(
                    Elsewhere.call(
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
        for (Elsewhere<Integer> thread : threads) {
            assertThat(thread.result()).isEqualTo(each * 3);
        }
        assertThat(far.text()).isEqualTo(near.text());
        assertThat(slow.text()).isEqualTo(near.text());
        int[] next = new int[senders];
        for (String frame : near.text().split("\n", -1)) {
            if (!frame.isEmpty()) {
                int sender = frame.charAt(0) - '0';
                assertThat(frame).isEqualTo(sender + ":" + next[sender]++);
            }
        }
        assertThat(next).containsOnly(each);
        assertThat(near.writes().size()).isLessThanOrEqualTo(senders * each);
        assertThat(near.overlapped()).isFalse();
    }

    /** Race: the leader fails with others waiting. They must be led by another, not parked. */
    @Test
    void aLeaderThatFailsLeavesNobodyParked() throws Exception {
        Gate gate = new Gate(FakeLink.FULL);
        near.kernel(gate);
        near.onWish(CombinerTest::fail);
        Elsewhere<Integer> leader = broadcast("first");
        gate.awaitEntered();
        Elsewhere<Integer> successor = waitingBroadcast("second");
        Elsewhere<Integer> follower = waitingBroadcast("third");
        gate.open();

        assertThatThrownBy(leader::result).hasRootCauseMessage("a fault of our own");
        // near is blocked from now on and only queues: the successor's pass does not fail.
        assertThat(successor.result()).isEqualTo(1);
        assertThat(follower.result()).isEqualTo(1);
        assertThat(far.text()).isEqualTo("second\nthird\n");
        combiner.send(message("fourth", tracker(Results.NONE)), 6);
        assertThat(far.text()).as("and leading goes on").endsWith("fourth\n");
    }

    /** The same race, for those who are in the failing leader's own pass and behind it. */
    @Test
    void aLeaderThatFailsLeavesItsFollowersAndSuccessorsUnparked() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        near.kernel(gate);
        Elsewhere<Integer> leader = broadcast("first");
        gate.awaitEntered();
        Elsewhere<Integer> failing = waitingBroadcast("2".repeat(100_000));
        Elsewhere<Integer> follower = waitingBroadcast("3".repeat(100_000));
        Elsewhere<Integer> successor = waitingBroadcast("4".repeat(100_000));
        // The pass of the second and the third fails at its first peer.
        far.kernel(FakeLink.TAKES_ALL);
        AtomicInteger turn = new AtomicInteger();
        near.kernel(offered -> turn.getAndIncrement() == 0 ? 0 : offered);
        near.onWish(CombinerTest::fail);
        gate.open();
        leader.result();
        assertThatThrownBy(failing::result).hasRootCauseMessage("a fault of our own");
        await().atMost(Duration.ofSeconds(10)).until(follower::done);
        assertThat(successor.result()).isEqualTo(1);
        assertThat(far.text()).startsWith("first\n").endsWith("4\n");
    }

    /** Its message may have reached some and not others: that must not look like success. */
    @Test
    void aFollowerOfALeaderThatFailsIsToldSo() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        near.kernel(gate);
        Elsewhere<Integer> leader = broadcast("first");
        gate.awaitEntered();
        Elsewhere<Integer> failing = waitingBroadcast("second");
        Elsewhere<Integer> follower = waitingBroadcast("third");
        near.kernel(FakeLink.FULL);
        near.onWish(CombinerTest::fail);
        gate.open();
        leader.result();
        assertThatThrownBy(failing::result).hasRootCauseMessage("a fault of our own");
        assertThatThrownBy(follower::result)
                .hasRootCauseMessage("the broadcast that carried this one broke off");
    }

    /** The same for the half of a pass that the helper walks. */
    @Test
    void aSplitPassOfWhichOneHalfFailsFails() throws Exception {
        for (int peer = 0; peer < 2_500; peer++) {
            registry.open(listener, new FakeLink());
        }
        // The newest and the oldest peer are in different halves.
        FakeLink newest = new FakeLink(FakeLink.FULL);
        newest.onWish(CombinerTest::fail);
        registry.open(listener, newest);
        assertThatThrownBy(() -> combiner.send(message("x", tracker(Results.NONE)), 1))
                .isInstanceOf(RuntimeException.class);
        near.kernel(FakeLink.FULL);
        near.onWish(CombinerTest::fail);
        assertThatThrownBy(() -> combiner.send(message("y", tracker(Results.NONE)), 1))
                .isInstanceOf(RuntimeException.class);
    }

    /** From 2,000 peers on a pass is shared with a second thread, where there is a processor. */
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
        List<Elsewhere<Integer>> senders = new ArrayList<>();
        for (int sender = 0; sender < 3; sender++) {
            String text = "m" + sender;
            senders.add(
                    Elsewhere.call(
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
        for (Elsewhere<Integer> sender : senders) {
            assertThat(sender.result()).as("told by both halves").isEqualTo(3 * 2_502);
        }
        String everything = near.text();
        assertThat(Arrays.stream(everything.split("\n")).sorted())
                .containsExactly("m0", "m0", "m0", "m1", "m1", "m1", "m2", "m2", "m2");
        assertThat(links).allSatisfy(link -> assertThat(link.text()).isEqualTo(everything));
        if (Runtime.getRuntime().availableProcessors() > 1) {
            assertThat(threads).as("the sender's and the helper's").hasSize(2);
        }
    }

    /** Race: a sender is interrupted while it waits. Its message may be on its way already. */
    @Test
    void anInterruptedSenderStillWaitsForItsPassAndStaysInterrupted() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        near.kernel(gate);
        Elsewhere<Integer> leader = broadcast("first");
        gate.awaitEntered();
        AtomicInteger interruptions = new AtomicInteger();
        Elsewhere<Integer> waiting =
                Elsewhere.call(
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
        near.kernel(FakeLink.TAKES_ALL);
        gate.open();
        leader.result();
        assertThat(waiting.result()).isEqualTo(2);
        assertThat(interruptions).hasValue(1);
        assertThat(near.text()).isEqualTo("first\nsecond\n");
    }

    private static void fail() {
        throw new IllegalStateException("a fault of our own");
    }

    private Elsewhere<Integer> broadcast(String text) {
        return broadcast(text, ConnectionCutoff.NONE);
    }

    private Elsewhere<Integer> broadcast(String text, ConnectionCutoff cutoff) {
        return Elsewhere.call(
                () -> {
                    DeliveryTracker tracker = tracker(Results.AUTO);
                    combiner.send(new Batch.Message(payload(text), tracker, cutoff), text.length());
                    return written(tracker);
                });
    }

    /** A broadcast that arrives while another one is under way; returns when it waits. */
    private Elsewhere<Integer> waitingBroadcast(String text) {
        return waitingBroadcast(text, ConnectionCutoff.NONE);
    }

    private Elsewhere<Integer> waitingBroadcast(String text, ConnectionCutoff cutoff) {
        Elsewhere<Integer> sender = broadcast(text, cutoff);
        awaitParked(sender);
        return sender;
    }

    private static void awaitParked(Elsewhere<?> sender) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> LockSupport.getBlocker(sender.thread()) != null);
    }

    private static DeliveryTracker tracker(Results results) {
        return new DeliveryTracker(
                "id-1",
                EventFixtures.stream(PeerFixtures.registry()),
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
        return new Payload(
                new Send(
                        List.of(new Target.All()),
                        List.of(),
                        text.getBytes(ISO_8859_1),
                        null,
                        false,
                        Wait.WRITTEN,
                        Duration.ofSeconds(5),
                        Results.AUTO,
                        false));
    }
}
