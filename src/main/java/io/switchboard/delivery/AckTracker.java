package io.switchboard.delivery;

import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.peer.Transport;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Waits until the peers' TCP has acknowledged the bytes of a message. Sender threads call it, for
 * {@link Send.Wait#ACKED}. Thread-safe.
 *
 * <p>On a Unix-domain socket, written bytes count as acknowledged because the kernel puts them into
 * the peer's receive queue. On TCP, the acknowledged offset is the number of bytes written before
 * the query to the kernel, less the socket's send queue. The kernel does not announce
 * acknowledgements, so this class polls it: after 100 µs at first, then with a pause that doubles
 * up to 20 ms.
 */
@Component
final class AckTracker {
    /** From this many sockets on, one dump of all sockets costs less than one query per socket. */
    private static final int DUMP_THRESHOLD = 64;

    private static final long MIN_PAUSE = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long MAX_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

    /**
     * The state of a session before the kernel was asked. A session that is closed afterwards may
     * have been acknowledged in between: the kernel is asked once more, because it knows the socket
     * of an end that closed first for another minute (TIME-WAIT).
     */
    record Before(long sent, boolean closed) {
        static Before of(PeerSession session) {
            boolean closed = session.state() == PeerState.CLOSED;
            return new Before(session.view().sentBytes(), closed);
        }
    }

    private final KernelSockets kernel;

    AckTracker(KernelSockets kernel) {
        this.kernel = kernel;
    }

    /** Returns whether the kernel reports acknowledgements: Linux with sock_diag(7). */
    boolean available() {
        return kernel.available();
    }

    /**
     * Records for each session to which the message was written whether its peer acknowledged it or
     * the session closed first. Blocks until all are settled or the timeout has passed.
     */
    void await(DeliveryTracker tracker, Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        Map<PeerSession, Long> unacked = new LinkedHashMap<>();
        tracker.writtenTo().forEach(session -> unacked.put(session, session.view().sentBytes()));
        long pause = MIN_PAUSE;
        while (true) {
            settle(unacked, tracker);
            long left = end - System.nanoTime();
            if (unacked.isEmpty() || left <= 0) {
                return;
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(pause, left));
            pause = Math.min(2 * pause, MAX_PAUSE);
        }
    }

    private void settle(Map<PeerSession, Long> unacked, DeliveryTracker tracker) {
        Map<PeerSession, Before> before = new HashMap<>();
        unacked.keySet().forEach(session -> before.put(session, Before.of(session)));
        withSockets(kernel, unacked.keySet(), sockets -> settle(unacked, before, sockets, tracker));
    }

    /**
     * Calls the function with the TCP sockets of these sessions that the kernel knows, and perhaps
     * with others. Blocks while the kernel is asked.
     */
    static void withSockets(
            KernelSockets kernel,
            Collection<PeerSession> sessions,
            Consumer<Map<SocketPair, TcpSocketInfo>> use) {
        if (sessions.size() >= DUMP_THRESHOLD) {
            var _ =
                    kernel.withAll(
                            sockets -> {
                                use.accept(sockets);
                                return true;
                            });
            return;
        }
        Map<SocketPair, TcpSocketInfo> sockets = new HashMap<>();
        for (PeerSession session : sessions) {
            SocketPair pair = socketPair(session);
            if (pair != null) {
                kernel.find(pair).ifPresent(each -> sockets.put(each.ends(), each));
            }
        }
        use.accept(sockets);
    }

    /** Settles and removes what was acknowledged. */
    private static void settle(
            Map<PeerSession, Long> unacked,
            Map<PeerSession, Before> states,
            Map<SocketPair, TcpSocketInfo> sockets,
            DeliveryTracker tracker) {
        Iterator<Map.Entry<PeerSession, Long>> each = unacked.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<PeerSession, Long> entry = each.next();
            PeerSession session = entry.getKey();
            TcpSocketInfo socket = sockets.get(socketPair(session));
            Before before = Objects.requireNonNull(states.get(session));
            boolean acked =
                    session.listener().transport() == Transport.UNIX
                            || (socket != null
                                    && before.sent() - socket.sendQueue() >= entry.getValue());
            if (acked || before.closed()) {
                tracker.settle(session, acked);
                each.remove();
            } else if (socket == null) {
                session.link().reportEnd();
            }
        }
    }

    /**
     * Returns the addresses that identify the session's socket to the kernel; null if it is not
     * TCP.
     */
    static @Nullable SocketPair socketPair(PeerSession session) {
        return session.listener().transport().isTcp()
                ? SocketPair.of(session.link().local(), session.link().remote())
                : null;
    }
}
