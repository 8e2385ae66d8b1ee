package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CloseServiceTest {
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final CloseService service =
            new CloseService(registry, new ClusterFanOut(PeerFixtures.singleNode(registry)));

    private PeerSession connect() {
        return registry.open(listener, new FakeLink());
    }

    private static CloseService.Request request(String to) {
        return new CloseService.Request(
                List.of(to), List.of(), new Farewell(null, null), Reach.ALL);
    }

    /**
     * Race: one node closes a peer, and the peer reconnects to a second node that has not executed
     * the same request yet.
     */
    @Test
    void aPeerThatConnectsAfterTheRequestWasSentStaysConnected() {
        connect();
        long sentAt = System.nanoTime();
        PeerSession second = connect();
        CloseService.Answer answer = service.handle(request("all"), sentAt);
        assertThat(answer.closed()).isOne();
        assertThat(registry.sessions()).containsExactly(second);
    }

    @Test
    void ofTwoPeersWithTheNameClosesTheOneThatWasConnectedWhenTheRequestWasSent() {
        PeerSession first = connect();
        registry.rename(first, "meter");
        long sentAt = System.nanoTime();
        PeerSession second = connect();
        registry.rename(second, "meter");
        CloseService.Answer answer = service.handle(request("meter"), sentAt);
        assertThat(answer.closed()).isOne();
        assertThat(answer.absent()).isEmpty();
        assertThat(registry.sessions()).containsExactly(second);
    }

    /** Race: a peer leaves the reach after it was selected; a request with many takes long. */
    @Test
    void aPeerThatHasLeftTheReachSinceItWasSelectedStaysConnected() {
        PeerSession reached = connect();
        PeerSession left = connect();
        registry.join(reached, "open");
        Reach reach = new Reach(Set.of(), Set.of("open"));
        assertThat(new Farewell(null, null).close(List.of(left, reached), reach)).isOne();
        assertThat(registry.sessions()).containsExactly(left);
    }
}
