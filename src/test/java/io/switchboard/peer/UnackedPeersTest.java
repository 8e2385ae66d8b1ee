package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnackedPeersTest {
    private final PeerRegistry registry = registry();
    private final UnackedPeers unacked = registry.unacked();

    @Test
    void containsAPeerAfterItsFirstWriteUntilItIsTaken() {
        unacked.watch();
        PeerSession session = open(Transport.TCP);
        assertThat(unacked.take()).isEmpty();
        send(session);
        send(session);
        assertThat(unacked.take()).containsExactly(session);
        assertThat(unacked.take()).isEmpty();
        send(session);
        assertThat(unacked.take()).containsExactly(session);
    }

    @Test
    void containsAPeerOfWhichTheQueueIsWrittenLater() {
        unacked.watch();
        FakeLink link = new FakeLink(FakeLink.FULL);
        PeerSession session = registry.open(listener("default", Transport.TCP), link);
        send(session);
        assertThat(unacked.take()).isEmpty();
        link.kernel(FakeLink.TAKES_ALL);
        session.writable();
        assertThat(unacked.take()).containsExactly(session);
    }

    /** The last records of a handshake may be in flight when the peer is opened. */
    @Test
    void containsATlsPeerFromTheBeginning() {
        unacked.watch();
        PeerSession session = open(Transport.TLS);
        assertThat(unacked.take()).containsExactly(session);
    }

    @ParameterizedTest
    @EnumSource(names = {"UDP", "UNIX"})
    void containsOnlyTcpPeers(Transport transport) {
        unacked.watch();
        send(open(transport));
        assertThat(unacked.take()).isEmpty();
    }

    @Test
    void remainsEmptyIfNobodyWatches() {
        send(open(Transport.TCP));
        assertThat(unacked.take()).isEmpty();
    }

    /**
     * Race: bytes are acknowledged and the peer is removed while another thread writes. A write
     * that the check after the removal does not include must add the peer again.
     */
    @Test
    void aWriteDuringTheRemovalIsNotForgotten() throws Exception {
        unacked.watch();
        PeerSession session = open(Transport.TCP);
        for (int round = 0; round < 100; round++) {
            AtomicInteger written = new AtomicInteger();
            int checked = 0;
            Thread writer =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int write = 0; write < 2_000; write++) {
                                            written.incrementAndGet();
                                            session.awaitAck();
                                        }
                                    });
            while (writer.isAlive()) {
                checked = unacked.take().isEmpty() ? checked : written.get();
            }
            writer.join();
            checked = unacked.take().isEmpty() ? checked : written.get();
            assertThat(checked).isEqualTo(2_000);
        }
    }

    /** Race: several threads add a peer while it is removed. */
    @Test
    void aPeerCanBeAddedAfterConcurrentAdditionsAndRemovals() throws Exception {
        unacked.watch();
        PeerSession session = open(Transport.TCP);
        for (int round = 0; round < 100; round++) {
            List<Thread> writers = List.of(adder(session), adder(session));
            while (writers.stream().anyMatch(Thread::isAlive)) {
                unacked.take();
            }
            unacked.take();
            session.awaitAck();
            assertThat(unacked.take()).containsExactly(session);
        }
    }

    private static Thread adder(PeerSession session) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            for (int write = 0; write < 2_000; write++) {
                                session.awaitAck();
                            }
                        });
    }

    private PeerSession open(Transport transport) {
        return registry.open(listener("default", transport), new FakeLink());
    }

    private static void send(PeerSession session) {
        EncodedFrames frames = PeerFixtures.frames("x\n", DeliveryCallback.NONE);
        session.offer(frames, frames.view());
    }
}
