package io.switchboard.delivery;

import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.kernel.SocketFigures.Ends;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.OutboxProperties;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/**
 * Closes half-open connections: bytes are in flight to the peer, and its TCP has acknowledged
 * nothing for the write deadline. Keepalive finds only connections with nothing in flight.
 *
 * <p>The kernel's sockets are dumped once a second, on one thread at a time. A lost peer is closed
 * at the latest two seconds after the deadline.
 */
@Component
final class HalfOpenSweep implements SmartInitializingSingleton {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** Tolerance for a sweep that runs a little early. */
    private static final long SLACK_NANOS = Duration.ofMillis(100).toNanos();

    /** The offset acknowledged last, and since when, by {@link System#nanoTime}. */
    private record Stuck(long bytesAcked, long since) {}

    private final KernelSockets kernel;
    private final PeerRegistry registry;
    private final OutboxProperties limits;
    private final TaskScheduler scheduler;
    private Map<Ends, Stuck> stuck = Map.of();

    HalfOpenSweep(
            KernelSockets kernel,
            PeerRegistry registry,
            OutboxProperties limits,
            TaskScheduler scheduler) {
        this.kernel = kernel;
        this.registry = registry;
        this.limits = limits;
        this.scheduler = scheduler;
    }

    @Override
    public void afterSingletonsInstantiated() {
        if (kernel.available()) {
            var _ = scheduler.scheduleAtFixedRate(() -> sweep(System.nanoTime()), INTERVAL);
        }
    }

    /**
     * Dumps the sockets once and closes the connections that are overdue.
     *
     * @param now {@link System#nanoTime}
     */
    void sweep(long now) {
        Map<Ends, Stuck> found = new HashMap<>();
        if (!registry.sessions().isEmpty()) {
            kernel.forEach(
                    socket -> {
                        if (socket.unackedSegments() > 0) {
                            Stuck before = stuck.get(socket.ends());
                            found.put(socket.ends(), since(before, socket, now));
                        }
                    });
        }
        stuck = found;
        Map<Ends, Stuck> overdue = new HashMap<>(found);
        long deadline = limits.writeDeadline().toNanos() - SLACK_NANOS;
        overdue.values().removeIf(each -> now - each.since() < deadline);
        if (!overdue.isEmpty()) {
            close(overdue);
        }
    }

    private static Stuck since(@Nullable Stuck before, SocketFigures socket, long now) {
        return before != null && before.bytesAcked() == socket.bytesAcked()
                ? before
                : new Stuck(socket.bytesAcked(), now);
    }

    private void close(Map<Ends, Stuck> overdue) {
        for (PeerSession session : registry.sessions()) {
            if (overdue.containsKey(AckTracker.ends(session))) {
                session.abort(
                        CloseReason.UNACKNOWLEDGED,
                        "acknowledged nothing for " + DurationText.of(limits.writeDeadline()));
            }
        }
    }
}
