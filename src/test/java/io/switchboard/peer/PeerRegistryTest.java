package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.limits;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.PeerRegistry.Lookup;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PeerRegistryTest {
    private final Listener listener = listener("default");
    private final PeerRegistry registry = registry(limits(1_000, 100), 2);

    @Test
    void findsALivePeer() {
        PeerSession session = open();
        assertThat(registry.find(session.id().toString())).isEqualTo(new Lookup.Live(session));
    }

    @Test
    void findsADrainingPeerAsLive() {
        FakeLink full = new FakeLink(FakeLink.FULL);
        PeerSession session = registry.open(listener, full);
        Frames frames = PeerFixtures.frames("x\n", Receipt.NONE);
        session.offer(frames, frames.view());
        session.close(CloseReason.KICKED, null, null, java.time.Duration.ofSeconds(5));
        assertThat(registry.find(session.id().toString())).isEqualTo(new Lookup.Live(session));
    }

    @Test
    void findsAClosedPeerWhileItIsRemembered() {
        PeerSession session = open();
        session.abort(CloseReason.KICKED, "why");
        assertThat(registry.find(session.id().toString()))
                .isInstanceOfSatisfying(
                        Lookup.Closed.class,
                        closed -> {
                            assertThat(closed.last()).map(Peer::id).contains(session.id());
                            assertThat(closed.last()).map(Peer::closeDetail).contains("why");
                        });
    }

    @Test
    void findsAClosedPeerThatIsForgotten() {
        PeerSession session = open();
        session.abort(CloseReason.KICKED, null);
        open().abort(CloseReason.KICKED, null);
        open().abort(CloseReason.KICKED, null);
        assertThat(registry.find(session.id().toString()))
                .isEqualTo(new Lookup.Closed(Optional.empty()));
    }

    @Test
    void doesNotKnowWhoNeverWas() {
        PeerSession session = open();
        PeerId next = new PeerId(session.id().boot(), session.id().seq() + 1);
        for (String reference : List.of(next.toString(), "all", "", "no-id")) {
            assertThat(registry.find(reference)).isEqualTo(new Lookup.Unknown(reference));
        }
    }

    /** An id of an earlier run must not reach whoever has its number now. */
    @Test
    void doesNotKnowAnIdOfAnotherBoot() {
        PeerSession session = open();
        String stale = new PeerId(session.id().boot() ^ 1, session.id().seq()).toString();
        assertThat(registry.find(stale)).isEqualTo(new Lookup.Unknown(stale));
    }

    @Test
    void namesItsBootAsItsIdsDo() {
        assertThat(open().id().toString()).startsWith(registry.boot() + "-");
    }

    @Test
    void remembersTheLastOnesThatClosed() {
        PeerSession first = open();
        PeerSession second = open();
        PeerSession third = open();
        third.abort(CloseReason.KICKED, null);
        first.abort(CloseReason.KICKED, null);
        second.abort(CloseReason.KICKED, null);
        assertThat(registry.recentlyClosed())
                .extracting(Peer::id)
                .containsExactlyInAnyOrder(first.id(), second.id());
    }

    @Test
    void remembersNobodyWhenToldSo() {
        PeerRegistry forgetful = registry(limits(1_000, 100), 0);
        forgetful.open(listener, new FakeLink()).abort(CloseReason.KICKED, null);
        assertThat(forgetful.recentlyClosed()).isEmpty();
    }

    @Test
    void closingTwiceCountsOnce() {
        PeerSession session = open();
        session.abort(CloseReason.KICKED, null);
        session.abort(CloseReason.RESET, null);
        assertThat(listener.counters().peers()).isZero();
        assertThat(listener.counters().closed(CloseReason.KICKED)).isEqualTo(1);
        assertThat(listener.counters().closed(CloseReason.RESET)).isZero();
        assertThat(registry.recentlyClosed()).hasSize(1);
    }

    @Test
    void listsThemInTheOrderInWhichTheyConnected() {
        PeerSession[] sessions = new PeerSession[20];
        for (int at = 0; at < sessions.length; at++) {
            sessions[at] = open();
        }
        assertThat(registry.sessions()).containsExactly(sessions);
        assertThat(registry.sessionsAfter(null)).containsExactly(sessions);
        assertThat(registry.sessionsAfter(sessions[17].id()))
                .containsExactly(sessions[18], sessions[19]);
        assertThat(registry.sessionsAfter(sessions[19].id())).isEmpty();
        assertThat(registry.sessionsBefore(sessions[2].id()))
                .containsExactly(sessions[1], sessions[0]);
        assertThat(registry.sessionsBefore(sessions[0].id())).isEmpty();
        assertThat(List.copyOf(registry.sessionsBefore(null)).reversed()).containsExactly(sessions);
    }

    /** A cursor outlives its peer: the page behind it is the same. */
    @Test
    void listsWhoCameAfterAPeerThatIsGone() {
        PeerSession gone = open();
        PeerSession next = open();
        gone.abort(CloseReason.KICKED, null);
        assertThat(registry.sessionsAfter(gone.id())).containsExactly(next);
    }

    @Test
    void countsPeersThatComeAndGo() {
        PeerSession stays = open();
        open().abort(CloseReason.RESET, null);
        assertThat(listener.counters().peers()).isEqualTo(1);
        assertThat(listener.counters().get(Count.ACCEPTED)).isEqualTo(2);
        assertThat(listener.counters().closed(CloseReason.RESET)).isEqualTo(1);
        assertThat(registry.sessions()).containsExactly(stays);
    }

    /** Health checks of load balancers connect and leave without a word. */
    @Test
    void countsWhoLeavesWithoutAByteAsAProbe() {
        open().peerClosed();
        assertThat(listener.counters().get(Count.PROBES)).isEqualTo(1);

        PeerSession spoke = open();
        spoke.received(0, 1);
        spoke.peerClosed();
        PeerSession listened = open();
        Frames frames = PeerFixtures.frames("x\n", Receipt.NONE);
        listened.offer(frames, frames.view());
        listened.peerClosed();
        assertThat(listener.counters().get(Count.PROBES)).isEqualTo(1);
    }

    @Test
    void metersTheMemoryOfAllOutboxes() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        PeerRegistry metered =
                new PeerRegistry(
                        limits(1_000, 100),
                        new ClosedProperties(1),
                        new GroupProperties(Map.of()),
                        meters);
        Frames shared = PeerFixtures.frames("hello\n", Receipt.NONE);
        for (int peer = 0; peer < 3; peer++) {
            metered.open(listener, new FakeLink(FakeLink.FULL)).offer(shared, shared.view());
        }
        assertThat(meters.get("switchboard.outbox.bytes").gauge().value()).isEqualTo(6);
        metered.sessions().forEach(session -> session.abort(CloseReason.KICKED, null));
        assertThat(meters.get("switchboard.outbox.bytes").gauge().value()).isZero();
    }

    private PeerSession open() {
        return registry.open(listener, new FakeLink());
    }
}
