package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;

class HalfOpenSweepTest {
    private static final byte[] LINE = "hello\n".getBytes(UTF_8);

    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final Kernel kernel = new Kernel();
    private final HalfOpenSweep sweep =
            new HalfOpenSweep(
                    kernel,
                    true,
                    registry,
                    PeerFixtures.limits(1_000_000, 1_000),
                    new SimpleAsyncTaskScheduler());
    private final long start = System.nanoTime();
    private int nextPort = 1_024;

    /** A kernel of which the test determines the sockets. */
    private static final class Kernel implements HalfOpenSweep.SocketQuery {
        private final Map<SocketPair, TcpSocketInfo> sockets = new HashMap<>();
        private final List<Set<SocketPair>> asked = new ArrayList<>();
        private int dumpAbove;
        private boolean complete = true;
        private Runnable during = () -> {};

        @Override
        public boolean find(Set<SocketPair> pairs, int threshold, Consumer<TcpSocketInfo> each) {
            asked.add(new HashSet<>(pairs));
            dumpAbove = threshold;
            during.run();
            if (complete) {
                sockets.values().stream()
                        .filter(socket -> pairs.contains(socket.ends()))
                        .forEach(each);
            }
            return complete;
        }

        void socket(PeerSession session, int sendQueue, int unacked, int acked) {
            SocketPair pair = pair(session);
            sockets.put(
                    pair,
                    new TcpSocketInfo(
                            pair.local(),
                            pair.remote(),
                            "ESTAB",
                            0,
                            sendQueue,
                            0,
                            unacked,
                            0,
                            0,
                            0,
                            0,
                            10,
                            1_460,
                            0,
                            acked,
                            0,
                            1));
        }

        Set<SocketPair> lastAsked() {
            return asked.getLast();
        }
    }

    @BeforeEach
    void watch() {
        registry.unacked().watch();
    }

    @Test
    void closesAPeerThatAcknowledgesNothingForTheWriteDeadline() {
        PeerSession session = openAndSend();
        kernel.socket(session, 6, 1, 0);
        for (int second = 0; second < 10; second++) {
            sweepAt(second);
            assertThat(session.closeReason()).isEmpty();
        }
        sweepAt(10);
        assertThat(session.closeReason()).contains(CloseReason.UNACKNOWLEDGED);
        assertThat(session.snapshot().closeDetail()).isEqualTo("acknowledged nothing for 10s");
    }

    @Test
    void keepsAPeerThatAcknowledgesSlowly() {
        PeerSession session = openAndSend();
        for (int second = 0; second < 60; second++) {
            kernel.socket(session, 100, 1, second / 9);
            sweepAt(second);
        }
        assertThat(session.closeReason()).isEmpty();
    }

    /** A closed window: all that was sent is acknowledged, and the rest waits in the kernel. */
    @Test
    void keepsASlowPeerToWhichNothingIsInFlightAndAsksAgain() {
        PeerSession session = openAndSend();
        kernel.socket(session, 100, 0, 0);
        for (int second = 0; second < 60; second++) {
            sweepAt(second);
            assertThat(kernel.lastAsked()).containsExactly(pair(session));
        }
        assertThat(kernel.asked).hasSize(60);
        assertThat(session.closeReason()).isEmpty();
    }

    @Test
    void asksOnlyAboutPeersThatWereWrittenToAndHaveNotAcknowledged() {
        open();
        PeerSession fast = openAndSend();
        PeerSession slow = openAndSend();
        kernel.socket(fast, 0, 0, 6);
        kernel.socket(slow, 6, 1, 0);
        sweepAt(0);
        assertThat(kernel.lastAsked()).containsExactlyInAnyOrder(pair(fast), pair(slow));
        kernel.socket(slow, 0, 0, 6);
        sweepAt(1);
        assertThat(kernel.lastAsked()).containsExactly(pair(slow));
        sweepAt(2);
        sweepAt(3);
        assertThat(kernel.asked).as("nobody is asked while nothing is written").hasSize(2);
    }

    /** Race: the peer has acknowledged and is removed; a write comes before the kernel answers. */
    @Test
    void asksAgainIfAWriteComesBetweenTheRemovalAndTheAnswer() {
        PeerSession session = openAndSend();
        kernel.socket(session, 0, 0, 6);
        kernel.during = () -> session.send(LINE);
        sweepAt(0);
        kernel.during = () -> {};
        kernel.socket(session, 6, 1, 6);
        for (int second = 1; second <= 11; second++) {
            sweepAt(second);
        }
        assertThat(session.closeReason()).contains(CloseReason.UNACKNOWLEDGED);
    }

    @Test
    void anIncompleteAnswerDoesNotMeanThatNothingIsInFlight() {
        PeerSession session = openAndSend();
        kernel.socket(session, 6, 1, 0);
        sweepAt(0);
        kernel.complete = false;
        for (int second = 1; second <= 20; second++) {
            sweepAt(second);
            assertThat(session.closeReason()).as("it may have acknowledged").isEmpty();
        }
        kernel.complete = true;
        sweepAt(21);
        assertThat(session.closeReason()).contains(CloseReason.UNACKNOWLEDGED);
    }

    @Test
    void asksAgainAfterAnException() {
        PeerSession session = openAndSend();
        kernel.socket(session, 6, 1, 0);
        kernel.during =
                () -> {
                    throw new IllegalStateException("thrown by the test");
                };
        assertThatThrownBy(() -> sweepAt(0)).hasMessage("thrown by the test");
        kernel.during = () -> {};
        sweepAt(1);
        assertThat(kernel.lastAsked()).containsExactly(pair(session));
    }

    @Test
    void doesNotAskAboutAClosedPeer() {
        PeerSession session = openAndSend();
        PeerSession other = openAndSend();
        session.abort(CloseReason.KICKED, null);
        sweepAt(0);
        assertThat(kernel.lastAsked()).containsExactly(pair(other));
    }

    /** One question costs as much as some sockets of a dump. */
    @Test
    void asksForADumpOnlyIfManyOfThePeersWereWrittenTo() {
        openAndSend();
        sweepAt(0);
        assertThat(kernel.dumpAbove).isEqualTo(100);
        for (int peer = 0; peer < 2_000; peer++) {
            open();
        }
        openAndSend();
        sweepAt(1);
        assertThat(kernel.dumpAbove).isEqualTo(200);
    }

    private void sweepAt(int second) {
        sweep.sweep(start + Duration.ofSeconds(second).toNanos());
    }

    private PeerSession openAndSend() {
        PeerSession session = open();
        session.send(LINE);
        return session;
    }

    private PeerSession open() {
        InetSocketAddress remote =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), nextPort++);
        return registry.open(listener, new FakeLink(FakeLink.TAKES_ALL, remote));
    }

    private static SocketPair pair(PeerSession session) {
        return Objects.requireNonNull(AckTracker.socketPair(session));
    }
}
