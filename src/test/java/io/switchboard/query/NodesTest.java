package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.Cluster.SingleNode;
import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.Node;
import io.switchboard.peer.PeerFixtures;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NodesTest {
    private final FakeCluster nodes = new FakeCluster("1bbbbb", "a");
    private final Nodes lookup = new Nodes(nodes, PeerFixtures.registry());

    @BeforeEach
    void othersAreThere() {
        nodes.come("2bbbbb", "b");
        nodes.come("3bbbbb", "b");
        nodes.come("4bbbbb", "2bbbbb");
    }

    @Test
    void isAnIdOrAName() {
        assertThat(lookup.find("1bbbbb").id()).isEqualTo("1bbbbb");
        assertThat(lookup.find("a").id()).isEqualTo("1bbbbb");
        assertThat(lookup.find("3bbbbb").id()).isEqualTo("3bbbbb");
    }

    @Test
    void anIdGoesBeforeANameThatIsSpelledLikeIt() {
        assertThat(lookup.find("2bbbbb").id()).isEqualTo("2bbbbb");
    }

    @Test
    void aNodeThatHasJustComeIsLookedUp() {
        nodes.comeUnnoticed("5bbbbb", "e");
        assertThat(lookup.find("5bbbbb").id()).isEqualTo("5bbbbb");
    }

    @Test
    void saysWhichOnesThereAre() {
        Refusals.assertRefused(
                () -> lookup.find("c"),
                Refusal.Reason.UNKNOWN_NODE,
                "no node 'c'",
                "a (1bbbbb), b (2bbbbb), b (3bbbbb)");
        Refusals.assertRefused(() -> lookup.find("9bbbbb"), Refusal.Reason.UNKNOWN_NODE, "9bbbbb");
        Refusals.assertRefused(
                () -> lookup.find("b"), Refusal.Reason.AMBIGUOUS, "2 nodes", "2bbbbb or 3bbbbb");
    }

    @Test
    void aSingleNodeKnowsItself() {
        Node self = new Node("1bbbbb", null, "h", null, 0, false);
        Nodes alone = new Nodes(new SingleNode(() -> self), PeerFixtures.registry());
        assertThat(alone.find("1bbbbb").label()).isEqualTo("1bbbbb");
        Refusals.assertRefused(
                () -> alone.find("a"), Refusal.Reason.UNKNOWN_NODE, "known are 1bbbbb");
    }
}
