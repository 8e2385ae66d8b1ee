package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.frames;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.peer.PeerSnapshot.Traffic;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PeerSessionTest {
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private final FakeLink link = new FakeLink();
    private final PeerRegistry registry = registry();
    private final Listener listener = listener("default");
    private final PeerSession session = registry.open(listener, link);

    @Test
    void reportsTheClientBehindAProxy() {
        assertThat(session.snapshot().proxy()).isNull();
        InetSocketAddress client = new InetSocketAddress("2001:db8::7", 53_412);
        link.client(client);
        PeerSnapshot facts = session.snapshot();
        assertThat(facts.peername()).isEqualTo(new Endpoint.Inet("2001:db8::7", 53_412));
        assertThat(facts.family()).isEqualTo("AF_INET6");
        assertThat(facts.proxy()).isEqualTo(new Endpoint.Inet("127.0.0.1", 40_001));
        assertThat(session.address()).isEqualTo(client.getAddress());
        assertThat(session.link().remote()).isEqualTo(link.remote());
    }

    @Test
    void reportsItsFacts() {
        session.receiveStats().add(2, 30);
        offer("hello\n", new RecordingCallback());
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new RecordingCallback());
        link.partialFrameBytes(7);

        PeerSnapshot facts = session.snapshot();
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
    void reportsNoTrafficBeforeThereIsAny() {
        PeerSnapshot facts = session.snapshot();
        assertThat(facts.lastReceivedAt()).isNull();
        assertThat(facts.lastSentAt()).isNull();
        assertThat(facts.received()).isEqualTo(Traffic.NONE);
        assertThat(facts.sent()).isEqualTo(Traffic.NONE);
    }

    @Test
    void countsReceivedData() {
        session.receiveStats().add(1, 10);
        session.receiveStats().add(0, 5);
        assertThat(session.snapshot().received()).isEqualTo(new Traffic(1, 15));
        assertThat(listener.counters().get(ListenerMetric.RECEIVED_MESSAGES)).isEqualTo(1);
        assertThat(listener.counters().get(ListenerMetric.RECEIVED_BYTES)).isEqualTo(15);
    }

    @Test
    void closesGracefully() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        offer("waiting\n", callback);
        session.close(CloseReason.KICKED, "maintenance", "bye\n".getBytes(ISO_8859_1), FLUSH);
        assertThat(session.snapshot().state()).isEqualTo(PeerState.DRAINING);
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.KICKED);
        assertThat(session.snapshot().closeDetail()).isEqualTo("maintenance");
        assertThat(session.snapshot().closedAt()).isNull();
        assertThat(registry.sessions()).containsExactly(session);

        link.kernel(FakeLink.TAKES_ALL);
        session.writable();
        assertThat(link.text()).isEqualTo("waiting\nbye\n");
        assertThat(callback.lines()).containsExactly("queued", "written 8");
        assertThat(link.finished()).isEqualTo(1);
        assertThat(link.aborted()).isZero();
        PeerSnapshot last = registry.recentlyClosed().getFirst();
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
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.FRAME_DEADLINE);
        assertThat(session.snapshot().closeDetail()).isEqualTo("first");
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

    /** Race: an operator, the peer, the network and a deadline end it at the same moment. */
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
            List<ThreadTask<Boolean>> closers = new ArrayList<>();
            for (Runnable way : ways) {
                closers.add(
                        ThreadTask.call(
                                () -> {
                                    start.await(10, TimeUnit.SECONDS);
                                    way.run();
                                    return true;
                                }));
            }
            for (ThreadTask<Boolean> closer : closers) {
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
            assertThat(contested.snapshot().closeReason()).isEqualTo(settled);
            assertThat(one.counters().peers()).isZero();
            assertThat(its.finished() + its.aborted()).isEqualTo(1);
        }
    }

    /** The same race with two threads and many rounds: every place reports the first reason. */
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
        List<ThreadTask<Boolean>> closers = new ArrayList<>();
        for (CloseReason reason : List.of(CloseReason.RESET, CloseReason.KICKED)) {
            closers.add(
                    ThreadTask.run(
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
        for (ThreadTask<Boolean> closer : closers) {
            closer.result();
        }
        Map<CloseReason, Long> reported =
                sessions.stream()
                        .map(PeerSession::snapshot)
                        .collect(groupingBy(facts -> reason(facts), counting()));
        Map<CloseReason, Long> remembered =
                all.recentlyClosed().stream()
                        .collect(groupingBy(facts -> reason(facts), counting()));
        assertThat(reported).isEqualTo(remembered);
        reported.forEach(
                (reason, count) ->
                        assertThat(one.counters().closed(reason)).isEqualTo((long) count));
    }

    private static CloseReason reason(PeerSnapshot facts) {
        CloseReason reason = Objects.requireNonNull(facts.closeReason());
        assertThat(facts.closeDetail()).isEqualTo(reason.word());
        return reason;
    }

    @Test
    void aFinFromThePeerFailsQueuedMessages() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        offer("waiting\n", callback);
        session.peerClosed();
        assertThat(callback.lines()).containsExactly("queued", "failed peer_closed");
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.PEER_CLOSED);
        assertThat(link.finished()).isEqualTo(1);
    }

    /** Race: the peer sends a FIN while it is being closed. The first reason remains. */
    @Test
    void aPeerThatEndsWhileDrainingKeepsTheReasonOfTheDrain() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        offer("waiting\n", callback);
        session.close(CloseReason.KICKED, "by hand", null, FLUSH);
        session.peerClosed();
        assertThat(callback.lines()).containsExactly("queued", "failed kicked");
        assertThat(listener.counters().closed(CloseReason.KICKED)).isEqualTo(1);
        assertThat(listener.counters().closed(CloseReason.PEER_CLOSED)).isZero();
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.KICKED);
        assertThat(session.snapshot().closeDetail()).isEqualTo("by hand");
        assertThat(session.snapshot().state()).isEqualTo(PeerState.CLOSED);
    }

    @Test
    void aLinkThatBreaksWhileDrainingKeepsTheReasonOfTheDrain() {
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new RecordingCallback());
        session.close(CloseReason.SHUTTING_DOWN, null, null, FLUSH);
        link.kernel(
                _ -> {
                    throw new IOException("Broken pipe");
                });
        session.writable();
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.SHUTTING_DOWN);
        assertThat(session.snapshot().state()).isEqualTo(PeerState.CLOSED);
        assertThat(link.aborted()).isEqualTo(1);
    }

    @Test
    void anAbortFailsQueuedMessages() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        offer("waiting\n", callback);
        session.abort(CloseReason.INTERNAL_ERROR, "a fault");
        assertThat(callback.lines()).containsExactly("queued", "failed internal_error");
        assertThat(link.aborted()).isEqualTo(1);
        assertThat(link.finished()).isZero();
        assertThat(registry.outboxBudget().used()).isZero();
    }

    @Test
    void refusesOffersWhenClosed() {
        session.abort(CloseReason.KICKED, null);
        RecordingCallback callback = new RecordingCallback();
        assertThat(offer("late\n", callback)).isFalse();
        assertThat(callback.lines()).containsExactly("refused closed");
    }

    @Test
    void closeAsyncCompletesWithTheLastSnapshot() throws Exception {
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new RecordingCallback());
        ThreadTask<PeerSnapshot> closer =
                ThreadTask.call(
                        () -> session.closeAsync(CloseReason.KICKED, "x", null, FLUSH).join());
        await().until(() -> session.snapshot().state() == PeerState.DRAINING);
        assertThat(closer.done()).as("not while something waits").isFalse();
        link.kernel(FakeLink.TAKES_ALL);
        session.writable();
        PeerSnapshot last = closer.result();
        assertThat(last.state()).isEqualTo(PeerState.CLOSED);
        assertThat(last.sent()).isEqualTo(new Traffic(1, 8));
    }

    /** Race: two operators close the same peer. Both wait for the one close, and see its reason. */
    @Test
    void everyCallerThatClosesSeesTheFirstReason() throws Exception {
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new RecordingCallback());
        session.close(CloseReason.SHUTTING_DOWN, null, null, FLUSH);
        ThreadTask<PeerSnapshot> other =
                ThreadTask.call(
                        () -> session.closeAsync(CloseReason.KICKED, "x", null, FLUSH).join());
        await().until(() -> other.thread().getState() == Thread.State.WAITING && !other.done());
        session.peerClosed();
        assertThat(other.result().closeReason()).isEqualTo(CloseReason.SHUTTING_DOWN);
    }

    @Test
    void closeAsyncOfAClosedPeerIsDoneAtOnce() throws Exception {
        session.abort(CloseReason.RESET, null);
        ThreadTask<PeerSnapshot> closer =
                ThreadTask.call(
                        () -> session.closeAsync(CloseReason.KICKED, null, null, FLUSH).join());
        assertThat(closer.result().closeReason()).isEqualTo(CloseReason.RESET);
    }

    @Test
    void aSlowConsumerIsAbortedAtTheWriteDeadline() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        long before = System.nanoTime();
        offer("waiting\n", callback);
        assertThat(link.deadlineChecks()).containsExactly(seconds(10));
        assertThat(session.checkDeadlines(before + seconds(10))).isPositive();
        assertThat(session.snapshot().state()).isEqualTo(PeerState.OPEN);

        session.checkDeadlines(System.nanoTime() + seconds(11));
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.SLOW_CONSUMER);
        assertThat(session.snapshot().closeDetail()).startsWith("took no byte for 10");
        assertThat(callback.lines()).containsExactly("queued", "failed slow_consumer");
        assertThat(link.aborted()).isEqualTo(1);
    }

    @Test
    void aPeerThatAcceptsAByteNowAndThenIsNotASlowConsumer() {
        link.kernel(FakeLink.FULL);
        offer("waiting\n", new RecordingCallback());
        link.kernel(FakeLink.takes(1, 0, 0));
        long before = System.nanoTime();
        session.writable();
        session.checkDeadlines(before + seconds(10));
        assertThat(session.snapshot().state()).isEqualTo(PeerState.OPEN);
    }

    @Test
    void aPeerWithAnEmptyOutboxIsNotASlowConsumer() {
        offer("hello\n", new RecordingCallback());
        assertThat(link.deadlineChecks()).as("no deadline is running").isEmpty();
        assertThat(session.checkDeadlines(System.nanoTime() + seconds(3_600)))
                .isEqualTo(Long.MAX_VALUE);
        assertThat(session.snapshot().state()).isEqualTo(PeerState.OPEN);
    }

    @Test
    void anIdlePeerIsClosedGracefully() {
        PeerSession idle =
                registry.open(listener("idle", "line", Duration.ofMillis(1)), new FakeLink());
        await().until(
                        () -> {
                            idle.checkDeadlines(System.nanoTime());
                            return idle.snapshot().state() == PeerState.CLOSED;
                        });
        assertThat(idle.snapshot().closeReason()).isEqualTo(CloseReason.IDLE_TIMEOUT);
        assertThat(idle.snapshot().closeDetail()).startsWith("nothing was sent or received for 1");
    }

    @Test
    void aPeerStaysOpenBeforeTheIdleTimeout() {
        PeerSession busy =
                registry.open(listener("busy", "line", Duration.ofHours(1)), new FakeLink());
        busy.checkDeadlines(System.nanoTime());
        assertThat(busy.snapshot().state()).isEqualTo(PeerState.OPEN);
    }

    @Test
    void aQuietPeerStaysOpenWithoutAnIdleTimeout() {
        await().pollDelay(Duration.ZERO)
                .until(
                        () ->
                                System.currentTimeMillis()
                                        > session.snapshot().connectedAt().toEpochMilli() + 1);
        session.checkDeadlines(System.nanoTime());
        assertThat(session.snapshot().state()).isEqualTo(PeerState.OPEN);
    }

    @Test
    void aDrainIsAbortedAfterTheFlushTime() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        offer("waiting\n", callback);
        long before = System.nanoTime();
        session.close(CloseReason.KICKED, null, null, FLUSH);
        assertThat(link.deadlineChecks()).endsWith(FLUSH.toNanos());
        assertThat(session.checkDeadlines(before + seconds(5))).isPositive();
        assertThat(session.snapshot().state()).isEqualTo(PeerState.DRAINING);

        session.checkDeadlines(System.nanoTime() + seconds(5) + 1);
        assertThat(session.snapshot().state()).isEqualTo(PeerState.CLOSED);
        assertThat(callback.lines()).containsExactly("queued", "failed kicked");
        assertThat(link.aborted()).isEqualTo(1);
        assertThat(link.finished()).isZero();
    }

    @Test
    void aClosedPeerHasNoDeadline() {
        session.abort(CloseReason.KICKED, null);
        assertThat(session.checkDeadlines(System.nanoTime() + seconds(3_600)))
                .isEqualTo(Long.MAX_VALUE);
        assertThat(listener.counters().closed(CloseReason.KICKED)).isEqualTo(1);
        assertThat(link.aborted()).isEqualTo(1);
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    private boolean offer(String text, DeliveryCallback callback) {
        EncodedFrames frames = frames(text, callback);
        return session.offer(frames, frames.view());
    }

    // ---- the end of the peer's stream

    private void endInput(HalfClose halfClose) {
        session.inputEnded(halfClose, Duration.ofSeconds(10), null);
    }

    @Test
    void aHalfClosedPeerGetsWhatItsOutboxHoldsAndIsThenClosed() {
        link.kernel(FakeLink.FULL);
        RecordingCallback waiting = new RecordingCallback();
        offer("waiting\n", waiting);
        endInput(HalfClose.ANSWER);
        assertThat(session.state()).isEqualTo(PeerState.HALF_CLOSED);
        assertThat(session.snapshot().state()).isEqualTo(PeerState.HALF_CLOSED);
        RecordingCallback refused = new RecordingCallback();
        offer("later\n", refused);
        assertThat(refused.lines()).containsExactly("refused half_closed");
        link.kernel(length -> length);
        session.writable();
        assertThat(waiting.lines().getLast()).startsWith("written");
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.PEER_CLOSED);
        assertThat(link.finished()).isEqualTo(1);
    }

    @Test
    void aHalfClosedPeerIsClosedWhenItsLastAnswerIsSettled() {
        AtomicBoolean owed = new AtomicBoolean(true);
        session.readPause()
                .gate(
                        new ReadPause.ReadGate() {
                            @Override
                            public boolean allowsRead(PeerSession reader) {
                                return true;
                            }

                            @Override
                            public boolean owesAnswer() {
                                return owed.get();
                            }
                        });
        endInput(HalfClose.ANSWER);
        session.answered();
        assertThat(session.state()).isEqualTo(PeerState.HALF_CLOSED);
        session.send("answer\n".getBytes(UTF_8));
        owed.set(false);
        session.answered();
        assertThat(link.text()).isEqualTo("answer\n");
        assertThat(session.state()).isEqualTo(PeerState.CLOSED);
        assertThat(link.finished()).isEqualTo(1);
    }

    @Test
    void aPeerWhoseOutputHasEndedTooIsClosed() {
        EncodedFrames last = EncodedFrames.of("bye\n".getBytes(UTF_8), 1, DeliveryCallback.NONE);
        endInput(HalfClose.OPEN);
        assertThat(session.state()).isEqualTo(PeerState.HALF_CLOSED);
        session.offer(last, last.view());
        assertThat(session.state()).isEqualTo(PeerState.HALF_CLOSED);
        assertThat(session.checkDeadlines(System.nanoTime()))
                .isBetween(1L, Duration.ofSeconds(10).toNanos());
        session.checkDeadlines(System.nanoTime() + Duration.ofSeconds(10).toNanos());
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.PEER_CLOSED);
        assertThat(session.snapshot().closeDetail())
                .isEqualTo("half-closed for half-close-timeout, 10s");
        assertThat(link.finished()).isEqualTo(1);
    }

    @Test
    void aPeerThatIsBeingClosedIsStillDrainedAfterItsFin() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        offer("waiting\n", callback);
        session.close(CloseReason.KICKED, "by hand", null, FLUSH);
        endInput(HalfClose.ANSWER);
        assertThat(session.state()).isEqualTo(PeerState.DRAINING);
        link.kernel(length -> length);
        session.writable();
        assertThat(callback.lines().getLast()).startsWith("written");
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.KICKED);
    }
}
