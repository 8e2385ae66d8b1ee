package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.frames;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.Peer.Traffic;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PeerSessionTest {
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private final FakeLink link = new FakeLink();
    private final PeerRegistry registry = registry();
    private final Listener listener = listener("default");
    private final PeerSession session = registry.open(listener, link);

    @Test
    void tellsWhoIsBehindAProxy() {
        assertThat(session.facts().proxy()).isNull();
        InetSocketAddress client = new InetSocketAddress("2001:db8::7", 53_412);
        link.client(client);
        Peer facts = session.facts();
        assertThat(facts.peername()).isEqualTo(new Endpoint.Inet("2001:db8::7", 53_412));
        assertThat(facts.family()).isEqualTo("AF_INET6");
        assertThat(facts.proxy()).isEqualTo(new Endpoint.Inet("127.0.0.1", 40_001));
        assertThat(session.address()).isEqualTo(client.getAddress());
        assertThat(session.link().remote()).isEqualTo(link.remote());
    }

    @Test
    void tellsItsFacts() {
        session.received(2, 30);
        offer("hello\n", new Told());
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new Told());
        link.partialFrameBytes(7);

        Peer facts = session.facts();
        assertThat(facts.id()).isEqualTo(session.id());
        assertThat(facts.name()).isNull();
        assertThat(facts.groups()).isEmpty();
        assertThat(facts.transport()).isEqualTo("tcp");
        assertThat(facts.family()).isEqualTo("AF_INET");
        assertThat(facts.type()).isEqualTo("SOCK_STREAM");
        assertThat(facts.direction()).isEqualTo("inbound");
        assertThat(facts.listener()).isEqualTo("default");
        assertThat(facts.framing()).isEqualTo("line");
        assertThat(facts.peername()).isEqualTo(new Endpoint.Inet("127.0.0.1", 40_001));
        assertThat(facts.sockname()).isEqualTo(new Endpoint.Inet("127.0.0.1", 8_000));
        assertThat(facts.state()).isEqualTo(PeerState.OPEN);
        assertThat(facts.closeReason()).isNull();
        assertThat(facts.closeDetail()).isNull();
        assertThat(facts.closedAt()).isNull();
        assertThat(facts.lastReceivedAt()).isNotNull().isAfterOrEqualTo(facts.connectedAt());
        assertThat(facts.lastSentAt()).isNotNull().isAfterOrEqualTo(facts.connectedAt());
        assertThat(facts.received()).isEqualTo(new Traffic(2, 30));
        assertThat(facts.sent()).isEqualTo(new Traffic(1, 6));
        assertThat(facts.queued()).isEqualTo(new Traffic(1, 8));
        assertThat(facts.partialFrameBytes()).isEqualTo(7);
    }

    @Test
    void saysNothingOfWhatHasNotHappened() {
        Peer facts = session.facts();
        assertThat(facts.lastReceivedAt()).isNull();
        assertThat(facts.lastSentAt()).isNull();
        assertThat(facts.received()).isEqualTo(Traffic.NONE);
        assertThat(facts.sent()).isEqualTo(Traffic.NONE);
    }

    @Test
    void countsWhatItReceives() {
        session.received(1, 10);
        session.received(0, 5);
        assertThat(session.facts().received()).isEqualTo(new Traffic(1, 15));
        assertThat(listener.counters().get(Count.RECEIVED_MESSAGES)).isEqualTo(1);
        assertThat(listener.counters().get(Count.RECEIVED_BYTES)).isEqualTo(15);
    }

    @Test
    void closesInGoodOrder() {
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        offer("waiting\n", told);
        session.close(CloseReason.KICKED, "maintenance", "bye\n".getBytes(ISO_8859_1), FLUSH);
        assertThat(session.facts().state()).isEqualTo(PeerState.DRAINING);
        assertThat(session.facts().closeReason()).isEqualTo(CloseReason.KICKED);
        assertThat(session.facts().closeDetail()).isEqualTo("maintenance");
        assertThat(session.facts().closedAt()).isNull();
        assertThat(registry.sessions()).containsExactly(session);

        link.kernel(FakeLink.TAKES_ALL);
        session.writable();
        assertThat(link.text()).isEqualTo("waiting\nbye\n");
        assertThat(told.lines()).containsExactly("queued", "written 8");
        assertThat(link.finished()).isEqualTo(1);
        assertThat(link.aborted()).isZero();
        Peer last = registry.recentlyClosed().getFirst();
        assertThat(last.state()).isEqualTo(PeerState.CLOSED);
        assertThat(last.closeReason()).isEqualTo(CloseReason.KICKED);
        assertThat(last.closedAt()).isNotNull();
        assertThat(last.sent()).isEqualTo(new Traffic(2, 12));
        assertThat(registry.sessions()).isEmpty();
    }

    @Test
    void theFirstReasonWins() {
        session.abort(CloseReason.FRAME_DEADLINE, "first");
        session.abort(CloseReason.RESET, "second");
        session.broken(new IOException("third"));
        session.peerClosed();
        session.close(CloseReason.KICKED, "fourth", null, FLUSH);
        assertThat(session.facts().closeReason()).isEqualTo(CloseReason.FRAME_DEADLINE);
        assertThat(session.facts().closeDetail()).isEqualTo("first");
    }

    @Test
    void closingTwiceRegistersOneClose() {
        session.abort(CloseReason.KICKED, null);
        session.abort(CloseReason.KICKED, null);
        session.peerClosed();
        assertThat(listener.counters().peers()).isZero();
        assertThat(listener.counters().closed(CloseReason.KICKED)).isEqualTo(1);
        assertThat(listener.counters().closed(CloseReason.PEER_CLOSED)).isZero();
        assertThat(registry.recentlyClosed()).hasSize(1);
        assertThat(link.aborted()).isEqualTo(1);
        assertThat(link.finished()).isZero();
    }

    /** Race: an operator, the peer, the network and the sweeper end it at the same moment. */
    @Test
    void manyThreadsClosingRegisterOneClose() throws Exception {
        for (int round = 0; round < 500; round++) {
            FakeLink its = new FakeLink();
            Listener one = listener("one");
            PeerSession contested = registry.open(one, its);
            CyclicBarrier start = new CyclicBarrier(4);
            List<Runnable> ways =
                    List.of(
                            () -> contested.close(CloseReason.KICKED, null, null, FLUSH),
                            contested::peerClosed,
                            () -> contested.broken(new IOException("Connection reset")),
                            () -> contested.abort(CloseReason.FRAME_TOO_LARGE, null));
            List<Elsewhere<Boolean>> closers = new ArrayList<>();
            for (Runnable way : ways) {
                closers.add(
                        Elsewhere.call(
                                () -> {
                                    start.await(10, TimeUnit.SECONDS);
                                    way.run();
                                    return true;
                                }));
            }
            for (Elsewhere<Boolean> closer : closers) {
                closer.result();
            }
            long closes = 0;
            for (CloseReason reason : CloseReason.values()) {
                closes += one.counters().closed(reason);
            }
            CloseReason settled = registry.recentlyClosed().getLast().closeReason();
            assertThat(closes).isEqualTo(1);
            assertThat(settled).isNotNull();
            assertThat(one.counters().closed(settled)).as("alike everywhere").isEqualTo(1);
            assertThat(contested.facts().closeReason()).isEqualTo(settled);
            assertThat(one.counters().peers()).isZero();
            assertThat(its.finished() + its.aborted()).isEqualTo(1);
        }
    }

    /** The same race, close together and often: the first reason counts wherever it is told. */
    @Test
    @SuppressWarnings("ThreadPriorityCheck") // spins for closeness, and gives way on one processor
    void twoThreadsEndingItAtTheSameMomentAgreeOnOneReason() throws Exception {
        int rounds = 4_000;
        PeerRegistry all = registry(PeerFixtures.limits(1_000, 10), rounds);
        Listener one = listener("one");
        List<PeerSession> sessions = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            sessions.add(all.open(one, new FakeLink()));
        }
        AtomicInteger arrived = new AtomicInteger();
        List<Elsewhere<Boolean>> closers = new ArrayList<>();
        for (CloseReason reason : List.of(CloseReason.RESET, CloseReason.KICKED)) {
            closers.add(
                    Elsewhere.run(
                            () -> {
                                for (int round = 0; round < rounds; round++) {
                                    arrived.incrementAndGet();
                                    while (arrived.get() < 2 * (round + 1)) {
                                        Thread.yield();
                                    }
                                    sessions.get(round).abort(reason, reason.word());
                                }
                            }));
        }
        for (Elsewhere<Boolean> closer : closers) {
            closer.result();
        }
        Map<CloseReason, Long> told =
                sessions.stream()
                        .map(PeerSession::facts)
                        .collect(groupingBy(facts -> reason(facts), counting()));
        Map<CloseReason, Long> remembered =
                all.recentlyClosed().stream()
                        .collect(groupingBy(facts -> reason(facts), counting()));
        assertThat(told).isEqualTo(remembered);
        told.forEach(
                (reason, count) ->
                        assertThat(one.counters().closed(reason)).isEqualTo((long) count));
    }

    private static CloseReason reason(Peer facts) {
        CloseReason reason = Objects.requireNonNull(facts.closeReason());
        assertThat(facts.closeDetail()).isEqualTo(reason.word());
        return reason;
    }

    @Test
    void aPeerThatEndsItsStreamFailsWhatWaits() {
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        offer("waiting\n", told);
        session.peerClosed();
        assertThat(told.lines()).containsExactly("queued", "failed peer_closed");
        assertThat(session.facts().closeReason()).isEqualTo(CloseReason.PEER_CLOSED);
        assertThat(link.finished()).isEqualTo(1);
    }

    /** Race: the peer leaves while it is being closed. What began the end is why it ended. */
    @Test
    void aPeerThatEndsWhileDrainingKeepsTheReasonOfTheDrain() {
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        offer("waiting\n", told);
        session.close(CloseReason.KICKED, "by hand", null, FLUSH);
        session.peerClosed();
        assertThat(told.lines()).containsExactly("queued", "failed kicked");
        assertThat(listener.counters().closed(CloseReason.KICKED)).isEqualTo(1);
        assertThat(listener.counters().closed(CloseReason.PEER_CLOSED)).isZero();
        assertThat(session.facts().closeReason()).isEqualTo(CloseReason.KICKED);
        assertThat(session.facts().closeDetail()).isEqualTo("by hand");
        assertThat(session.facts().state()).isEqualTo(PeerState.CLOSED);
    }

    @Test
    void aLinkThatBreaksWhileDrainingKeepsTheReasonOfTheDrain() {
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new Told());
        session.close(CloseReason.SHUTTING_DOWN, null, null, FLUSH);
        link.kernel(
                _ -> {
                    throw new IOException("Broken pipe");
                });
        session.writable();
        assertThat(session.facts().closeReason()).isEqualTo(CloseReason.SHUTTING_DOWN);
        assertThat(session.facts().state()).isEqualTo(PeerState.CLOSED);
        assertThat(link.aborted()).isEqualTo(1);
    }

    @Test
    void anAbortLosesWhatWaits() {
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        offer("waiting\n", told);
        session.abort(CloseReason.INTERNAL_ERROR, "a fault");
        assertThat(told.lines()).containsExactly("queued", "failed internal_error");
        assertThat(link.aborted()).isEqualTo(1);
        assertThat(link.finished()).isZero();
        assertThat(registry.budget().held()).isZero();
    }

    @Test
    void takesNothingMoreWhenClosed() {
        session.abort(CloseReason.KICKED, null);
        Told told = new Told();
        assertThat(offer("late\n", told)).isFalse();
        assertThat(told.lines()).containsExactly("refused closed");
    }

    @Test
    void closeLaterTellsTheLastFactsWhenItIsClosed() throws Exception {
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new Told());
        Elsewhere<Peer> closer =
                Elsewhere.call(
                        () -> session.closeLater(CloseReason.KICKED, "x", null, FLUSH).join());
        await().until(() -> session.facts().state() == PeerState.DRAINING);
        assertThat(closer.done()).as("not while something waits").isFalse();
        link.kernel(FakeLink.TAKES_ALL);
        session.writable();
        Peer last = closer.result();
        assertThat(last.state()).isEqualTo(PeerState.CLOSED);
        assertThat(last.sent()).isEqualTo(new Traffic(1, 8));
    }

    /** Race: two operators close the same peer. Both wait for the one close, and see its reason. */
    @Test
    void whoeverWaitsForACloseSeesTheReasonThatCounts() throws Exception {
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new Told());
        session.close(CloseReason.SHUTTING_DOWN, null, null, FLUSH);
        Elsewhere<Peer> other =
                Elsewhere.call(
                        () -> session.closeLater(CloseReason.KICKED, "x", null, FLUSH).join());
        await().until(() -> other.thread().getState() == Thread.State.WAITING && !other.done());
        session.peerClosed();
        assertThat(other.result().closeReason()).isEqualTo(CloseReason.SHUTTING_DOWN);
    }

    @Test
    void closeLaterOfAClosedPeerIsDoneAtOnce() throws Exception {
        session.abort(CloseReason.RESET, null);
        Elsewhere<Peer> closer =
                Elsewhere.call(
                        () -> session.closeLater(CloseReason.KICKED, null, null, FLUSH).join());
        assertThat(closer.result().closeReason()).isEqualTo(CloseReason.RESET);
    }

    @Test
    void aSlowConsumerIsAbortedAtTheWriteDeadline() {
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        long before = System.nanoTime();
        offer("waiting\n", told);
        session.sweep(before + seconds(10));
        assertThat(session.facts().state()).isEqualTo(PeerState.OPEN);

        session.sweep(System.nanoTime() + seconds(11));
        assertThat(session.facts().closeReason()).isEqualTo(CloseReason.SLOW_CONSUMER);
        assertThat(session.facts().closeDetail()).startsWith("took no byte for 10");
        assertThat(told.lines()).containsExactly("queued", "failed slow_consumer");
        assertThat(link.aborted()).isEqualTo(1);
    }

    @Test
    void aPeerThatTakesAByteNowAndThenIsNoSlowConsumer() {
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new Told());
        link.kernel(FakeLink.takes(1, 0, 0));
        long before = System.nanoTime();
        session.writable();
        session.sweep(before + seconds(10));
        assertThat(session.facts().state()).isEqualTo(PeerState.OPEN);
    }

    @Test
    void aPeerForWhichNothingWaitsIsNoSlowConsumer() {
        offer("hello\n", new Told());
        session.sweep(System.nanoTime() + seconds(3_600));
        assertThat(session.facts().state()).isEqualTo(PeerState.OPEN);
    }

    @Test
    void anIdlePeerIsClosedInGoodOrder() {
        PeerSession idle =
                registry.open(listener("idle", "line", Duration.ofMillis(1)), new FakeLink());
        await().until(
                        () -> {
                            idle.sweep(System.nanoTime());
                            return idle.facts().state() == PeerState.CLOSED;
                        });
        assertThat(idle.facts().closeReason()).isEqualTo(CloseReason.IDLE_TIMEOUT);
        assertThat(idle.facts().closeDetail()).startsWith("nothing was sent or received for 1");
    }

    @Test
    void aPeerThatIsNotIdleLongEnoughStays() {
        PeerSession busy =
                registry.open(listener("busy", "line", Duration.ofHours(1)), new FakeLink());
        busy.sweep(System.nanoTime());
        assertThat(busy.facts().state()).isEqualTo(PeerState.OPEN);
    }

    @Test
    void withoutIdleTimeoutAQuietPeerStays() {
        await().pollDelay(Duration.ZERO)
                .until(
                        () ->
                                System.currentTimeMillis()
                                        > session.facts().connectedAt().toEpochMilli() + 1);
        session.sweep(System.nanoTime());
        assertThat(session.facts().state()).isEqualTo(PeerState.OPEN);
    }

    @Test
    void aDrainThatTakesTooLongIsCutOff() {
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        offer("waiting\n", told);
        long before = System.nanoTime();
        session.close(CloseReason.KICKED, null, null, FLUSH);
        session.sweep(before + seconds(5));
        assertThat(session.facts().state()).isEqualTo(PeerState.DRAINING);

        session.sweep(System.nanoTime() + seconds(5) + 1);
        assertThat(session.facts().state()).isEqualTo(PeerState.CLOSED);
        assertThat(told.lines()).containsExactly("queued", "failed kicked");
        assertThat(link.aborted()).isEqualTo(1);
        assertThat(link.finished()).isZero();
    }

    @Test
    void sweepingAClosedPeerDoesNothing() {
        session.abort(CloseReason.KICKED, null);
        session.sweep(System.nanoTime() + seconds(3_600));
        assertThat(listener.counters().closed(CloseReason.KICKED)).isEqualTo(1);
        assertThat(link.aborted()).isEqualTo(1);
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    private boolean offer(String text, Receipt receipt) {
        Frames frames = frames(text, receipt);
        return session.offer(frames, frames.view());
    }
}
