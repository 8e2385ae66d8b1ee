package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.events.EventFilter;
import io.switchboard.events.EventFixtures;
import io.switchboard.events.EventStream;
import io.switchboard.events.Subscription;
import io.switchboard.inbound.EventType;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Elsewhere;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeliveryTrackerTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final PeerRegistry registry = PeerFixtures.registry();
    private final EventStream events = EventFixtures.stream(registry);
    private final Listener listener = PeerFixtures.listener("default");
    private final Payload payload =
            new Payload(
                    new Send(
                            List.of(new Target.All()),
                            List.of(),
                            "hello".getBytes(ISO_8859_1),
                            null,
                            false,
                            Wait.WRITTEN,
                            LONG,
                            Results.AUTO,
                            false));

    @Test
    void countsEachTargetOnceAndUnderItsLastState() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        PeerSession atOnce = peer();
        PeerSession later = peer();
        PeerSession waiting = peer();
        PeerSession refused = peer();
        PeerSession failed = peer();
        tracker.wrote(atOnce);
        tracker.queued(later);
        tracker.queued(waiting);
        tracker.queued(failed);
        tracker.refused(refused, Refusal.OUTBOX_FULL);
        tracker.written(later, 6);
        tracker.failed(failed, CloseReason.RESET);
        tracker.missing("nobody", FailureReason.UNKNOWN);

        DeliveryReport report = tracker.report();
        assertThat(report.id()).isEqualTo("id-1");
        assertThat(report.matched()).isEqualTo(6);
        assertThat(report.queued()).isEqualTo(1);
        assertThat(report.written()).isEqualTo(2);
        assertThat(report.failed()).isEqualTo(3);
        assertThat(report.results())
                .containsExactly(
                        result(atOnce, new Outcome.Written(6)),
                        result(later, new Outcome.Written(6)),
                        result(waiting, new Outcome.Queued()),
                        result(failed, new Outcome.Failed(true, FailureReason.RESET)),
                        result(refused, new Outcome.Failed(false, FailureReason.OUTBOX_FULL)),
                        new DeliveryReport.Result(
                                "nobody", new Outcome.Failed(false, FailureReason.UNKNOWN)));
    }

    /** Those that an outbox held, or the kernel; what the answer refuses is no event. */
    @Test
    void tellsOfEachFailureOfWhatWasAcceptedOnce() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.NONE, Wait.ACKED);
        PeerSession failed = peer();
        PeerSession lost = peer();
        PeerSession acked = peer();
        EventFilter failures =
                new EventFilter(Set.of(), Set.of(), Set.of(), Set.of(EventType.SEND_FAILED.word()));
        try (Subscription told = events.subscribe(failures, null).orElseThrow()) {
            tracker.queued(failed);
            tracker.refused(peer(), Refusal.OUTBOX_FULL);
            tracker.missing("nobody", FailureReason.UNKNOWN);
            tracker.wrote(lost);
            tracker.wrote(acked);
            tracker.writtenTo();
            tracker.failed(failed, CloseReason.SLOW_CONSUMER);
            tracker.settle(acked, true);
            lost.abort(CloseReason.RESET, null);
            tracker.settle(lost, false);
            assertThat(told.read().events())
                    .extracting(
                            each -> each.peer().id() + " " + each.reason() + " " + each.delivery())
                    .containsExactly(
                            failed.id() + " slow_consumer id-1", lost.id() + " reset id-1");
        }
    }

    @Test
    void countsWhatWasAcknowledgedAndWhatWasLostAfterAll() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.AUTO, Wait.ACKED);
        PeerSession acked = peer();
        PeerSession ackedLater = peer();
        PeerSession lost = peer();
        PeerSession unsure = peer();
        PeerSession refused = peer();
        tracker.wrote(acked);
        tracker.wrote(lost);
        tracker.wrote(unsure);
        tracker.queued(ackedLater);
        tracker.written(ackedLater, 6);
        tracker.refused(refused, Refusal.OUTBOX_FULL);
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

    /** Whose acknowledgement is asked for must be known, listed or not. */
    @Test
    void remembersEveryPeerWhoseAcknowledgementIsAskedFor() {
        assertThat(new DeliveryTracker("id-1", events, payload, Results.NONE, Wait.ACKED).lists())
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(new DeliveryTracker("id-1", events, payload, Results.NONE, Wait.WRITTEN).lists())
                .isZero();
    }

    @Test
    void awaitReturnsAtOnceWhenNothingIsQueued() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        tracker.wrote(peer());
        tracker.refused(peer(), Refusal.CLOSED);
        tracker.await(LONG);
        assertThat(tracker.report().matched()).isEqualTo(2);
    }

    @Test
    void awaitReturnsWhenTheLastOneEnds() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        PeerSession one = peer();
        PeerSession other = peer();
        tracker.queued(one);
        tracker.queued(other);
        Elsewhere<Boolean> sender =
                Elsewhere.call(
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

    /** Object.wait may return for no reason (its Javadoc). */
    @Test
    void awaitIsNotMisledByAWakeUpForNoReason() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        PeerSession peer = peer();
        tracker.queued(peer);
        Elsewhere<Boolean> sender =
                Elsewhere.call(
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
    void awaitReturnsWhenTheTimeIsUp() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        tracker.queued(peer());
        long start = System.nanoTime();
        tracker.await(Duration.ofMillis(20));
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThan(Duration.ofMillis(19));
        assertThat(tracker.report().queued()).isEqualTo(1);
    }

    @Test
    void awaitWithoutTimeDoesNotWait() throws Exception {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        tracker.queued(peer());
        tracker.await(Duration.ZERO);
        assertThat(tracker.report().queued()).isEqualTo(1);
    }

    @Test
    void listsEveryTargetUpToAHundred() {
        assertThat(listed(Results.AUTO, 99)).isEqualTo(100);
        assertThat(listed(Results.AUTO, 100)).as("only the one that failed").isEqualTo(1);
    }

    @Test
    void listsAllWhenAsked() {
        assertThat(listed(Results.ALL, 300)).isEqualTo(301);
    }

    @Test
    void listsOnlyThoseThatFailedWhenAsked() {
        assertThat(listed(Results.FAILED, 5)).isEqualTo(1);
    }

    @Test
    void listsNobodyWhenAsked() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.NONE, Wait.WRITTEN);
        tracker.wrote(peer());
        tracker.refused(peer(), Refusal.CLOSED);
        tracker.missing("nobody", FailureReason.UNKNOWN);
        DeliveryReport report = tracker.report();
        assertThat(report.listed()).isEmpty();
        assertThat(report.matched()).isEqualTo(3);
        assertThat(report.failed()).isEqualTo(2);
    }

    @Test
    void countsThoseOfAPassThatAreNotListed() {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, Results.FAILED, Wait.WRITTEN);
        tracker.wrote(5_000, List.of());
        assertThat(tracker.report().written()).isEqualTo(5_000);
    }

    /**
     * How many a report lists where so many are written, by a pass and in the loop, and one failed.
     */
    private int listed(Results results, int written) {
        DeliveryTracker tracker =
                new DeliveryTracker("id-1", events, payload, results, Wait.WRITTEN);
        List<PeerSession> atOnce = new ArrayList<>();
        for (int at = 0; at < written / 2; at++) {
            atOnce.add(peer());
        }
        tracker.wrote(atOnce.size(), atOnce.subList(0, Math.min(atOnce.size(), tracker.lists())));
        for (int at = atOnce.size(); at < written; at++) {
            PeerSession later = peer();
            tracker.queued(later);
            tracker.written(later, 6);
        }
        tracker.refused(peer(), Refusal.OUTBOX_FULL);
        return tracker.report().results().size();
    }

    private static DeliveryReport.Result result(PeerSession peer, Outcome outcome) {
        return new DeliveryReport.Result(peer.id().toString(), outcome);
    }

    private PeerSession peer() {
        return registry.open(listener, new FakeLink());
    }
}
