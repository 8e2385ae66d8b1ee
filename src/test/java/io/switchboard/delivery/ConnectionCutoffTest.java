package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionCutoffTest {
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final PeerSession first = connect();
    private final ConnectionCutoff early = ConnectionCutoff.at(System.nanoTime());
    private final PeerSession second = connect();
    private final ConnectionCutoff late = ConnectionCutoff.at(System.nanoTime());

    private PeerSession connect() {
        PeerSession session = registry.open(listener, new FakeLink());
        registry.rename(session, "meter");
        return session;
    }

    @Test
    void excludesAPeerThatConnectedLater() {
        assertThat(early.includes(first)).isTrue();
        assertThat(early.includes(second)).isFalse();
        assertThat(late.includes(second)).isTrue();
        assertThat(ConnectionCutoff.NONE.includes(second)).isTrue();
    }

    @Test
    void aNameStandsForTheIncludedPeers() {
        assertThat(early.find("meter", Reach.ALL, registry)).isEqualTo(new Lookup.Live(first));
        assertThat(late.find("meter", Reach.ALL, registry))
                .isEqualTo(new Lookup.Several(List.of(first, second)));
        assertThat(ConnectionCutoff.NONE.find("meter", Reach.ALL, registry))
                .isEqualTo(late.find("meter", Reach.ALL, registry));
        ConnectionCutoff before = ConnectionCutoff.at(early.moment() - 3_600_000_000_000L);
        assertThat(before.find("meter", Reach.ALL, registry))
                .isEqualTo(new Lookup.Unknown("meter"));
    }

    @Test
    void anIdIsUnknownIfItsPeerConnectedLater() {
        String reference = second.id().toString();
        assertThat(early.find(reference, Reach.ALL, registry))
                .isEqualTo(new Lookup.Unknown(reference));
        assertThat(late.find(reference, Reach.ALL, registry)).isEqualTo(new Lookup.Live(second));
    }

    @Test
    void andReturnsTheEarlierCutoff() {
        assertThat(early.and(late)).isEqualTo(early);
        assertThat(late.and(early)).isEqualTo(early);
        assertThat(early.and(ConnectionCutoff.NONE)).isEqualTo(early);
        assertThat(ConnectionCutoff.NONE.and(late)).isEqualTo(late);
        assertThat(ConnectionCutoff.NONE.and(ConnectionCutoff.NONE))
                .isEqualTo(ConnectionCutoff.NONE);
    }

    /** {@link System#nanoTime} has an arbitrary origin and may overflow. */
    @Test
    void comparesMomentsAcrossAnOverflow() {
        ConnectionCutoff before = ConnectionCutoff.at(Long.MAX_VALUE);
        ConnectionCutoff after = ConnectionCutoff.at(Long.MIN_VALUE);
        assertThat(before.and(after)).isEqualTo(before);
        assertThat(after.and(before)).isEqualTo(before);
    }
}
