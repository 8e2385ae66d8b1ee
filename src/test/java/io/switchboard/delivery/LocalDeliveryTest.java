package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.events.EventFixtures;
import io.switchboard.events.EventStream;
import io.switchboard.framing.Framing;
import io.switchboard.framing.RawFraming;
import io.switchboard.kernel.KernelFixtures;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Gate;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.ThreadTask;
import io.switchboard.peer.Transport;
import io.switchboard.receive.ReceiveFixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalDeliveryTest {
    private static final Target ALL = new Target.All();

    /**
     * Longer than {@link ThreadTask} waits: a call that returns has not waited for this timeout.
     */
    private static final Duration LONG = Duration.ofSeconds(20);

    private final Listener lines = PeerFixtures.listener("lines", "crlf");
    private final Listener bytes = PeerFixtures.listener("bytes", "raw");
    private final PeerRegistry registry = PeerFixtures.registry();
    private final EventStream events = EventFixtures.stream(registry);
    private final KernelSockets kernel = KernelFixtures.sockets();
    private final LocalDelivery delivery =
            new LocalDelivery(
                    registry,
                    PeerFixtures.listeners(lines, bytes),
                    new AckTracker(kernel),
                    ReceiveFixtures.requestReply(registry),
                    events,
                    DeliveryFixtures.budget());

    private final FakeLink firstLink = new FakeLink();
    private final FakeLink secondLink = new FakeLink();
    private final FakeLink rawLink = new FakeLink();
    private final PeerSession first = registry.open(lines, firstLink);
    private final PeerSession second = registry.open(lines, secondLink);
    private final PeerSession raw = registry.open(bytes, rawLink);

    @AfterEach
    void closeNetlink() {
        kernel.destroy();
    }

    @Test
    void sendsToOnePeer() throws Exception {
        DeliveryReport report = deliver(to(one(first)));
        assertThat(report).isEqualTo(written(report.id(), first, 4));
        assertThat(firstLink.text()).isEqualTo("hi\r\n");
        assertThat(secondLink.text()).isEmpty();
        assertThat(rawLink.text()).isEmpty();
    }

    @Test
    void eachPeerGetsTheFramingOfItsListener() throws Exception {
        DeliveryReport report = deliver(to(ALL));
        assertThat(firstLink.text()).isEqualTo("hi\r\n");
        assertThat(secondLink.text()).isEqualTo("hi\r\n");
        assertThat(rawLink.text()).isEqualTo("hi");
        assertThat(report.matched()).isEqualTo(3);
        assertThat(report.written()).isEqualTo(3);
        assertThat(report.results())
                .containsExactly(
                        new DeliveryReport.Result(id(first), new Outcome.Written(4)),
                        new DeliveryReport.Result(id(second), new Outcome.Written(4)),
                        new DeliveryReport.Result(id(raw), new Outcome.Written(2)));
    }

    @Test
    void theSendersFramingTakesPrecedenceOverTheListeners() throws Exception {
        deliver(send(List.of(ALL), List.of(), "a\nb", RawFraming.RAW, Wait.WRITTEN, Results.AUTO));
        assertThat(firstLink.text()).isEqualTo("a\nb");
        assertThat(rawLink.text()).isEqualTo("a\nb");
    }

    /** Race: broadcasts in different framings are concurrent. They must not share an encoding. */
    @Test
    void concurrentBroadcastsKeepTheirOwnFramings() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        firstLink.kernel(gate);
        ThreadTask<DeliveryReport> leader = ThreadTask.call(() -> deliver(to(ALL)));
        gate.awaitEntered();
        Send bare = send(List.of(ALL), List.of(), "b", RawFraming.RAW, Wait.WRITTEN, Results.AUTO);
        Send framed = send(List.of(ALL), List.of(), "c", null, Wait.WRITTEN, Results.AUTO);
        List<ThreadTask<DeliveryReport>> others = new ArrayList<>();
        for (Send each : List.of(bare, framed)) {
            ThreadTask<DeliveryReport> sender = ThreadTask.call(() -> deliver(each));
            others.add(sender);
            await().until(
                            () ->
                                    sender.thread().getState() == Thread.State.WAITING
                                            || sender.thread().getState()
                                                    == Thread.State.TIMED_WAITING);
        }
        gate.open();
        leader.result();
        for (ThreadTask<DeliveryReport> each : others) {
            assertThat(each.result().written()).isEqualTo(3);
        }
        assertThat(firstLink.text()).isIn("hi\r\nbc\r\n", "hi\r\nc\r\nb");
        assertThat(secondLink.text()).isIn("hi\r\nbc\r\n", "hi\r\nc\r\nb", "bhi\r\nc\r\n");
    }

    @Test
    void sendsToThePeersOfAListener() throws Exception {
        DeliveryReport report = deliver(to(new Target.OfListener("lines")));
        assertThat(report.matched()).isEqualTo(2);
        assertThat(firstLink.text()).isEqualTo("hi\r\n");
        assertThat(rawLink.text()).isEmpty();
    }

    @Test
    void sendsToThePeersOfATransport() throws Exception {
        assertThat(deliver(to(new Target.OfTransport(Transport.TCP))).matched()).isEqualTo(3);
    }

    @Test
    void anUnknownListenerMatchesNoPeers() throws Exception {
        assertThat(deliver(to(new Target.OfListener("none"))).matched()).isZero();
    }

    @Test
    void sendsToTheMembersOfAGroup() throws Exception {
        registry.join(first, "g");
        registry.join(raw, "g");
        DeliveryReport report = deliver(to(new Target.OfGroup("g")));
        assertThat(report.matched()).isEqualTo(2);
        assertThat(firstLink.text()).isEqualTo("hi\r\n");
        assertThat(secondLink.text()).isEmpty();
        assertThat(rawLink.text()).isEqualTo("hi");
        assertThat(deliver(to(new Target.OfGroup("none"))).matched()).isZero();
    }

    @Test
    void aNameReachesEveryPeerThatHasIt() throws Exception {
        registry.rename(first, "twin");
        registry.rename(second, "twin");
        DeliveryReport report = deliver(to(new Target.One("twin")));
        assertThat(report.results())
                .containsExactly(
                        new DeliveryReport.Result(id(first), new Outcome.Written(4)),
                        new DeliveryReport.Result(id(second), new Outcome.Written(4)));
        assertThat(deliver(to(ALL, new Target.One("twin"))).matched()).isEqualTo(3);
        first.abort(CloseReason.KICKED, null);
        report = deliver(to(new Target.One("twin")));
        assertThat(report).isEqualTo(written(report.id(), second, 4));
    }

    @Test
    void anExcludedNameExcludesEveryPeerThatHasIt() throws Exception {
        registry.rename(first, "twin");
        registry.rename(second, "twin");
        DeliveryReport report =
                deliver(
                        send(
                                List.of(ALL),
                                List.of(new Target.One("twin"), new Target.OfGroup("none")),
                                "hi",
                                null,
                                Wait.WRITTEN,
                                Results.AUTO));
        assertThat(report.results())
                .containsExactly(new DeliveryReport.Result(id(raw), new Outcome.Written(2)));
    }

    @Test
    void onlyTheFramingsOfTheGroupsMembersAreChecked() throws Exception {
        registry.join(raw, "g");
        Send send =
                send(
                        List.of(new Target.OfGroup("g")),
                        List.of(),
                        "a\nb",
                        null,
                        Wait.WRITTEN,
                        Results.AUTO);
        assertThat(deliver(send).written()).isEqualTo(1);
        registry.join(first, "g");
        assertThat(rejection(send).reason()).isEqualTo(SendResult.Reason.BAD_PAYLOAD);
        assertThat(rawLink.text()).isEqualTo("a\nb");
    }

    /** Race: a peer with another framing joins the group between the check and the pass. */
    @Test
    void aPeerWhoseFramingCannotCarryThePayloadFailsAndGetsNothing() {
        registry.join(raw, "g");
        registry.join(first, "g");
        Payload payload =
                new Payload(send(List.of(ALL), List.of(), "a\nb", null, Wait.WRITTEN, Results.ALL));
        DeliveryTracker tracker =
                new DeliveryTracker(
                        "id-1",
                        events,
                        DeliveryFixtures.budget(),
                        payload,
                        Results.ALL,
                        Wait.WRITTEN);
        new Batch(
                        List.of(new Batch.Message(payload, tracker, ConnectionCutoff.NONE)),
                        new Recipients(new Target.OfGroup("g"), Reach.ALL))
                .walk(registry.group("g").spliterator());
        assertThat(tracker.report().results())
                .containsExactlyInAnyOrder(
                        new DeliveryReport.Result(id(raw), new Outcome.Written(3)),
                        new DeliveryReport.Result(
                                id(first), new Outcome.Failed(false, FailureReason.BAD_PAYLOAD)));
        assertThat(firstLink.text()).isEmpty();
    }

    @Test
    void anUnknownPeerIsReportedAsUnknown() throws Exception {
        DeliveryReport report = deliver(to(new Target.One("nobody")));
        assertThat(report.matched()).isEqualTo(1);
        assertThat(report.failed()).isEqualTo(1);
        assertThat(report.results())
                .containsExactly(
                        new DeliveryReport.Result(
                                "nobody", new Outcome.Failed(false, FailureReason.UNKNOWN)));
    }

    @Test
    void aClosedPeerIsReportedAsClosed() throws Exception {
        first.abort(CloseReason.KICKED, null);
        assertThat(deliver(to(one(first))).results())
                .containsExactly(
                        new DeliveryReport.Result(
                                id(first), new Outcome.Failed(false, FailureReason.CLOSED)));
    }

    @Test
    void aDrainingPeerIsReportedAsDraining() throws Exception {
        firstLink.kernel(FakeLink.FULL);
        deliver(send(List.of(one(first)), List.of(), "x", null, Wait.QUEUED, Results.AUTO));
        first.close(CloseReason.KICKED, null, null, LONG);
        assertThat(deliver(to(one(first))).results())
                .containsExactly(
                        new DeliveryReport.Result(
                                id(first), new Outcome.Failed(false, FailureReason.DRAINING)));
    }

    @Test
    void aUnionReachesEachPeerOnce() throws Exception {
        DeliveryReport report =
                deliver(
                        to(
                                one(second),
                                new Target.OfListener("lines"),
                                one(first),
                                one(second),
                                ALL));
        assertThat(report.matched()).isEqualTo(3);
        assertThat(firstLink.text()).isEqualTo("hi\r\n");
        assertThat(secondLink.text()).isEqualTo("hi\r\n");
        assertThat(rawLink.text()).isEqualTo("hi");
    }

    @Test
    void aUnionReportsClosedAndUnknownPeers() throws Exception {
        second.abort(CloseReason.KICKED, null);
        DeliveryReport report = deliver(to(one(first), one(second), new Target.One("nobody")));
        assertThat(report.matched()).isEqualTo(3);
        assertThat(report.written()).isEqualTo(1);
        assertThat(report.results())
                .containsExactlyInAnyOrder(
                        new DeliveryReport.Result(id(first), new Outcome.Written(4)),
                        new DeliveryReport.Result(
                                id(second), new Outcome.Failed(false, FailureReason.CLOSED)),
                        new DeliveryReport.Result(
                                "nobody", new Outcome.Failed(false, FailureReason.UNKNOWN)));
    }

    @Test
    void doesNotSendToExcludedPeers() throws Exception {
        DeliveryReport report =
                deliver(
                        send(
                                List.of(ALL),
                                List.of(one(second), new Target.OfListener("bytes")),
                                "hi",
                                null,
                                Wait.WRITTEN,
                                Results.AUTO));
        assertThat(report.matched()).isEqualTo(1);
        assertThat(firstLink.text()).isEqualTo("hi\r\n");
        assertThat(secondLink.text()).isEmpty();
        assertThat(rawLink.text()).isEmpty();
    }

    @Test
    void excludesAPeerThatIsAlsoATarget() throws Exception {
        DeliveryReport report =
                deliver(
                        send(
                                List.of(one(first)),
                                List.of(one(first)),
                                "hi",
                                null,
                                Wait.WRITTEN,
                                Results.AUTO));
        assertThat(report.matched()).isZero();
        assertThat(firstLink.text()).isEmpty();
    }

    /** If one peer's framing cannot carry the payload, no other peer may have got it. */
    @Test
    void aBadPayloadIsRejectedBeforeAnythingIsSent() throws Exception {
        for (List<Target> to :
                List.of(
                        List.of(ALL),
                        List.of(one(first)),
                        List.of(one(raw), one(first)),
                        List.<Target>of(new Target.OfTransport(Transport.TCP)))) {
            Send send = send(to, List.of(), "a\nb", null, Wait.WRITTEN, Results.AUTO);
            SendResult.Rejected rejected = rejection(send);
            assertThat(rejected.reason()).as("to %s", to).isEqualTo(SendResult.Reason.BAD_PAYLOAD);
            assertThat(rejected.detail()).contains("byte 1 of the payload");
        }
        assertThat(firstLink.text() + secondLink.text() + rawLink.text()).isEmpty();
    }

    @Test
    void onlyTheFramingsOfTheTargetsAreChecked() throws Exception {
        deliver(
                send(
                        List.of(new Target.OfListener("bytes")),
                        List.of(),
                        "a\nb",
                        null,
                        Wait.WRITTEN,
                        Results.AUTO));
        deliver(send(List.of(one(raw)), List.of(), "c\nd", null, Wait.WRITTEN, Results.AUTO));
        deliver(
                send(
                        List.of(ALL),
                        List.of(new Target.OfListener("lines")),
                        "e\nf",
                        null,
                        Wait.WRITTEN,
                        Results.AUTO));
        assertThat(rawLink.text()).isEqualTo("a\nbc\nde\nf");
    }

    @Test
    void aSplitPayloadIsSentAsSeveralFrames() throws Exception {
        deliver(SendBuilder.to(ALL).payload("a\nb\n").split(true).build());
        assertThat(firstLink.text()).isEqualTo("a\r\nb\r\n");
        assertThat(first.snapshot().sent().messages()).isEqualTo(2);
        assertThat(rawLink.text()).isEqualTo("a\nb\n");
    }

    @Test
    void waitQueuedDoesNotWait() throws Exception {
        firstLink.kernel(FakeLink.FULL);
        for (Target target : List.of(one(first), new Target.OfListener("lines"))) {
            Send send = send(List.of(target), List.of(), "hi", null, Wait.QUEUED, Results.AUTO);
            DeliveryReport report = ThreadTask.call(() -> deliver(send)).result();
            assertThat(report.queued()).isEqualTo(1);
            assertThat(report.results())
                    .contains(new DeliveryReport.Result(id(first), new Outcome.Queued()));
        }
    }

    @Test
    void waitWrittenWaitsForTheEventLoop() throws Exception {
        firstLink.kernel(FakeLink.FULL);
        ThreadTask<DeliveryReport> sender = ThreadTask.call(() -> deliver(to(one(first))));
        assertThat(firstLink.wakeRequests().tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        assertThat(sender.done()).isFalse();
        firstLink.kernel(FakeLink.TAKES_ALL);
        first.writable();
        DeliveryReport report = sender.result();
        assertThat(report).isEqualTo(written(report.id(), first, 4));
    }

    @Test
    void aPartlyWrittenMessageIsWrittenWhenTheEventLoopWritesTheRest() throws Exception {
        firstLink.kernel(FakeLink.takes(1));
        ThreadTask<DeliveryReport> sender = ThreadTask.call(() -> deliver(to(one(first))));
        assertThat(firstLink.wakeRequests().tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        assertThat(sender.done()).isFalse();
        first.writable();
        DeliveryReport report = sender.result();
        assertThat(report).isEqualTo(written(report.id(), first, 4));
        assertThat(firstLink.text()).isEqualTo("hi\r\n");
    }

    @Test
    void aMessageToOnePeerIsReportedAsQueuedAfterTheTimeout() throws Exception {
        firstLink.kernel(FakeLink.FULL);
        Send send = SendBuilder.to(one(first)).timeout(Duration.ofMillis(1)).build();
        assertThat(deliver(send).results())
                .containsExactly(new DeliveryReport.Result(id(first), new Outcome.Queued()));
    }

    /** A node that runs another release may leave out the targets. */
    @Test
    void aMessageWithoutTargetsMatchesNoPeer() throws Exception {
        assertThat(deliver(to()).matched()).isZero();
    }

    @Test
    void aBroadcastReportsTheMessagesThatAreQueuedAfterTheTimeout() throws Exception {
        firstLink.kernel(FakeLink.FULL);
        DeliveryReport report = deliver(SendBuilder.to(ALL).timeout(Duration.ofMillis(1)).build());
        assertThat(report.matched()).isEqualTo(3);
        assertThat(report.written()).isEqualTo(2);
        assertThat(report.queued()).isEqualTo(1);
        assertThat(report.failed()).isZero();
    }

    /** Race: the peer closes while its message is queued. The sender must not wait any longer. */
    @Test
    void aQueuedMessageFailsWhenThePeerCloses() throws Exception {
        firstLink.kernel(FakeLink.FULL);
        ThreadTask<DeliveryReport> sender = ThreadTask.call(() -> deliver(to(one(first))));
        assertThat(firstLink.wakeRequests().tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        first.peerClosed();
        assertThat(sender.result().results())
                .containsExactly(
                        new DeliveryReport.Result(
                                id(first), new Outcome.Failed(true, FailureReason.PEER_CLOSED)));
    }

    @Test
    void oneFullOutboxDoesNotFailTheRest() throws Exception {
        PeerRegistry small = PeerFixtures.registry(PeerFixtures.limits(1_000, 1), 10);
        LocalDelivery its =
                new LocalDelivery(
                        small,
                        PeerFixtures.listeners(lines),
                        new AckTracker(kernel),
                        ReceiveFixtures.requestReply(small),
                        events,
                        DeliveryFixtures.budget());
        FakeLink full = new FakeLink(FakeLink.FULL);
        FakeLink free = new FakeLink();
        PeerSession stuck = small.open(lines, full);
        small.open(lines, free);
        deliver(its, send(List.of(ALL), List.of(), "one", null, Wait.QUEUED, Results.AUTO));
        DeliveryReport report =
                deliver(
                        its,
                        send(List.of(ALL), List.of(), "two", null, Wait.QUEUED, Results.FAILED));
        assertThat(report.written()).isEqualTo(1);
        assertThat(report.failed()).isEqualTo(1);
        assertThat(report.results())
                .containsExactly(
                        new DeliveryReport.Result(
                                id(stuck), new Outcome.Failed(false, FailureReason.OUTBOX_FULL)));
        assertThat(free.text()).isEqualTo("one\r\ntwo\r\n");
    }

    @Test
    void eachDeliveryHasItsOwnId() throws Exception {
        String one = deliver(to(ALL)).id();
        String other = deliver(to(ALL)).id();
        assertThat(one).startsWith(registry.boot() + "-d").isNotEqualTo(other);
    }

    @Test
    void aReportOnASinglePeerAlwaysListsIt() throws Exception {
        assertThat(
                        deliver(
                                        send(
                                                List.of(one(first)),
                                                List.of(),
                                                "hi",
                                                null,
                                                Wait.WRITTEN,
                                                Results.NONE))
                                .results())
                .hasSize(1);
    }

    /** The HTTP answer is made from that result, whatever {@link Results} the client chose. */
    @Test
    void aReportOnASinglePeerListsItEvenIfOthersAreExcluded() throws Exception {
        for (Target target : List.of(one(first), new Target.One("nobody"))) {
            assertThat(
                            deliver(
                                            send(
                                                    List.of(target),
                                                    List.of(one(second)),
                                                    "hi",
                                                    null,
                                                    Wait.WRITTEN,
                                                    Results.NONE))
                                    .results())
                    .hasSize(1);
        }
    }

    @Test
    void aUnionReportsAnUnknownPeerOnce() throws Exception {
        Target nobody = new Target.One("nobody");
        assertThat(deliver(to(nobody, one(first), nobody)).matched()).isEqualTo(2);
    }

    @Test
    void aReportOnABroadcastListsNoTargetIfResultsIsNone() throws Exception {
        assertThat(
                        deliver(
                                        send(
                                                List.of(ALL),
                                                List.of(),
                                                "hi",
                                                null,
                                                Wait.WRITTEN,
                                                Results.NONE))
                                .results())
                .isEmpty();
    }

    /** The budget has room for two of three targets, whatever the sender waits for. */
    @Test
    void refusesAMessageWhoseTargetsNeedTooMuchMemoryBeforeItIsOffered() throws Exception {
        for (Wait until : List.of(Wait.REPLY, Wait.WRITTEN, Wait.QUEUED)) {
            DeliveryBudget small =
                    DeliveryFixtures.budget(2L * DeliveryBudget.bytesPerTarget(until, Results.ALL));
            LocalDelivery bounded = bounded(small);
            for (List<Target> to : List.of(List.of(ALL), List.of(ALL, one(raw)))) {
                Send send = send(to, List.of(), "hi", null, until, Results.ALL);
                SendResult.Rejected rejected = (SendResult.Rejected) result(bounded, send);
                assertThat(rejected.reason()).isEqualTo(SendResult.Reason.MEMORY_FULL);
                assertThat(rejected.detail())
                        .contains(
                                "for its 3 targets",
                                "switchboard.deliveries.total-max is " + small.limit(),
                                "nothing was sent: name fewer targets, or raise it");
            }
            assertThat(firstLink.text() + rawLink.text()).isEmpty();
            assertThat(small.used()).isZero();
        }
    }

    @Test
    void aMessageThatRecordsNoTargetOrHasOneNeedsNoMemory() throws Exception {
        LocalDelivery bounded = bounded(DeliveryFixtures.budget(0));
        assertThat(deliver(bounded, to(ALL)).written()).isEqualTo(3);
        ThreadTask<DeliveryReport> request =
                ThreadTask.call(
                        () ->
                                deliver(
                                        bounded,
                                        send(
                                                List.of(one(first)),
                                                List.of(),
                                                "hi",
                                                null,
                                                Wait.REPLY,
                                                Results.ALL)));
        await().until(() -> firstLink.text().equals("hi\r\nhi\r\n"));
        first.peerClosed();
        assertThat(request.result().failed()).isEqualTo(1);
    }

    /** A request holds its memory until its report is made, and then the next one has it. */
    @Test
    void aRequestThatEndsMakesRoomForTheNext() throws Exception {
        DeliveryBudget small =
                DeliveryFixtures.budget(
                        4L * DeliveryBudget.bytesPerTarget(Wait.REPLY, Results.AUTO));
        LocalDelivery bounded = bounded(small);
        Send send = send(List.of(ALL), List.of(), "hi", null, Wait.REPLY, Results.AUTO);
        ThreadTask<DeliveryReport> waiting = ThreadTask.call(() -> deliver(bounded, send));
        await().until(() -> rawLink.text().equals("hi"));
        SendResult.Rejected rejected = (SendResult.Rejected) result(bounded, send);
        assertThat(rejected.detail()).endsWith("try again later, or name fewer targets");
        first.peerClosed();
        second.peerClosed();
        raw.peerClosed();
        assertThat(waiting.result().failed()).isEqualTo(3);
        assertThat(small.used()).isZero();
    }

    /** A request with thousands of targets takes long. */
    @Test
    void aPeerThatHasLeftTheReachSinceItWasSelectedGetsNothing() throws Exception {
        registry.join(first, "open");
        registry.join(second, "open");
        firstLink.kernel(
                offered -> {
                    registry.leave(second, "open");
                    return offered;
                });
        Send send =
                SendBuilder.to(one(first), one(second))
                        .reach(new Reach(Set.of(), Set.of("open")))
                        .build();
        assertThat(deliver(send).matched()).isOne();
        assertThat(firstLink.text()).isEqualTo("hi\r\n");
        assertThat(secondLink.text()).isEmpty();
    }

    /** The report would tell when and why a peer out of reach ends. */
    @Test
    void aRequestToAPeerThatHasLeftTheReachEndsWithoutAReply() throws Exception {
        registry.join(first, "open");
        registry.join(second, "open");
        Send send =
                SendBuilder.to(one(first), one(second))
                        .until(Wait.REPLY)
                        .timeout(Duration.ofSeconds(3))
                        .results(Results.ALL)
                        .reach(new Reach(Set.of(), Set.of("open")))
                        .build();
        secondLink.kernel(FakeLink.FULL);
        long began = System.nanoTime();
        ThreadTask<DeliveryReport> request = ThreadTask.call(() -> deliver(send));
        await().until(() -> firstLink.text().equals("hi\r\n") && second.view().queuedBytes() == 4);
        registry.leave(first, "open");
        registry.leave(second, "open");
        first.peerClosed();
        second.abort(CloseReason.RESET, null);
        DeliveryReport report = request.result();
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(send.timeout().toNanos());
        assertThat(report.results())
                .extracting(DeliveryReport.Result::outcome)
                .containsOnly(new Outcome.Failed(true, FailureReason.NO_REPLY));
    }

    private LocalDelivery bounded(DeliveryBudget budget) {
        return new LocalDelivery(
                registry,
                PeerFixtures.listeners(lines, bytes),
                new AckTracker(kernel),
                ReceiveFixtures.requestReply(registry),
                events,
                budget);
    }

    private DeliveryReport deliver(Send send) throws InterruptedException {
        return deliver(delivery, send);
    }

    private static DeliveryReport deliver(LocalDelivery delivery, Send send)
            throws InterruptedException {
        return (DeliveryReport) result(delivery, send);
    }

    private SendResult.Rejected rejection(Send send) throws InterruptedException {
        return (SendResult.Rejected) result(delivery, send);
    }

    private static NodeResult result(LocalDelivery delivery, Send send)
            throws InterruptedException {
        return delivery.send(send, delivery.nextId(), ConnectionCutoff.NONE);
    }

    private static Target one(PeerSession peer) {
        return new Target.One(id(peer));
    }

    private static String id(PeerSession peer) {
        return peer.id().toString();
    }

    private static DeliveryReport written(String id, PeerSession peer, int bytes) {
        return new DeliveryReport(
                id,
                1,
                0,
                1,
                0,
                0,
                0,
                List.of(new DeliveryReport.Result(id(peer), new Outcome.Written(bytes))),
                List.of(),
                false,
                List.of());
    }

    private static Send to(Target... targets) {
        return send(List.of(targets), List.of(), "hi", null, Wait.WRITTEN, Results.AUTO);
    }

    private static Send send(
            List<Target> to,
            List<Target> exclude,
            String text,
            @Nullable Framing framing,
            Wait until,
            Results results) {
        return SendBuilder.to(to)
                .exclude(exclude)
                .payload(text)
                .framing(framing)
                .until(until)
                .results(results)
                .build();
    }
}
