package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcFailure;
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
        private final FirstParts firsts = new FirstParts(delivery);
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
    private final Node second =
            nodes.add(there.registry.boot(), "n2", new SendHandler(there.firsts));
    private final Node third =
            nodes.add(yonder.registry.boot(), "n3", new SendHandler(yonder.firsts));
    private final ClusterDelivery relay =
            new ClusterDelivery(here.delivery, nodes.nodes(), here.firsts);

    @AfterEach
    void closeNetlink() {
        kernel.destroy();
    }

    @Test
    void aPeersIdSaysWhichNodeIsAsked() throws Exception {
        DeliveryReport report = relay.send(to(there.id()), null);
        assertThat(report.results())
                .containsExactly(new DeliveryReport.Result(there.id(), new Outcome.Written(3)));
        assertThat(there.link.text()).isEqualTo("hi\n");
        assertThat(nodes.asked()).containsExactly("n2");
        assertThat(report.partial()).isFalse();
    }

    @Test
    void whatIsForThisNodesPeerAsksNobody() throws Exception {
        assertThat(relay.send(to(here.id()), null).written()).isOne();
        assertThat(nodes.asked()).isEmpty();
    }

    @Test
    void aBroadcastIsTheSumOfAllNodes() throws Exception {
        DeliveryReport report = relay.send(to("all"), null);
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
        DeliveryReport report = relay.send(to("meter"), null);
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
        assertThat(relay.send(to("meter"), null).results())
                .containsExactly(new DeliveryReport.Result(there.id(), new Outcome.Written(3)));
        assertThat(moved.text()).isEmpty();
    }

    /** The same race, with the node that asks. */
    @Test
    void aPeerThatMovesHereMeanwhileIsReachedOnce() throws Exception {
        FakeLink moved = new FakeLink();
        nodes.meanwhile(() -> come(here, moved));
        DeliveryReport report = relay.send(to("all"), null);
        assertThat(report.matched()).isEqualTo(3);
        assertThat(moved.text()).isEmpty();
        assertThat(relay.send(to("all"), null).matched()).isEqualTo(4);
    }

    private static PeerSession come(Site site, FakeLink link) {
        return site.registry.open(site.lines, link);
    }

    @Test
    void aNameThatNobodyHasIsUnknownOnce() throws Exception {
        DeliveryReport report = relay.send(to("meter"), null);
        assertThat(report.matched()).isOne();
        assertThat(report.results()).containsExactly(failed("meter", false, "unknown"));
    }

    @Test
    void aNameThatSomebodyHadIsClosed() throws Exception {
        yonder.registry.rename(yonder.peer, "meter");
        yonder.peer.close(CloseReason.KICKED, null, null, LONG);
        DeliveryReport report = relay.send(to("meter"), null);
        assertThat(report.results()).containsExactly(failed("meter", false, "closed"));
    }

    @Test
    void aNameIsNotUnknownWhileANodeIsSilent() throws Exception {
        nodes.fail(third, RpcFailure.SILENT);
        DeliveryReport report = relay.send(to("meter"), null);
        assertThat(report.results()).containsExactly(failed("meter", true, "no_answer"));
        assertThat(report.missing()).containsExactly("n3");
    }

    @Test
    void whoIsNamedTwiceGetsItOnce() throws Exception {
        there.registry.rename(there.peer, "meter");
        DeliveryReport report = relay.send(to(there.id(), "meter", "all"), null);
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
                        Results.AUTO);
        assertThat(relay.send(send, null).matched()).isOne();
        assertThat(yonder.link.text()).isEqualTo("hi\n");
    }

    @Test
    void aNodeThatIsLostHasGotNothing() throws Exception {
        nodes.fail(second, RpcFailure.LOST);
        assertThat(relay.send(to(there.id()), null).results())
                .containsExactly(failed(there.id(), false, "owner_lost"));
    }

    @Test
    void aNodeThatIsSilentMayHaveGotIt() throws Exception {
        nodes.fail(second, RpcFailure.SILENT);
        assertThat(relay.send(to(there.id()), null).results())
                .containsExactly(failed(there.id(), true, "no_answer"));
    }

    @Test
    void anIdOfNoNodeIsUnknown() throws Exception {
        String gone = "9zzzzz-1";
        assertThat(relay.send(to(gone), null).results())
                .containsExactly(failed(gone, false, "unknown"));
    }

    @Test
    void aNodeThatDoesNotAnswerMakesABroadcastPartial() throws Exception {
        nodes.fail(second, RpcFailure.SILENT);
        DeliveryReport report = relay.send(to("all"), null);
        assertThat(report.written()).isEqualTo(2);
        assertThat(report.partial()).isTrue();
        assertThat(report.missing()).containsExactly("n2");
    }

    @Test
    void withoutRedisItsOwnPeersGetTheirs() throws Exception {
        nodes.disconnect();
        assertThat(relay.send(to(here.id()), null).written()).isOne();
        DeliveryReport all = relay.send(to("all"), null);
        assertThat(all.written()).isOne();
        assertThat(all.partial()).isTrue();
        assertThat(relay.send(to(there.id()), null).results())
                .containsExactly(failed(there.id(), false, "bus_unavailable"));
    }

    /** A client that was not told tries again, perhaps by another node. */
    @Test
    void underOneKeyEveryNodeSendsOnce() throws Exception {
        LinkedNodes others = new LinkedNodes(there.registry.boot());
        others.add(here.registry.boot(), "n1", new SendHandler(here.firsts));
        others.add(yonder.registry.boot(), "n3", new SendHandler(yonder.firsts));
        ClusterDelivery another = new ClusterDelivery(there.delivery, others.nodes(), there.firsts);
        assertThat(relay.send(to("all"), "key").written()).isEqualTo(3);
        assertThat(another.send(to("all"), "key").written()).isEqualTo(3);
        assertThat(here.link.text()).isEqualTo("hi\n");
        assertThat(there.link.text()).isEqualTo("hi\n");
        assertThat(yonder.link.text()).isEqualTo("hi\n");
    }

    @Test
    void aKeyOfAnotherMessageIsRefusedByTheNodeThatKnowsIt() throws Exception {
        relay.send(to(there.id()), "key");
        Send other =
                new Send(
                        List.of(new Target.One(there.id())),
                        List.of(),
                        "ho".getBytes(ISO_8859_1),
                        null,
                        false,
                        Wait.WRITTEN,
                        LONG,
                        Results.AUTO);
        assertThatThrownBy(() -> relay.send(other, "key")).isInstanceOf(KeyReused.class);
        assertThat(there.link.text()).isEqualTo("hi\n");
    }

    /** Nothing was sent, so that trying again must not get the same answer. */
    @Test
    void underOneKeyWhatFailedIsTriedAgain() throws Exception {
        there.registry.rename(there.peer, "meter");
        assertThat(relay.send(to("metre"), "key").failed()).isOne();
        there.registry.rename(there.peer, "metre");
        assertThat(relay.send(to("metre"), "key").written()).isOne();
    }

    @Test
    void aPayloadThatCannotBeSentIsRefusedAsByOneNode() {
        Send send =
                new Send(
                        List.of(new Target.One(there.id())),
                        List.of(),
                        "a\nb".getBytes(ISO_8859_1),
                        null,
                        false,
                        Wait.WRITTEN,
                        LONG,
                        Results.AUTO);
        assertThatThrownBy(() -> relay.send(send, null)).isInstanceOf(BadPayload.class);
        assertThat(there.link.text()).isEmpty();
    }

    private static DeliveryReport.Result failed(String peer, boolean accepted, String reason) {
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
                Results.AUTO);
    }
}
