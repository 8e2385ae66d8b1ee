package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloseServiceTest {
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final CloseService closes =
            new CloseService(registry, new Nodes(PeerFixtures.alone(registry), registry));

    private PeerSession come() {
        return registry.open(listener, new FakeLink());
    }

    private static CloseService.Request request(String to) {
        return new CloseService.Request(List.of(to), List.of(), new Farewell(null, null));
    }

    /** Race: closed at one node, a peer comes back to one that has not come to the same yet. */
    @Test
    void whoHasComeSinceItWasAskedStays() {
        come();
        long asked = System.nanoTime();
        PeerSession later = come();
        CloseService.Answer answer = closes.handle(request("all"), asked);
        assertThat(answer.closed()).isOne();
        assertThat(registry.sessions()).containsExactly(later);
    }

    @Test
    void ofTwoWithOneNameItIsTheOneThatWasThere() {
        PeerSession first = come();
        registry.rename(first, "meter");
        long asked = System.nanoTime();
        PeerSession later = come();
        registry.rename(later, "meter");
        CloseService.Answer closed = closes.handle(request("meter"), asked);
        assertThat(closed.closed()).isOne();
        assertThat(closed.absent()).isEmpty();
        assertThat(registry.sessions()).containsExactly(later);
    }
}
