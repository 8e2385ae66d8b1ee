package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.delivery.Presence;
import io.switchboard.delivery.Target;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final Closing closing = new Closing(registry);

    private PeerSession come() {
        return registry.open(listener, new FakeLink());
    }

    /** Race: closed at one node, a peer comes back to one that has not come to the same yet. */
    @Test
    void whoHasComeSinceItWasAskedStays() {
        come();
        long asked = System.nanoTime();
        PeerSession later = come();
        byte[] all = "{\"to\":[\"all\"],\"exclude\":[]}".getBytes(UTF_8);
        String answer = new String(closing.handle(all, asked), UTF_8);
        assertThat(answer).contains("\"closed\":1");
        assertThat(registry.sessions()).containsExactly(later);
    }

    @Test
    void ofTwoWithOneNameItIsTheOneThatWasThere() {
        PeerSession first = come();
        registry.rename(first, "meter");
        Presence present = Presence.at(System.nanoTime());
        PeerSession later = come();
        registry.rename(later, "meter");
        Closing.Closed closed =
                closing.close(
                        List.of(new Target.One("meter")),
                        List.of(),
                        present,
                        new Farewell(null, null));
        assertThat(closed.closed()).isOne();
        assertThat(closed.absent()).isEmpty();
        assertThat(registry.sessions()).containsExactly(later);
    }
}
