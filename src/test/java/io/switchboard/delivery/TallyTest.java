package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

class TallyTest {
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
                            Results.AUTO));

    @Test
    void countsEachTargetOnceAndUnderItsLastState() {
        Tally tally = new Tally("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        PeerSession atOnce = peer();
        PeerSession later = peer();
        PeerSession waiting = peer();
        PeerSession refused = peer();
        PeerSession failed = peer();
        tally.wrote(atOnce);
        tally.queued(later);
        tally.queued(waiting);
        tally.queued(failed);
        tally.refused(refused, Refusal.OUTBOX_FULL);
        tally.written(later, 6);
        tally.failed(failed, CloseReason.RESET);
        tally.missing("nobody", "unknown");

        DeliveryReport report = tally.report();
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
                        result(failed, new Outcome.Failed(true, "reset")),
                        result(refused, new Outcome.Failed(false, "outbox_full")),
                        new DeliveryReport.Result("nobody", new Outcome.Failed(false, "unknown")));
    }

    /** Those that an outbox held, or the kernel; what the answer refuses is no event. */
    @Test
    void tellsOfEachFailureOfWhatWasAcceptedOnce() {
        Tally tally = new Tally("id-1", events, payload, Results.NONE, Wait.ACKED);
        PeerSession failed = peer();
        PeerSession lost = peer();
        PeerSession acked = peer();
        EventFilter failures =
                new EventFilter(Set.of(), Set.of(), Set.of(), Set.of(EventType.SEND_FAILED.word()));
        try (Subscription told = events.subscribe(failures, null).orElseThrow()) {
            tally.queued(failed);
            tally.refused(peer(), Refusal.OUTBOX_FULL);
            tally.missing("nobody", "unknown");
            tally.wrote(lost);
            tally.wrote(acked);
            tally.writtenTo();
            tally.failed(failed, CloseReason.SLOW_CONSUMER);
            tally.settle(acked, true);
            lost.abort(CloseReason.RESET, null);
            tally.settle(lost, false);
            assertThat(told.read().events())
                    .extracting(
                            each -> each.peer().id() + " " + each.reason() + " " + each.delivery())
                    .containsExactly(
                            failed.id() + " slow_consumer id-1", lost.id() + " reset id-1");
        }
    }

    @Test
    void countsWhatWasAcknowledgedAndWhatWasLostAfterAll() {
        Tally tally = new Tally("id-1", events, payload, Results.AUTO, Wait.ACKED);
        PeerSession acked = peer();
        PeerSession ackedLater = peer();
        PeerSession lost = peer();
        PeerSession unsure = peer();
        PeerSession refused = peer();
        tally.wrote(acked);
        tally.wrote(lost);
        tally.wrote(unsure);
        tally.queued(ackedLater);
        tally.written(ackedLater, 6);
        tally.refused(refused, Refusal.OUTBOX_FULL);
        assertThat(tally.writtenTo()).containsExactlyInAnyOrder(acked, lost, unsure, ackedLater);

        lost.abort(CloseReason.RESET, null);
        tally.settle(acked, true);
        tally.settle(ackedLater, true);
        tally.settle(lost, false);
        assertThat(tally.writtenTo()).containsExactly(unsure);
        DeliveryReport report = tally.report();
        assertThat(report.matched()).isEqualTo(5);
        assertThat(report.written()).isEqualTo(1);
        assertThat(report.acked()).isEqualTo(2);
        assertThat(report.failed()).isEqualTo(2);
        assertThat(report.results())
                .containsExactlyInAnyOrder(
                        result(unsure, new Outcome.Written(6)),
                        result(acked, new Outcome.Acked(6)),
                        result(ackedLater, new Outcome.Acked(6)),
                        result(lost, new Outcome.Failed(true, "reset")),
                        result(refused, new Outcome.Failed(false, "outbox_full")));
    }

    /** Whose acknowledgement is asked for must be known, listed or not. */
    @Test
    void remembersEveryPeerWhoseAcknowledgementIsAskedFor() {
        assertThat(new Tally("id-1", events, payload, Results.NONE, Wait.ACKED).lists())
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(new Tally("id-1", events, payload, Results.NONE, Wait.WRITTEN).lists()).isZero();
    }

    @Test
    void awaitReturnsAtOnceWhenNothingIsQueued() throws Exception {
        Tally tally = new Tally("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        tally.wrote(peer());
        tally.refused(peer(), Refusal.CLOSED);
        tally.await(LONG);
        assertThat(tally.report().matched()).isEqualTo(2);
    }

    @Test
    void awaitReturnsWhenTheLastOneEnds() throws Exception {
        Tally tally = new Tally("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        PeerSession one = peer();
        PeerSession other = peer();
        tally.queued(one);
        tally.queued(other);
        Elsewhere<Boolean> sender =
                Elsewhere.call(
                        () -> {
                            tally.await(LONG);
                            return true;
                        });
        await().until(() -> sender.thread().getState() == Thread.State.TIMED_WAITING);
        tally.written(one, 6);
        assertThat(sender.done()).isFalse();
        assertThat(sender.thread().getState()).isEqualTo(Thread.State.TIMED_WAITING);
        tally.failed(other, CloseReason.KICKED);
        assertThat(sender.result()).isTrue();
    }

    /** Object.wait may return for no reason (its Javadoc). */
    @Test
    void awaitIsNotMisledByAWakeUpForNoReason() throws Exception {
        Tally tally = new Tally("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        PeerSession peer = peer();
        tally.queued(peer);
        Elsewhere<Boolean> sender =
                Elsewhere.call(
                        () -> {
                            tally.await(LONG);
                            return true;
                        });
        await().until(() -> sender.thread().getState() == Thread.State.TIMED_WAITING);
        synchronized (tally) {
            tally.notifyAll();
        }
        await().during(Duration.ofMillis(50)).until(() -> !sender.done());
        tally.written(peer, 6);
        assertThat(sender.result()).isTrue();
    }

    @Test
    void awaitReturnsWhenTheTimeIsUp() throws Exception {
        Tally tally = new Tally("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        tally.queued(peer());
        long start = System.nanoTime();
        tally.await(Duration.ofMillis(20));
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThan(Duration.ofMillis(19));
        assertThat(tally.report().queued()).isEqualTo(1);
    }

    @Test
    void awaitWithoutTimeDoesNotWait() throws Exception {
        Tally tally = new Tally("id-1", events, payload, Results.AUTO, Wait.WRITTEN);
        tally.queued(peer());
        tally.await(Duration.ZERO);
        assertThat(tally.report().queued()).isEqualTo(1);
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
        Tally tally = new Tally("id-1", events, payload, Results.NONE, Wait.WRITTEN);
        tally.wrote(peer());
        tally.refused(peer(), Refusal.CLOSED);
        tally.missing("nobody", "unknown");
        DeliveryReport report = tally.report();
        assertThat(report.listed()).isEmpty();
        assertThat(report.matched()).isEqualTo(3);
        assertThat(report.failed()).isEqualTo(2);
    }

    @Test
    void countsThoseOfAPassThatAreNotListed() {
        Tally tally = new Tally("id-1", events, payload, Results.FAILED, Wait.WRITTEN);
        tally.wrote(5_000, List.of());
        assertThat(tally.report().written()).isEqualTo(5_000);
    }

    /**
     * How many a report lists where so many are written, by a pass and in the loop, and one failed.
     */
    private int listed(Results results, int written) {
        Tally tally = new Tally("id-1", events, payload, results, Wait.WRITTEN);
        List<PeerSession> atOnce = new ArrayList<>();
        for (int at = 0; at < written / 2; at++) {
            atOnce.add(peer());
        }
        tally.wrote(atOnce.size(), atOnce.subList(0, Math.min(atOnce.size(), tally.lists())));
        for (int at = atOnce.size(); at < written; at++) {
            PeerSession later = peer();
            tally.queued(later);
            tally.written(later, 6);
        }
        tally.refused(peer(), Refusal.OUTBOX_FULL);
        return tally.report().results().size();
    }

    private static DeliveryReport.Result result(PeerSession peer, Outcome outcome) {
        return new DeliveryReport.Result(peer.id().toString(), outcome);
    }

    private PeerSession peer() {
        return registry.open(listener, new FakeLink());
    }
}
