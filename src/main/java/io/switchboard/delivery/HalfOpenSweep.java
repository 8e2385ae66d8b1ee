package io.switchboard.delivery;

import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.OutboxProperties;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.peer.UnackedPeers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/**
 * Closes half-open connections: those with bytes in flight of which the peer's TCP has acknowledged
 * none for the write deadline. TCP keepalive finds only connections with nothing in flight.
 *
 * <p>A sweep, once a second, asks the kernel about the peers in {@link UnackedPeers}, and puts
 * those back that have not acknowledged everything. It does nothing while no peer is written to. A
 * half-open connection is closed at most two seconds after the deadline.
 *
 * <p>The scheduler starts a sweep one second after the last one has ended, so only one thread at a
 * time uses {@code offsets}.
 */
@Component
final class HalfOpenSweep implements SmartInitializingSingleton {
    /** What a sweep asks the kernel: {@link KernelSockets#find(Set, int, Consumer)}. */
    @FunctionalInterface
    interface SocketQuery {
        boolean find(Set<SocketPair> pairs, int dumpAbove, Consumer<TcpSocketInfo> each);
    }

    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** The tolerance for a sweep that the scheduler starts early. */
    private static final long SLACK_NANOS = Duration.ofMillis(100).toNanos();

    /** Up to this number of sockets, one question for each costs a millisecond at most. */
    private static final int MIN_FOR_DUMP = 100;

    /** One question costs as much as some sockets of a dump. */
    private static final int QUESTION_COST = 10;

    /**
     * How far a socket with segments in flight has been acknowledged.
     *
     * @param since when a sweep first saw this offset, by {@link System#nanoTime}
     */
    private record AckOffset(long bytesAcked, long since) {}

    private final SocketQuery query;
    private final boolean available;
    private final PeerRegistry registry;
    private final OutboxProperties limits;
    private final TaskScheduler scheduler;
    private Map<PeerSession, AckOffset> offsets = Map.of();

    @Autowired
    HalfOpenSweep(
            KernelSockets kernel,
            PeerRegistry registry,
            OutboxProperties limits,
            TaskScheduler scheduler) {
        this(kernel::find, kernel.available(), registry, limits, scheduler);
    }

    HalfOpenSweep(
            SocketQuery query,
            boolean available,
            PeerRegistry registry,
            OutboxProperties limits,
            TaskScheduler scheduler) {
        this.query = query;
        this.available = available;
        this.registry = registry;
        this.limits = limits;
        this.scheduler = scheduler;
    }

    /** Starts the sweeps. No listener is open yet, so every session is watched. */
    @Override
    public void afterSingletonsInstantiated() {
        if (available) {
            registry.unacked().watch();
            var _ = scheduler.scheduleWithFixedDelay(() -> sweep(System.nanoTime()), INTERVAL);
        }
    }

    /**
     * Checks the peers to which bytes were written, and closes those whose deadline has passed.
     *
     * @param now the time by {@link System#nanoTime}
     */
    void sweep(long now) {
        List<PeerSession> unacked = registry.unacked().take();
        if (unacked.isEmpty()) {
            offsets = Map.of();
            return;
        }
        try {
            check(unacked, now);
        } catch (RuntimeException | Error e) {
            unacked.forEach(PeerSession::awaitAck);
            throw e;
        }
    }

    private void check(List<PeerSession> unacked, long now) {
        Map<SocketPair, PeerSession> sessions = HashMap.newHashMap(unacked.size());
        for (PeerSession session : unacked) {
            SocketPair pair = AckTracker.socketPair(session);
            if (pair != null && session.state() != PeerState.CLOSED) {
                sessions.put(pair, session);
            }
        }
        Map<SocketPair, TcpSocketInfo> sockets = HashMap.newHashMap(sessions.size());
        int dumpAbove = Math.max(MIN_FOR_DUMP, registry.sessions().size() / QUESTION_COST);
        boolean complete =
                query.find(
                        sessions.keySet(), dumpAbove, socket -> sockets.put(socket.ends(), socket));
        Map<PeerSession, AckOffset> found = new HashMap<>();
        sessions.forEach(
                (pair, session) -> {
                    TcpSocketInfo socket = sockets.get(pair);
                    if (socket != null) {
                        check(session, socket, now, found);
                    } else if (!complete) {
                        session.awaitAck();
                        keepOffset(session, found);
                    }
                });
        offsets = found;
    }

    /** Nothing is in flight to a peer that has closed its window: it is slow, not half-open. */
    private void check(
            PeerSession session,
            TcpSocketInfo socket,
            long now,
            Map<PeerSession, AckOffset> found) {
        if (socket.sendQueue() > 0) {
            session.awaitAck();
        }
        if (socket.unackedSegments() > 0) {
            AckOffset before = offsets.get(session);
            AckOffset offset =
                    before != null && before.bytesAcked() == socket.bytesAcked()
                            ? before
                            : new AckOffset(socket.bytesAcked(), now);
            found.put(session, offset);
            if (isOverdue(offset, now)) {
                close(session);
            }
        }
    }

    private void keepOffset(PeerSession session, Map<PeerSession, AckOffset> found) {
        AckOffset before = offsets.get(session);
        if (before != null) {
            found.put(session, before);
        }
    }

    private boolean isOverdue(AckOffset offset, long now) {
        return now - offset.since() >= limits.writeDeadline().toNanos() - SLACK_NANOS;
    }

    private void close(PeerSession session) {
        session.abort(
                CloseReason.UNACKNOWLEDGED,
                "acknowledged nothing for " + DurationText.of(limits.writeDeadline()));
    }
}
