package io.switchboard.delivery;

import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.kernel.SocketFigures.Ends;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Waits until the TCP of peers has acknowledged what was written to them.
 *
 * <p>On a Unix-domain socket written bytes count as acknowledged: the kernel puts them into the
 * peer's own queue. On TCP the acknowledged offset is the number of bytes written before the kernel
 * is asked, less the socket's send queue. The kernel announces no acknowledgement, so it is polled:
 * after 100 µs at first, then after longer and longer pauses.
 */
@Component
final class AckTracker {
    /** For this many sockets, one dump of all costs less than one query for each. */
    private static final int DUMP_FROM = 64;

    private static final long SHORTEST_PAUSE = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

    private final KernelSockets kernel;

    AckTracker(KernelSockets kernel) {
        this.kernel = kernel;
    }

    boolean available() {
        return kernel.available();
    }

    /** Settles each session that the message was written to, at most until {@code timeout}. */
    void await(DeliveryTracker tracker, Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        Map<PeerSession, Long> wanted = new LinkedHashMap<>();
        tracker.writtenTo().forEach(session -> wanted.put(session, session.sentBytes()));
        long pause = SHORTEST_PAUSE;
        while (true) {
            settle(wanted, tracker);
            long left = end - System.nanoTime();
            if (wanted.isEmpty() || left <= 0) {
                return;
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(pause, left));
            pause = Math.min(2 * pause, LONGEST_PAUSE);
        }
    }

    private void settle(Map<PeerSession, Long> wanted, DeliveryTracker tracker) {
        Map<PeerSession, Long> sentBefore = new HashMap<>();
        wanted.keySet().forEach(session -> sentBefore.put(session, session.sentBytes()));
        Map<Ends, SocketFigures> sockets = new HashMap<>();
        if (wanted.size() >= DUMP_FROM) {
            kernel.forEach(each -> sockets.put(each.ends(), each));
        } else {
            for (PeerSession session : wanted.keySet()) {
                find(session).ifPresent(each -> sockets.put(each.ends(), each));
            }
        }
        Iterator<Map.Entry<PeerSession, Long>> each = wanted.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<PeerSession, Long> entry = each.next();
            PeerSession session = entry.getKey();
            SocketFigures socket = sockets.get(ends(session));
            long sent = sentBefore.getOrDefault(session, 0L);
            boolean acked =
                    session.listener().transport() == Transport.UNIX
                            || (socket != null && sent - socket.sendQueue() >= entry.getValue());
            if (acked || session.state() == PeerState.CLOSED) {
                tracker.settle(session, acked);
                each.remove();
            }
        }
    }

    private Optional<SocketFigures> find(PeerSession session) {
        Ends ends = ends(session);
        return ends == null ? Optional.empty() : kernel.find(ends);
    }

    /** Returns the addresses by which the kernel finds the session's socket; null if not TCP. */
    static @Nullable Ends ends(PeerSession session) {
        return session.listener().transport().isTcp()
                ? Ends.of(session.link().local(), session.link().remote())
                : null;
    }
}
