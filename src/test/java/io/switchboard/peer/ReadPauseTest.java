package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.listener;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.PeerSnapshot.PeerState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class ReadPauseTest {
    private final FakeLink link = new FakeLink();
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = listener("default");
    private final PeerSession session = registry.open(listener, link);

    @Test
    void resumesWhenEveryOwnerHasResumed() {
        session.readPause().pause("one");
        session.readPause().pause("other");
        session.readPause().resume("one");
        assertThat(session.readPause().paused()).isTrue();
        session.readPause().resume("other");
        assertThat(session.readPause().paused()).isFalse();
        assertThat(link.readCalls()).containsExactly("pause", "resume");
    }

    @Test
    void aRepeatedPauseOrResumeOfAnOwnerHasNoEffect() {
        session.readPause().resume("one");
        session.readPause().pause("one");
        session.readPause().pause("one");
        session.readPause().resume("one");
        session.readPause().resume("one");
        assertThat(link.readCalls()).containsExactly("pause", "resume");
        assertThat(listener.counters().paused()).isZero();
    }

    @Test
    void countsPausedPeersUntilTheyResumeOrClose() {
        PeerSession other = registry.open(listener, new FakeLink());
        session.readPause().pause("one");
        session.readPause().pause("two");
        other.readPause().pause("one");
        assertThat(listener.counters().paused()).isEqualTo(2);
        other.readPause().resume("one");
        assertThat(listener.counters().paused()).isEqualTo(1);
        session.abort(CloseReason.KICKED, null);
        session.readPause().resume("one");
        assertThat(listener.counters().paused()).isZero();
        assertThat(link.readCalls()).containsExactly("pause");
    }

    @Test
    void aClosedPeerIsNotPaused() {
        session.abort(CloseReason.KICKED, null);
        session.readPause().pause("one");
        assertThat(session.readPause().paused()).isFalse();
        assertThat(listener.counters().paused()).isZero();
        assertThat(link.readCalls()).isEmpty();
    }

    @Test
    void theHintReportsThePause() {
        assertThat(session.snapshot().hint()).isNull();
        session.readPause().pause("one");
        assertThat(session.snapshot().hint()).startsWith("reading from this peer is paused");
    }

    @Test
    void aPauseSuspendsTheIdleTimeout() {
        PeerSession idle =
                registry.open(listener("idle", "line", Duration.ofMillis(20)), new FakeLink());
        long connected = System.nanoTime();
        idle.readPause().pause("one");
        long later = System.nanoTime() + Duration.ofHours(1).toNanos();
        idle.checkDeadlines(later);
        assertThat(idle.state()).isEqualTo(PeerState.OPEN);

        await().until(() -> System.nanoTime() - connected > Duration.ofMillis(25).toNanos());
        long before = System.nanoTime();
        idle.readPause().resume("one");
        idle.checkDeadlines(before);
        assertThat(idle.state()).isEqualTo(PeerState.OPEN);
        idle.checkDeadlines(System.nanoTime() + Duration.ofMillis(21).toNanos());
        assertThat(idle.closeReason()).contains(CloseReason.IDLE_TIMEOUT);
    }

    @Test
    void aPauseSuspendsTheIdentificationDeadline() {
        Identification soon =
                new Identification(
                        LinearPattern.of("(?<name>.*)"),
                        false,
                        new byte[0],
                        Duration.ofMillis(20),
                        Map.of(),
                        OnDuplicate.ALLOW_BOTH,
                        List.of());
        PeerSession unnamed = registry.open(listener("named", soon), new FakeLink());
        unnamed.readPause().pause("one");
        unnamed.checkDeadlines(System.nanoTime() + Duration.ofHours(1).toNanos());
        assertThat(unnamed.state()).isEqualTo(PeerState.OPEN);
        unnamed.readPause().resume("one");
        unnamed.checkDeadlines(System.nanoTime() + Duration.ofHours(1).toNanos());
        assertThat(unnamed.closeReason()).contains(CloseReason.NOT_IDENTIFIED);
    }

    @Test
    void aPauseOrTheGateForbidsReading() {
        assertThat(session.readPause().allows(session)).isTrue();
        session.readPause().pause("one");
        assertThat(session.readPause().allows(session)).isFalse();
        session.readPause().resume("one");
        session.readPause().gate(asked -> asked != session);
        assertThat(session.readPause().allows(session)).isFalse();
    }

    /** Race: a pause and a resume by two owners. The last call to the link matches the state. */
    @Test
    void aConcurrentPauseAndResumeLeaveTheLinkInTheStateOfTheSession() throws Exception {
        for (int round = 0; round < 500; round++) {
            FakeLink raced = new FakeLink();
            PeerSession peer = registry.open(listener, raced);
            peer.readPause().pause("one");
            CyclicBarrier start = new CyclicBarrier(2);
            Thread resumer = started(start, () -> peer.readPause().resume("one"));
            Thread pauser = started(start, () -> peer.readPause().pause("other"));
            resumer.join();
            pauser.join();
            assertThat(peer.readPause().paused()).isTrue();
            assertThat(raced.readCalls().getLast()).isEqualTo("pause");
            peer.readPause().resume("other");
            assertThat(raced.readCalls().getLast()).isEqualTo("resume");
        }
        assertThat(listener.counters().paused()).isZero();
    }

    /** Race: a pause and a close. A closed peer does not count as paused. */
    @Test
    void aConcurrentPauseAndCloseLeaveNothingPaused() throws Exception {
        for (int round = 0; round < 500; round++) {
            PeerSession peer = registry.open(listener, new FakeLink());
            CyclicBarrier start = new CyclicBarrier(2);
            Thread pauser = started(start, () -> peer.readPause().pause("one"));
            Thread closer = started(start, () -> peer.abort(CloseReason.KICKED, null));
            pauser.join();
            closer.join();
            assertThat(peer.readPause().paused()).isFalse();
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
