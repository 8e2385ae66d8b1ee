package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.limits;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.PeerRegistry.Lookup;
import java.util.List;
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
        EncodedFrames frames = PeerFixtures.frames("x\n", DeliveryCallback.NONE);
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
                            assertThat(closed.last()).map(PeerSnapshot::id).contains(session.id());
                            assertThat(closed.last())
                                    .map(PeerSnapshot::closeDetail)
                                    .contains("why");
                        });
    }

    @Test
    void findsAClosedPeerWithoutItsSnapshotLater() {
        PeerSession session = open();
        session.abort(CloseReason.KICKED, null);
        open().abort(CloseReason.KICKED, null);
        open().abort(CloseReason.KICKED, null);
        assertThat(registry.find(session.id().toString()))
                .isEqualTo(new Lookup.Closed(Optional.empty()));
    }

    @Test
    void doesNotFindAPeerThatNeverExisted() {
        PeerSession session = open();
        PeerId next = new PeerId(session.id().boot(), session.id().seq() + 1);
        for (String reference : List.of(next.toString(), "all", "", "no-id")) {
            assertThat(registry.find(reference)).isEqualTo(new Lookup.Unknown(reference));
        }
    }

    /** An id of an earlier run must not refer to a peer of this run with the same number. */
    @Test
    void doesNotFindAnIdOfAnotherRun() {
        PeerSession session = open();
        String stale = new PeerId(session.id().boot() ^ 1, session.id().seq()).toString();
        assertThat(registry.find(stale)).isEqualTo(new Lookup.Unknown(stale));
    }

    @Test
    void reportsTheBootPartOfItsIds() {
        assertThat(open().id().toString()).startsWith(registry.boot() + "-");
    }

    @Test
    void remembersThePeersThatClosedLast() {
        PeerSession first = open();
        PeerSession second = open();
        PeerSession third = open();
        third.abort(CloseReason.KICKED, null);
        first.abort(CloseReason.KICKED, null);
        second.abort(CloseReason.KICKED, null);
        assertThat(registry.recentlyClosed())
                .extracting(PeerSnapshot::id)
                .containsExactlyInAnyOrder(first.id(), second.id());
    }

    @Test
    void remembersNoPeerIfConfigured() {
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

    /** A cursor remains valid after its peer is closed. */
    @Test
    void listsPeersThatConnectedAfterAClosedPeer() {
        PeerSession gone = open();
        PeerSession next = open();
        gone.abort(CloseReason.KICKED, null);
        assertThat(registry.sessionsAfter(gone.id())).containsExactly(next);
    }

    @Test
    void countsConnectedAndClosedPeers() {
        PeerSession stays = open();
        open().abort(CloseReason.RESET, null);
        assertThat(listener.counters().peers()).isEqualTo(1);
        assertThat(listener.counters().get(ListenerMetric.ACCEPTED)).isEqualTo(2);
        assertThat(listener.counters().closed(CloseReason.RESET)).isEqualTo(1);
        assertThat(registry.sessions()).containsExactly(stays);
    }

    /** Health checks of load balancers connect and close without sending data. */
    @Test
    void countsAConnectionWithoutDataAsAProbe() {
        open().peerClosed();
        assertThat(listener.counters().get(ListenerMetric.PROBES)).isEqualTo(1);

        PeerSession spoke = open();
        spoke.receiveStats().add(0, 1);
        spoke.peerClosed();
        PeerSession listened = open();
        EncodedFrames frames = PeerFixtures.frames("x\n", DeliveryCallback.NONE);
        listened.offer(frames, frames.view());
        listened.peerClosed();
        assertThat(listener.counters().get(ListenerMetric.PROBES)).isEqualTo(1);
    }

    @Test
    void countsTheMemoryOfAllOutboxes() {
        PeerRegistry metered = PeerFixtures.registry(limits(1_000, 100), 1);
        EncodedFrames shared = PeerFixtures.frames("hello\n", DeliveryCallback.NONE);
        for (int peer = 0; peer < 3; peer++) {
            metered.open(listener, new FakeLink(FakeLink.FULL)).offer(shared, shared.view());
        }
        assertThat(metered.outboxBudget().used()).isEqualTo(6 + 3 * EncodedFrames.ENTRY_BYTES);
        metered.sessions().forEach(session -> session.abort(CloseReason.KICKED, null));
        assertThat(metered.outboxBudget().used()).isZero();
    }

    private PeerSession open() {
        return registry.open(listener, new FakeLink());
    }
}
