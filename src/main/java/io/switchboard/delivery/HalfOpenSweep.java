package io.switchboard.delivery;

import io.switchboard.kernel.Ends;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.SocketFigures;
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
 * Finds peers that are gone without a word: something is in flight to them, and their TCP has
 * acknowledged nothing for the write deadline. Keepalive finds only those with nothing in flight.
 *
 * <p>One dump of the kernel's sockets a second, on one thread at a time: who is gone is found
 * within the deadline, a second until the first look and one more at the last.
 */
@Component
final class HalfOpenSweep implements SmartInitializingSingleton {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** A sweep that comes early by so little still counts as in time. */
    private static final long SLACK_NANOS = Duration.ofMillis(100).toNanos();

    /** Since when nothing more than this has been acknowledged, by {@link System#nanoTime}. */
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
     * Looks once.
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
