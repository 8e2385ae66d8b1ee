package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.events.EventFilter;
import io.switchboard.events.EventFixtures;
import io.switchboard.events.EventStream;
import io.switchboard.events.EventType;
import io.switchboard.events.Subscription;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.HalfClose;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.RejectReason;
import io.switchboard.peer.ThreadTask;
import io.switchboard.receive.RequestReply;
import io.switchboard.receive.RequestReply.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeliveryTrackerTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final EventFilter FAILURES =
            new EventFilter(Set.of(), Set.of(), Set.of(), Set.of(EventType.SEND_FAILED.word()));

    private final PeerRegistry registry = PeerFixtures.registry();
    private final EventStream events = EventFixtures.stream(registry);
    private final DeliveryBudget budget = DeliveryFixtures.budget();
    private final Listener listener = PeerFixtures.listener("default");
    private final Payload payload =
            new Payload(SendBuilder.to(new Target.All()).payload("hello").build());

    @Test
    void countsEachTargetOnceUnderItsLatestOutcome() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.AUTO, Wait.WRITTEN);
        PeerSession direct = peer();
        PeerSession later = peer();
        PeerSession queued = peer();
        PeerSession refused = peer();
        PeerSession failed = peer();
        tracker.writtenDirectly(direct);
        tracker.queued(later);
        tracker.queued(queued);
        tracker.queued(failed);
        tracker.refused(refused, RejectReason.OUTBOX_FULL);
        tracker.written(later, 6);
        tracker.failed(failed, CloseReason.RESET);
        tracker.absent("nobody", FailureReason.UNKNOWN);

        DeliveryReport report = tracker.report();
        assertThat(report.id()).isEqualTo("id-1");
        assertThat(report.matched()).isEqualTo(6);
        assertThat(report.queued()).isEqualTo(1);
        assertThat(report.written()).isEqualTo(2);
        assertThat(report.failed()).isEqualTo(3);
        assertThat(report.results())
                .containsExactly(
                        result(direct, new Outcome.Written(6)),
                        result(later, new Outcome.Written(6)),
                        result(queued, new Outcome.Queued()),
                        result(failed, new Outcome.Failed(true, FailureReason.RESET)),
                        result(refused, new Outcome.Failed(false, FailureReason.OUTBOX_FULL)),
                        new DeliveryReport.Result(
                                "nobody", new Outcome.Failed(false, FailureReason.UNKNOWN)));
    }

    /** The outboxes may hold the message, and with it the tracker, for a long time. */
    @Test
    void keepsNoSessionAfterTheReport() {
        DeliveryBudget small = DeliveryFixtures.budget(1_000);
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, small, payload, Results.ALL, Wait.WRITTEN);
        PeerSession later = peer();
        PeerSession lost = peer();
        assertThat(tracker.reserve(900)).isTrue();
        assertThat(tracker.reserve(900)).isFalse();
        tracker.queued(later);
        tracker.queued(lost);
        tracker.close();
        assertThat(small.used()).isZero();
        try (Subscription all = events.subscribe(FAILURES, null).orElseThrow()) {
            tracker.written(later, 6);
            tracker.failed(lost, CloseReason.RESET);
            assertThat(all.read().events())
                    .extracting(each -> each.delivery())
                    .containsOnly("id-1");
        }
        assertThat(tracker.report().results()).isEmpty();
        assertThat(small.used()).isZero();
    }

    @Test
    void countsTheFailuresForWhichThereIsNoMemoryToListThem() {
        DeliveryBudget small = DeliveryFixtures.budget(2 * DeliveryBudget.RESULT_BYTES);
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, small, payload, Results.FAILED, Wait.WRITTEN);
        int failed = DeliveryTracker.AUTO_LIMIT + 10;
        for (int i = 0; i < failed; i++) {
            tracker.refused(peer(), RejectReason.OUTBOX_FULL);
        }
        DeliveryReport report = tracker.report();
        assertThat(report.matched()).isEqualTo(failed);
        assertThat(report.failed()).isEqualTo(failed);
        assertThat(report.results()).hasSize(DeliveryTracker.AUTO_LIMIT + 2);
    }

    /** A report that lists only failures needs no memory for each peer that is merely slow. */
    @Test
    void onlyCountsQueuedTargetsThatTheReportDoesNotList() {
        DeliveryBudget none = DeliveryFixtures.budget(0);
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, none, payload, Results.FAILED, Wait.WRITTEN);
        PeerSession written = peer();
        PeerSession failed = peer();
        PeerSession queued = peer();
        for (PeerSession each : List.of(written, failed, queued)) {
            tracker.queued(each);
        }
        tracker.written(written, 6);
        tracker.failed(failed, CloseReason.RESET);
        DeliveryReport report = tracker.report();
        assertThat(List.of(report.matched(), report.queued(), report.written(), report.failed()))
                .containsExactly(3, 1, 1, 1);
        assertThat(report.results())
                .containsExactly(result(failed, new Outcome.Failed(true, FailureReason.RESET)));
    }

    @Test
    void discardsAReplyForWhichThereIsNoMemory() {
        DeliveryBudget small = DeliveryFixtures.budget(1_000);
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, small, payload, Results.ALL, Wait.REPLY);
        PeerSession first = peer();
        PeerSession second = peer();
        PeerSession third = peer();
        tracker.replied(first, received(new byte[900]));
        tracker.replied(second, received(new byte[300]));
        tracker.replied(third, received(new byte[DeliveryBudget.FREE_REPLY_BYTES]));
        DeliveryReport report = tracker.report();
        assertThat(report.replied()).isEqualTo(2);
        assertThat(report.results())
                .contains(result(second, new Outcome.Failed(true, FailureReason.MEMORY_FULL)));
    }

    /** A failure is an event only if the outbox held the message or the kernel had accepted it. */
    @Test
    void publishesOneEventPerFailureOfAnAcceptedMessage() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.NONE, Wait.ACKED);
        PeerSession failed = peer();
        PeerSession lost = peer();
        PeerSession acked = peer();
        try (Subscription subscription = events.subscribe(FAILURES, null).orElseThrow()) {
            tracker.queued(failed);
            tracker.refused(peer(), RejectReason.OUTBOX_FULL);
            tracker.absent("nobody", FailureReason.UNKNOWN);
            tracker.writtenDirectly(lost);
            tracker.writtenDirectly(acked);
            tracker.writtenTo();
            tracker.failed(failed, CloseReason.SLOW_CONSUMER);
            tracker.settle(acked, true);
            lost.abort(CloseReason.RESET, null);
            tracker.settle(lost, false);
            assertThat(subscription.read().events())
                    .extracting(
                            each ->
                                    Objects.requireNonNull(each.peer()).id()
                                            + " "
                                            + each.reason()
                                            + " "
                                            + each.delivery())
                    .containsExactly(
                            failed.id() + " slow_consumer id-1", lost.id() + " reset id-1");
        }
    }

    /** Race: the reply is missing before the end of the stream has closed the connection. */
    @Test
    void theEndOfAConnectionForOneMessageIsItsClose() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.AUTO, Wait.REPLY);
        PeerSession peer = peer();
        PeerSession remote = peer();
        RequestReply.matchByOrder(remote);
        for (PeerSession each : List.of(peer, remote)) {
            tracker.writtenDirectly(each);
            each.inputEnded(HalfClose.OPEN, Duration.ofMinutes(1), null);
            tracker.unanswered(each, true);
        }
        assertThat(tracker.report().results())
                .containsExactlyInAnyOrder(
                        result(peer, new Outcome.Failed(true, FailureReason.HALF_CLOSED)),
                        result(remote, new Outcome.Failed(true, FailureReason.PEER_CLOSED)));
    }

    @Test
    void countsAcknowledgedMessagesAndThoseLostAfterTheWrite() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.AUTO, Wait.ACKED);
        PeerSession acked = peer();
        PeerSession ackedLater = peer();
        PeerSession lost = peer();
        PeerSession unsure = peer();
        PeerSession refused = peer();
        tracker.writtenDirectly(acked);
        tracker.writtenDirectly(lost);
        tracker.writtenDirectly(unsure);
        tracker.queued(ackedLater);
        tracker.written(ackedLater, 6);
        tracker.refused(refused, RejectReason.OUTBOX_FULL);
        assertThat(tracker.writtenTo()).containsExactlyInAnyOrder(acked, lost, unsure, ackedLater);

        lost.abort(CloseReason.RESET, null);
        tracker.settle(acked, true);
        tracker.settle(ackedLater, true);
        tracker.settle(lost, false);
        assertThat(tracker.writtenTo()).containsExactly(unsure);
        DeliveryReport report = tracker.report();
        assertThat(report.matched()).isEqualTo(5);
        assertThat(report.written()).isEqualTo(1);
        assertThat(report.acked()).isEqualTo(2);
        assertThat(report.failed()).isEqualTo(2);
        assertThat(report.results())
                .containsExactlyInAnyOrder(
                        result(unsure, new Outcome.Written(6)),
                        result(acked, new Outcome.Acked(6)),
                        result(ackedLater, new Outcome.Acked(6)),
                        result(lost, new Outcome.Failed(true, FailureReason.RESET)),
                        result(refused, new Outcome.Failed(false, FailureReason.OUTBOX_FULL)));
    }

    /** Even if the report lists no targets, each must be known to wait for its acknowledgement. */
    @Test
    void recordsEverySessionIfTheSenderWaitsForAcknowledgements() {
        assertThat(
                        new DeliveryTracker(
                                        "id-1", events, budget, payload, Results.NONE, Wait.ACKED)
                                .recordLimit())
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(
                        new DeliveryTracker(
                                        "id-1", events, budget, payload, Results.NONE, Wait.WRITTEN)
                                .recordLimit())
                .isZero();
    }

    @Test
    void awaitReturnsImmediatelyIfNothingIsQueued() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.AUTO, Wait.WRITTEN);
        tracker.writtenDirectly(peer());
        tracker.refused(peer(), RejectReason.CLOSED);
        tracker.await(LONG);
        assertThat(tracker.report().matched()).isEqualTo(2);
    }

    @Test
    void awaitReturnsWhenTheLastQueuedMessageIsWrittenOrFails() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.AUTO, Wait.WRITTEN);
        PeerSession one = peer();
        PeerSession other = peer();
        tracker.queued(one);
        tracker.queued(other);
        ThreadTask<Boolean> sender =
                ThreadTask.call(
                        () -> {
                            tracker.await(LONG);
                            return true;
                        });
        await().until(() -> sender.thread().getState() == Thread.State.TIMED_WAITING);
        tracker.written(one, 6);
        assertThat(sender.done()).isFalse();
        assertThat(sender.thread().getState()).isEqualTo(Thread.State.TIMED_WAITING);
        tracker.failed(other, CloseReason.KICKED);
        assertThat(sender.result()).isTrue();
    }

    /** Object.wait may wake up spuriously, as its Javadoc says. */
    @Test
    void awaitIgnoresASpuriousWakeUp() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.AUTO, Wait.WRITTEN);
        PeerSession peer = peer();
        tracker.queued(peer);
        ThreadTask<Boolean> sender =
                ThreadTask.call(
                        () -> {
                            tracker.await(LONG);
                            return true;
                        });
        await().until(() -> sender.thread().getState() == Thread.State.TIMED_WAITING);
        synchronized (tracker) {
            tracker.notifyAll();
        }
        await().during(Duration.ofMillis(50)).until(() -> !sender.done());
        tracker.written(peer, 6);
        assertThat(sender.result()).isTrue();
    }

    @Test
    void awaitReturnsAfterTheTimeout() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.AUTO, Wait.WRITTEN);
        tracker.queued(peer());
        long start = System.nanoTime();
        tracker.await(Duration.ofMillis(20));
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThan(Duration.ofMillis(19));
        assertThat(tracker.report().queued()).isEqualTo(1);
    }

    @Test
    void awaitWithAZeroTimeoutDoesNotWait() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.AUTO, Wait.WRITTEN);
        tracker.queued(peer());
        tracker.await(Duration.ZERO);
        assertThat(tracker.report().queued()).isEqualTo(1);
    }

    @Test
    void listsEveryTargetUpToAHundred() {
        assertThat(listed(Results.AUTO, 99)).isEqualTo(100);
        assertThat(listed(Results.AUTO, 100)).as("only the failed target").isEqualTo(1);
    }

    @Test
    void listsEveryTargetIfResultsIsAll() {
        assertThat(listed(Results.ALL, 300)).isEqualTo(301);
    }

    @Test
    void listsOnlyFailedTargetsIfResultsIsFailed() {
        assertThat(listed(Results.FAILED, 5)).isEqualTo(1);
    }

    @Test
    void listsNoTargetIfResultsIsNone() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.NONE, Wait.WRITTEN);
        tracker.writtenDirectly(peer());
        tracker.refused(peer(), RejectReason.CLOSED);
        tracker.absent("nobody", FailureReason.UNKNOWN);
        DeliveryReport report = tracker.report();
        assertThat(report.listed()).isEmpty();
        assertThat(report.matched()).isEqualTo(3);
        assertThat(report.failed()).isEqualTo(2);
    }

    @Test
    void countsDirectWritesThatAreNotRecorded() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, Results.FAILED, Wait.WRITTEN);
        tracker.writtenDirectly(5_000, List.of());
        assertThat(tracker.report().written()).isEqualTo(5_000);
    }

    /**
     * Returns the number of targets that a report lists. The message was written to the given
     * number of targets, half directly and half by the event loop, and one more target failed.
     */
    private int listed(Results results, int written) {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, budget, payload, results, Wait.WRITTEN);
        List<PeerSession> direct = new ArrayList<>();
        for (int at = 0; at < written / 2; at++) {
            direct.add(peer());
        }
        tracker.writtenDirectly(
                direct.size(), direct.subList(0, Math.min(direct.size(), tracker.recordLimit())));
        for (int at = direct.size(); at < written; at++) {
            PeerSession later = peer();
            tracker.queued(later);
            tracker.written(later, 6);
        }
        tracker.refused(peer(), RejectReason.OUTBOX_FULL);
        return tracker.report().results().size();
    }

    private static DeliveryReport.Result result(PeerSession peer, Outcome outcome) {
        return new DeliveryReport.Result(peer.id().toString(), outcome);
    }

    private static Reply.Received received(byte[] reply) {
        return new Reply.Received(reply, false);
    }

    private PeerSession peer() {
        return registry.open(listener, new FakeLink());
    }
}
