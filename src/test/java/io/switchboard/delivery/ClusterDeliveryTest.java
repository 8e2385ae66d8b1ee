package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.events.EventFixtures;
import io.switchboard.events.EventStream;
import io.switchboard.inbound.InboundFixtures;
import io.switchboard.kernel.KernelFixtures;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three nodes in one JVM, with real deliveries and peers. */
class ClusterDeliveryTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final KernelSockets kernel = KernelFixtures.sockets();

    /** One node. */
    private final class Site {
        private final Listener lines = PeerFixtures.listener("lines", "lf");
        private final PeerRegistry registry = PeerFixtures.registry();
        private final EventStream events = EventFixtures.stream(registry);
        private final LocalDelivery delivery =
                new LocalDelivery(
                        registry,
                        PeerFixtures.listeners(lines),
                        new AckTracker(kernel),
                        InboundFixtures.replies(registry),
                        events);
        private final IdempotencyStore store = new IdempotencyStore();
        private final ClusterDelivery handler =
                new ClusterDelivery(delivery, new FakeCluster(registry.boot(), "site"), store);
        private final FakeLink link = new FakeLink();
        private final PeerSession peer = registry.open(lines, link);

        String id() {
            return peer.id().toString();
        }
    }

    private final Site here = new Site();
    private final Site there = new Site();
    private final Site yonder = new Site();
    private final LinkedNodes nodes = new LinkedNodes(here.registry.boot());
    private final Node second = nodes.add(there.registry.boot(), "n2", there.handler);
    private final Node third = nodes.add(yonder.registry.boot(), "n3", yonder.handler);
    private final ClusterDelivery delivery =
            new ClusterDelivery(here.delivery, nodes.nodes(), here.store);

    @AfterEach
    void closeNetlink() {
        kernel.destroy();
    }

    @Test
    void aPeersIdSaysWhichNodeIsAsked() throws Exception {
        DeliveryReport report = report(delivery, to(there.id()), null);
        assertThat(report.results())
                .containsExactly(new DeliveryReport.Result(there.id(), new Outcome.Written(3)));
        assertThat(there.link.text()).isEqualTo("hi\n");
        assertThat(nodes.asked()).containsExactly("n2");
        assertThat(report.partial()).isFalse();
    }

    @Test
    void whatIsForThisNodesPeerAsksNobody() throws Exception {
        assertThat(report(delivery, to(here.id()), null).written()).isOne();
        assertThat(nodes.asked()).isEmpty();
    }

    @Test
    void aBroadcastIsTheSumOfAllNodes() throws Exception {
        DeliveryReport report = report(delivery, to("all"), null);
        assertThat(report.matched()).isEqualTo(3);
        assertThat(report.written()).isEqualTo(3);
        assertThat(report.results())
                .extracting(DeliveryReport.Result::peer)
                .containsExactlyInAnyOrder(here.id(), there.id(), yonder.id());
    }

    @Test
    void aNameIsThatOfPeersOfAnyNode() throws Exception {
        there.registry.rename(there.peer, "meter");
        yonder.registry.rename(yonder.peer, "meter");
        DeliveryReport report = report(delivery, to("meter"), null);
        assertThat(report.written()).isEqualTo(2);
        assertThat(report.failed()).isZero();
        assertThat(here.link.text()).isEmpty();
    }

    /** Race: it is sent to where it was, and before it is sent to elsewhere it has moved there. */
    @Test
    void aPeerThatMovesToAnotherNodeMeanwhileIsReachedOnce() throws Exception {
        FakeLink moved = new FakeLink();
        nodes.meanwhile(() -> yonder.registry.rename(come(yonder, moved), "meter"));
        there.registry.rename(there.peer, "meter");
        assertThat(report(delivery, to("meter"), null).results())
                .containsExactly(new DeliveryReport.Result(there.id(), new Outcome.Written(3)));
        assertThat(moved.text()).isEmpty();
    }

    /** The same race, with the node that asks. */
    @Test
    void aPeerThatMovesHereMeanwhileIsReachedOnce() throws Exception {
        FakeLink moved = new FakeLink();
        nodes.meanwhile(() -> come(here, moved));
        DeliveryReport report = report(delivery, to("all"), null);
        assertThat(report.matched()).isEqualTo(3);
        assertThat(moved.text()).isEmpty();
        assertThat(report(delivery, to("all"), null).matched()).isEqualTo(4);
    }

    private static PeerSession come(Site site, FakeLink link) {
        return site.registry.open(site.lines, link);
    }

    @Test
    void aNameThatNobodyHasIsUnknownOnce() throws Exception {
        DeliveryReport report = report(delivery, to("meter"), null);
        assertThat(report.matched()).isOne();
        assertThat(report.results()).containsExactly(failed("meter", false, FailureReason.UNKNOWN));
    }

    @Test
    void aNameThatSomebodyHadIsClosed() throws Exception {
        yonder.registry.rename(yonder.peer, "meter");
        yonder.peer.close(CloseReason.KICKED, null, null, LONG);
        DeliveryReport report = report(delivery, to("meter"), null);
        assertThat(report.results()).containsExactly(failed("meter", false, FailureReason.CLOSED));
    }

    @Test
    void aNameIsNotUnknownWhileANodeIsSilent() throws Exception {
        nodes.fail(third, RpcFailure.SILENT);
        DeliveryReport report = report(delivery, to("meter"), null);
        assertThat(report.results())
                .containsExactly(failed("meter", true, FailureReason.NO_ANSWER));
        assertThat(report.missing()).containsExactly("n3");
    }

    @Test
    void whoIsNamedTwiceGetsItOnce() throws Exception {
        there.registry.rename(there.peer, "meter");
        DeliveryReport report = report(delivery, to(there.id(), "meter", "all"), null);
        assertThat(there.link.text()).isEqualTo("hi\n");
        assertThat(report.matched()).isEqualTo(3);
    }

    @Test
    void whoIsExcludedIsSoAtEveryNode() throws Exception {
        Send send =
                new Send(
                        List.of(new Target.All()),
                        List.of(new Target.One(there.id()), new Target.One(here.id())),
                        "hi".getBytes(ISO_8859_1),
                        null,
                        false,
                        Wait.WRITTEN,
                        LONG,
                        Results.AUTO,
                        false);
        assertThat(report(delivery, send, null).matched()).isOne();
        assertThat(yonder.link.text()).isEqualTo("hi\n");
    }

    @Test
    void aNodeThatIsLostHasGotNothing() throws Exception {
        nodes.fail(second, RpcFailure.LOST);
        assertThat(report(delivery, to(there.id()), null).results())
                .containsExactly(failed(there.id(), false, FailureReason.OWNER_LOST));
    }

    @Test
    void aNodeThatIsSilentMayHaveGotIt() throws Exception {
        nodes.fail(second, RpcFailure.SILENT);
        assertThat(report(delivery, to(there.id()), null).results())
                .containsExactly(failed(there.id(), true, FailureReason.NO_ANSWER));
    }

    @Test
    void anIdOfNoNodeIsUnknown() throws Exception {
        String gone = "9zzzzz-1";
        assertThat(report(delivery, to(gone), null).results())
                .containsExactly(failed(gone, false, FailureReason.UNKNOWN));
    }

    @Test
    void aNodeThatDoesNotAnswerMakesABroadcastPartial() throws Exception {
        nodes.fail(second, RpcFailure.SILENT);
        DeliveryReport report = report(delivery, to("all"), null);
        assertThat(report.written()).isEqualTo(2);
        assertThat(report.partial()).isTrue();
        assertThat(report.missing()).containsExactly("n2");
    }

    @Test
    void withoutRedisItsOwnPeersGetTheirs() throws Exception {
        nodes.disconnect();
        assertThat(report(delivery, to(here.id()), null).written()).isOne();
        DeliveryReport all = report(delivery, to("all"), null);
        assertThat(all.written()).isOne();
        assertThat(all.partial()).isTrue();
        assertThat(report(delivery, to(there.id()), null).results())
                .containsExactly(failed(there.id(), false, FailureReason.BUS_UNAVAILABLE));
    }

    /** A client that was not told tries again, perhaps by another node. */
    @Test
    void underOneKeyEveryNodeSendsOnce() throws Exception {
        LinkedNodes others = new LinkedNodes(there.registry.boot());
        others.add(here.registry.boot(), "n1", here.handler);
        others.add(yonder.registry.boot(), "n3", yonder.handler);
        ClusterDelivery another = new ClusterDelivery(there.delivery, others.nodes(), there.store);
        assertThat(report(delivery, to("all"), "key").written()).isEqualTo(3);
        assertThat(report(another, to("all"), "key").written()).isEqualTo(3);
        assertThat(here.link.text()).isEqualTo("hi\n");
        assertThat(there.link.text()).isEqualTo("hi\n");
        assertThat(yonder.link.text()).isEqualTo("hi\n");
    }

    @Test
    void aKeyOfAnotherMessageIsRefusedByTheNodeThatKnowsIt() throws Exception {
        report(delivery, to(there.id()), "key");
        Send other =
                new Send(
                        List.of(new Target.One(there.id())),
                        List.of(),
                        "ho".getBytes(ISO_8859_1),
                        null,
                        false,
                        Wait.WRITTEN,
                        LONG,
                        Results.AUTO,
                        false);
        assertThat(reason(delivery.send(other, "key"))).isEqualTo(SendResult.Reason.KEY_REUSED);
        assertThat(there.link.text()).isEqualTo("hi\n");
    }

    /** Nothing was sent, so that trying again must not get the same answer. */
    @Test
    void underOneKeyWhatFailedIsTriedAgain() throws Exception {
        there.registry.rename(there.peer, "meter");
        assertThat(report(delivery, to("metre"), "key").failed()).isOne();
        there.registry.rename(there.peer, "metre");
        assertThat(report(delivery, to("metre"), "key").written()).isOne();
    }

    @Test
    void aPayloadThatCannotBeSentIsRefusedAsByOneNode() throws Exception {
        Send send =
                new Send(
                        List.of(new Target.One(there.id())),
                        List.of(),
                        "a\nb".getBytes(ISO_8859_1),
                        null,
                        false,
                        Wait.WRITTEN,
                        LONG,
                        Results.AUTO,
                        false);
        assertThat(reason(delivery.send(send, null))).isEqualTo(SendResult.Reason.BAD_PAYLOAD);
        assertThat(there.link.text()).isEmpty();
    }

    private static DeliveryReport report(ClusterDelivery delivery, Send send, @Nullable String key)
            throws InterruptedException {
        return (DeliveryReport) delivery.send(send, key);
    }

    private static SendResult.Reason reason(NodeResult result) {
        return ((SendResult.Rejected) result).reason();
    }

    private static DeliveryReport.Result failed(
            String peer, boolean accepted, FailureReason reason) {
        return new DeliveryReport.Result(peer, new Outcome.Failed(accepted, reason));
    }

    private static Send to(String... targets) {
        return new Send(
                Arrays.stream(targets).map(Target::parse).toList(),
                List.of(),
                "hi".getBytes(ISO_8859_1),
                null,
                false,
                Wait.WRITTEN,
                LONG,
                Results.AUTO,
                false);
    }
}
