package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Cluster.SingleNode;
import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.Node;
import io.switchboard.peer.PeerFixtures;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PeerLocatorTest {
    private final FakeCluster cluster = new FakeCluster("1bbbbb", "a");
    private final PeerLocator locator = locator(cluster);

    private static PeerLocator locator(Cluster of) {
        return new PeerLocator(of, new ClusterFanOut(of), PeerFixtures.registry());
    }

    @BeforeEach
    void othersHaveJoined() {
        cluster.join("2bbbbb", "b");
        cluster.join("3bbbbb", "b");
        cluster.join("4bbbbb", "2bbbbb");
    }

    @Test
    void findsANodeByItsIdOrItsName() {
        assertThat(locator.findNode("1bbbbb").id()).isEqualTo("1bbbbb");
        assertThat(locator.findNode("a").id()).isEqualTo("1bbbbb");
        assertThat(locator.findNode("3bbbbb").id()).isEqualTo("3bbbbb");
    }

    @Test
    void anIdTakesPrecedenceOverANameWithTheSameText() {
        assertThat(locator.findNode("2bbbbb").id()).isEqualTo("2bbbbb");
    }

    @Test
    void findsANodeThatIsNotListedYet() {
        cluster.joinUnlisted("5bbbbb", "e");
        assertThat(locator.findNode("5bbbbb").id()).isEqualTo("5bbbbb");
    }

    @Test
    void refusesAnUnknownOrAmbiguousReferenceAndListsTheNodes() {
        Refusals.assertRefused(
                () -> locator.findNode("c"),
                Rejection.Reason.UNKNOWN_NODE,
                "no node 'c'",
                "a (1bbbbb), b (2bbbbb), b (3bbbbb)");
        Refusals.assertRefused(
                () -> locator.findNode("9bbbbb"), Rejection.Reason.UNKNOWN_NODE, "9bbbbb");
        Refusals.assertRefused(
                () -> locator.findNode("b"),
                Rejection.Reason.AMBIGUOUS,
                "2 nodes",
                "2bbbbb or 3bbbbb");
    }

    @Test
    void findsTheNodeThatRunsAlone() {
        Node self = new Node("1bbbbb", null, "h", null, 0, false);
        PeerLocator alone = locator(new SingleNode(() -> self));
        assertThat(alone.findNode("1bbbbb").label()).isEqualTo("1bbbbb");
        Refusals.assertRefused(
                () -> alone.findNode("a"), Rejection.Reason.UNKNOWN_NODE, "known are 1bbbbb");
    }
}
