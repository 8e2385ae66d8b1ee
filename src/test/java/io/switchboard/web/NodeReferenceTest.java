package io.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.FakeCluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.SingleNode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class NodeReferenceTest {
    private final FakeCluster nodes = new FakeCluster("1bbbbb", "a");
    private final NodeReference reference = new NodeReference(nodes);

    @BeforeEach
    void othersAreThere() {
        nodes.come("2bbbbb", "b");
        nodes.come("3bbbbb", "b");
        nodes.come("4bbbbb", "2bbbbb");
    }

    @Test
    void isAnIdOrAName() {
        assertThat(reference.find("1bbbbb").id()).isEqualTo("1bbbbb");
        assertThat(reference.find("a").id()).isEqualTo("1bbbbb");
        assertThat(reference.find("3bbbbb").id()).isEqualTo("3bbbbb");
    }

    @Test
    void anIdGoesBeforeANameThatIsSpelledLikeIt() {
        assertThat(reference.find("2bbbbb").id()).isEqualTo("2bbbbb");
    }

    @Test
    void aNodeThatHasJustComeIsLookedUp() {
        nodes.comeUnnoticed("5bbbbb", "e");
        assertThat(reference.find("5bbbbb").id()).isEqualTo("5bbbbb");
    }

    @Test
    void saysWhichOnesThereAre() {
        Refusals.assertRefused(
                () -> reference.find("c"),
                HttpStatus.NOT_FOUND,
                "no node 'c'",
                "a (1bbbbb), b (2bbbbb), b (3bbbbb)");
        Refusals.assertRefused(() -> reference.find("9bbbbb"), HttpStatus.NOT_FOUND, "9bbbbb");
        Refusals.assertRefused(
                () -> reference.find("b"), HttpStatus.CONFLICT, "2 nodes", "2bbbbb or 3bbbbb");
    }

    @Test
    void aSingleNodeKnowsItself() {
        NodeReference alone =
                new NodeReference(
                        new SingleNode(() -> new Node("1bbbbb", null, "h", null, 0, false)));
        assertThat(alone.find("1bbbbb").label()).isEqualTo("1bbbbb");
        Refusals.assertRefused(() -> alone.find("a"), HttpStatus.NOT_FOUND, "known are 1bbbbb");
    }
}
