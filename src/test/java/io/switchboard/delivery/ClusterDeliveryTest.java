package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.events.EventFixtures;
import io.switchboard.events.EventStream;
import io.switchboard.kernel.KernelFixtures;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.receive.ReceiveFixtures;
import io.switchboard.tracing.Tracing;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sends between three nodes in one JVM that have real registries and deliveries. */
class ClusterDeliveryTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final KernelSockets kernel = KernelFixtures.sockets();

    private final class TestNode {
        private final Listener lines = PeerFixtures.listener("lines", "lf");
        private final PeerRegistry registry = PeerFixtures.registry();
        private final EventStream events = EventFixtures.stream(registry);
        private final LocalDelivery delivery =
                new LocalDelivery(
                        registry,
                        PeerFixtures.listeners(lines),
                        new AckTracker(kernel),
                        ReceiveFixtures.requestReply(registry),
                        events,
                        DeliveryFixtures.budget());
        private final IdempotencyStore store = new IdempotencyStore();
        private final ClusterDelivery handler =
                new ClusterDelivery(
                        delivery, new FakeCluster(registry.boot(), "site"), store, Tracing.OFF);
        private final FakeLink link = new FakeLink();
        private final PeerSession peer = registry.open(lines, link);

        String id() {
            return peer.id().toString();
        }
    }

    private final TestNode node1 = new TestNode();
    private final TestNode node2 = new TestNode();
    private final TestNode node3 = new TestNode();
    private final LinkedNodes cluster = new LinkedNodes(node1.registry.boot());
    private final Node second = cluster.add(node2.registry.boot(), "n2", node2.handler);
    private final Node third = cluster.add(node3.registry.boot(), "n3", node3.handler);
    private final ClusterDelivery delivery =
            new ClusterDelivery(node1.delivery, cluster.cluster(), node1.store, Tracing.OFF);

    @AfterEach
    void closeNetlink() {
        kernel.destroy();
    }

    @Test
    void aPeersIdSelectsTheNodeThatIsCalled() throws Exception {
        DeliveryReport report = report(delivery, to(node2.id()), null);
        assertThat(report.results())
                .containsExactly(new DeliveryReport.Result(node2.id(), new Outcome.Written(3)));
        assertThat(node2.link.text()).isEqualTo("hi\n");
        assertThat(cluster.called()).containsExactly("n2");
        assertThat(report.partial()).isFalse();
    }

    @Test
    void aMessageToAPeerOfThisNodeCallsNoOtherNode() throws Exception {
        assertThat(report(delivery, to(node1.id()), null).written()).isOne();
        assertThat(cluster.called()).isEmpty();
    }

    @Test
    void aBroadcastIsTheSumOfAllNodes() throws Exception {
        DeliveryReport report = report(delivery, to("all"), null);
        assertThat(report.matched()).isEqualTo(3);
        assertThat(report.written()).isEqualTo(3);
        assertThat(report.results())
                .extracting(DeliveryReport.Result::peer)
                .containsExactlyInAnyOrder(node1.id(), node2.id(), node3.id());
    }

    @Test
    void aNameReachesThePeersOfAllNodesThatHaveIt() throws Exception {
        node2.registry.rename(node2.peer, "meter");
        node3.registry.rename(node3.peer, "meter");
        DeliveryReport report = report(delivery, to("meter"), null);
        assertThat(report.written()).isEqualTo(2);
        assertThat(report.failed()).isZero();
        assertThat(node1.link.text()).isEmpty();
    }

    /**
     * Race: a peer reconnects to another node after its old node has sent and before its new node
     * sends.
     */
    @Test
    void aPeerThatReconnectsToAnotherNodeDuringASendGetsTheMessageOnce() throws Exception {
        FakeLink moved = new FakeLink();
        cluster.beforeNextExecution(() -> node3.registry.rename(connect(node3, moved), "meter"));
        node2.registry.rename(node2.peer, "meter");
        assertThat(report(delivery, to("meter"), null).results())
                .containsExactly(new DeliveryReport.Result(node2.id(), new Outcome.Written(3)));
        assertThat(moved.text()).isEmpty();
    }

    /** Race: a peer reconnects to the sending node after its old node has sent. */
    @Test
    void aPeerThatReconnectsToTheSendingNodeDuringASendGetsTheMessageOnce() throws Exception {
        FakeLink moved = new FakeLink();
        cluster.beforeNextExecution(() -> connect(node1, moved));
        DeliveryReport report = report(delivery, to("all"), null);
        assertThat(report.matched()).isEqualTo(3);
        assertThat(moved.text()).isEmpty();
        assertThat(report(delivery, to("all"), null).matched()).isEqualTo(4);
    }

    private static PeerSession connect(TestNode node, FakeLink link) {
        return node.registry.open(node.lines, link);
    }

    @Test
    void aNameThatNoPeerHasIsReportedAsUnknownOnce() throws Exception {
        DeliveryReport report = report(delivery, to("meter"), null);
        assertThat(report.matched()).isOne();
        assertThat(report.results()).containsExactly(failed("meter", false, FailureReason.UNKNOWN));
    }

    @Test
    void aNameThatAClosedPeerHadIsReportedAsClosed() throws Exception {
        node3.registry.rename(node3.peer, "meter");
        node3.peer.close(CloseReason.KICKED, null, null, LONG);
        DeliveryReport report = report(delivery, to("meter"), null);
        assertThat(report.results()).containsExactly(failed("meter", false, FailureReason.CLOSED));
    }

    @Test
    void aNameIsNotReportedAsUnknownIfANodeDoesNotAnswer() throws Exception {
        cluster.fail(third, RpcFailure.SILENT);
        DeliveryReport report = report(delivery, to("meter"), null);
        assertThat(report.results())
                .containsExactly(failed("meter", true, FailureReason.NO_ANSWER));
        assertThat(report.missing()).containsExactly("n3");
    }

    @Test
    void aPeerThatSeveralTargetsMatchGetsTheMessageOnce() throws Exception {
        node2.registry.rename(node2.peer, "meter");
        DeliveryReport report = report(delivery, to(node2.id(), "meter", "all"), null);
        assertThat(node2.link.text()).isEqualTo("hi\n");
        assertThat(report.matched()).isEqualTo(3);
    }

    @Test
    void everyNodeLeavesOutExcludedPeers() throws Exception {
        Send send =
                SendBuilder.to(new Target.All())
                        .exclude(List.of(new Target.One(node2.id()), new Target.One(node1.id())))
                        .build();
        assertThat(report(delivery, send, null).matched()).isOne();
        assertThat(node3.link.text()).isEqualTo("hi\n");
    }

    @Test
    void aLostNodeHasNotGotTheMessage() throws Exception {
        cluster.fail(second, RpcFailure.LOST);
        assertThat(report(delivery, to(node2.id()), null).results())
                .containsExactly(failed(node2.id(), false, FailureReason.OWNER_LOST));
    }

    @Test
    void aNodeThatDoesNotAnswerMayHaveGotTheMessage() throws Exception {
        cluster.fail(second, RpcFailure.SILENT);
        assertThat(report(delivery, to(node2.id()), null).results())
                .containsExactly(failed(node2.id(), true, FailureReason.NO_ANSWER));
    }

    @Test
    void anIdOfAnUnknownNodeIsReportedAsUnknown() throws Exception {
        String gone = "9zzzzz-1";
        assertThat(report(delivery, to(gone), null).results())
                .containsExactly(failed(gone, false, FailureReason.UNKNOWN));
    }

    @Test
    void aNodeThatDoesNotAnswerMakesABroadcastPartial() throws Exception {
        cluster.fail(second, RpcFailure.SILENT);
        DeliveryReport report = report(delivery, to("all"), null);
        assertThat(report.written()).isEqualTo(2);
        assertThat(report.partial()).isTrue();
        assertThat(report.missing()).containsExactly("n2");
    }

    @Test
    void withoutRedisThePeersOfThisNodeAreReached() throws Exception {
        cluster.disconnect();
        assertThat(report(delivery, to(node1.id()), null).written()).isOne();
        DeliveryReport all = report(delivery, to("all"), null);
        assertThat(all.written()).isOne();
        assertThat(all.partial()).isTrue();
        assertThat(report(delivery, to(node2.id()), null).results())
                .containsExactly(failed(node2.id(), false, FailureReason.BUS_UNAVAILABLE));
    }

    /** A client that got no answer repeats its request, perhaps at another node. */
    @Test
    void everyNodeSendsOncePerIdempotencyKey() throws Exception {
        LinkedNodes others = new LinkedNodes(node2.registry.boot());
        others.add(node1.registry.boot(), "n1", node1.handler);
        others.add(node3.registry.boot(), "n3", node3.handler);
        ClusterDelivery another =
                new ClusterDelivery(node2.delivery, others.cluster(), node2.store, Tracing.OFF);
        assertThat(report(delivery, to("all"), "key").written()).isEqualTo(3);
        assertThat(report(another, to("all"), "key").written()).isEqualTo(3);
        assertThat(node1.link.text()).isEqualTo("hi\n");
        assertThat(node2.link.text()).isEqualTo("hi\n");
        assertThat(node3.link.text()).isEqualTo("hi\n");
    }

    @Test
    void aNodeRejectsAKeyThatItKnowsFromAnotherMessage() throws Exception {
        report(delivery, to(node2.id()), "key");
        Send other = SendBuilder.to(new Target.One(node2.id())).payload("ho").build();
        assertThat(reason(delivery.send(other, "key"))).isEqualTo(SendResult.Reason.KEY_REUSED);
        assertThat(node2.link.text()).isEqualTo("hi\n");
    }

    /** The token may have another reach since, and the report has peers that it had reached. */
    @Test
    void aNodeRejectsAKeyThatItKnowsFromAnotherReach() throws Exception {
        report(delivery, to(node2.id()), "key");
        Send same = to(node2.id());
        Send other =
                SendBuilder.to(same.to())
                        .reach(new Reach(Set.of(node2.peer.listener().name()), Set.of()))
                        .build();
        assertThat(reason(delivery.send(other, "key"))).isEqualTo(SendResult.Reason.KEY_REUSED);
        assertThat(node2.link.text()).isEqualTo("hi\n");
    }

    /** Nothing was sent, so that a repetition must be executed again. */
    @Test
    void aFailedSendIsRepeatedUnderTheSameKey() throws Exception {
        node2.registry.rename(node2.peer, "meter");
        assertThat(report(delivery, to("metre"), "key").failed()).isOne();
        node2.registry.rename(node2.peer, "metre");
        assertThat(report(delivery, to("metre"), "key").written()).isOne();
    }

    @Test
    void aPayloadThatCannotBeSentIsRejected() throws Exception {
        Send send = SendBuilder.to(new Target.One(node2.id())).payload("a\nb").build();
        assertThat(reason(delivery.send(send, null))).isEqualTo(SendResult.Reason.BAD_PAYLOAD);
        assertThat(node2.link.text()).isEmpty();
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
        return SendBuilder.to(Arrays.stream(targets).map(Target::parse).toList()).build();
    }
}
