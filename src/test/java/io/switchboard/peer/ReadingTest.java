package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.listener;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.Peer.PeerState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadingTest {
    private final FakeLink link = new FakeLink();
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = listener("default");
    private final PeerSession session = registry.open(listener, link);

    @Test
    void goesOnWhenTheLastOfThoseWhoPausedItHasResumed() {
        session.pauseReading("one");
        session.pauseReading("other");
        session.resumeReading("one");
        assertThat(session.paused()).isTrue();
        session.resumeReading("other");
        assertThat(session.paused()).isFalse();
        assertThat(link.told()).containsExactly("pause", "resume");
    }

    @Test
    void aSecondPauseOrResumeByTheSameChangesNothing() {
        session.resumeReading("one");
        session.pauseReading("one");
        session.pauseReading("one");
        session.resumeReading("one");
        session.resumeReading("one");
        assertThat(link.told()).containsExactly("pause", "resume");
        assertThat(listener.counters().paused()).isZero();
    }

    @Test
    void countsPausedPeersUntilTheyGoOnOrClose() {
        PeerSession other = registry.open(listener, new FakeLink());
        session.pauseReading("one");
        session.pauseReading("two");
        other.pauseReading("one");
        assertThat(listener.counters().paused()).isEqualTo(2);
        other.resumeReading("one");
        assertThat(listener.counters().paused()).isEqualTo(1);
        session.abort(CloseReason.KICKED, null);
        session.resumeReading("one");
        assertThat(listener.counters().paused()).isZero();
        assertThat(link.told()).containsExactly("pause");
    }

    @Test
    void aClosedPeerIsNotPaused() {
        session.abort(CloseReason.KICKED, null);
        session.pauseReading("one");
        assertThat(session.paused()).isFalse();
        assertThat(listener.counters().paused()).isZero();
        assertThat(link.told()).isEmpty();
    }

    @Test
    void isToldInTheHint() {
        assertThat(session.facts().hint()).isNull();
        session.pauseReading("one");
        assertThat(session.facts().hint()).startsWith("nothing is read from it at present");
    }

    @Test
    void aPeerThatIsNotReadIsNotIdle() {
        PeerSession idle =
                registry.open(listener("idle", "line", Duration.ofMillis(20)), new FakeLink());
        long connected = System.nanoTime();
        idle.pauseReading("one");
        long later = System.nanoTime() + Duration.ofHours(1).toNanos();
        idle.sweep(later);
        assertThat(idle.state()).isEqualTo(PeerState.OPEN);

        await().until(() -> System.nanoTime() - connected > Duration.ofMillis(25).toNanos());
        idle.resumeReading("one");
        long resumed = System.nanoTime();
        idle.sweep(resumed);
        assertThat(idle.state()).isEqualTo(PeerState.OPEN);
        idle.sweep(resumed + Duration.ofMillis(21).toNanos());
        assertThat(idle.closeReason()).contains(CloseReason.IDLE_TIMEOUT);
    }

    @Test
    void aPeerThatIsNotReadNeedNotSayItsName() {
        Identification soon =
                new Identification(
                        Pattern.compile("(?<name>.*)"),
                        false,
                        new byte[0],
                        Duration.ofMillis(20),
                        Map.of(),
                        OnDuplicate.ALLOW_BOTH,
                        List.of());
        PeerSession unnamed = registry.open(listener("named", soon), new FakeLink());
        unnamed.pauseReading("one");
        unnamed.sweep(System.nanoTime() + Duration.ofHours(1).toNanos());
        assertThat(unnamed.state()).isEqualTo(PeerState.OPEN);
        unnamed.resumeReading("one");
        unnamed.sweep(System.nanoTime() + Duration.ofHours(1).toNanos());
        assertThat(unnamed.closeReason()).contains(CloseReason.NOT_IDENTIFIED);
    }

    @Test
    void asksBeforeARead() {
        assertThat(session.mayBeRead()).isTrue();
        session.pauseReading("one");
        assertThat(session.mayBeRead()).isFalse();
        session.resumeReading("one");
        session.intake(asked -> asked != session);
        assertThat(session.mayBeRead()).isFalse();
    }

    /** Pause against resume: what the link heard last is what counts. */
    @Test
    void raceOfAPauseAndAResumeOfTwoLeavesTheLinkAsTheSessionIs() throws Exception {
        for (int round = 0; round < 500; round++) {
            FakeLink raced = new FakeLink();
            PeerSession peer = registry.open(listener, raced);
            peer.pauseReading("one");
            CyclicBarrier start = new CyclicBarrier(2);
            Thread resumer = started(start, () -> peer.resumeReading("one"));
            Thread pauser = started(start, () -> peer.pauseReading("other"));
            resumer.join();
            pauser.join();
            assertThat(peer.paused()).isTrue();
            assertThat(raced.told().getLast()).isEqualTo("pause");
            peer.resumeReading("other");
            assertThat(raced.told().getLast()).isEqualTo("resume");
        }
        assertThat(listener.counters().paused()).isZero();
    }

    /** Pause against close: no peer counts as paused for ever. */
    @Test
    void raceOfAPauseAndACloseLeavesNothingPaused() throws Exception {
        for (int round = 0; round < 500; round++) {
            PeerSession peer = registry.open(listener, new FakeLink());
            CyclicBarrier start = new CyclicBarrier(2);
            Thread pauser = started(start, () -> peer.pauseReading("one"));
            Thread closer = started(start, () -> peer.abort(CloseReason.KICKED, null));
            pauser.join();
            closer.join();
            assertThat(peer.paused()).isFalse();
        }
        await().until(() -> listener.counters().paused() == 0);
    }

    private static Thread started(CyclicBarrier start, Runnable task) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                start.await();
                            } catch (Exception e) {
                                throw new AssertionError(e);
                            }
                            task.run();
                        });
    }
}
