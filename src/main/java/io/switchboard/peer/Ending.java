package io.switchboard.peer;

import io.switchboard.peer.Peer.PeerState;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * How and why a session ends: the first cause that anybody gave. An open session has none.
 *
 * <p>This object's monitor guards whether the session is over, which it becomes once.
 */
final class Ending {
    private final CloseReason reason;
    private final @Nullable String detail;
    private final long deadline;
    private final CompletableFuture<Peer> ended = new CompletableFuture<>();
    private boolean over;
    private long at;

    /** Flushes until {@code deadline}, a value of {@link System#nanoTime}. */
    Ending(CloseReason reason, @Nullable String detail, long deadline) {
        this.reason = reason;
        this.detail = detail;
        this.deadline = deadline;
    }

    CloseReason reason() {
        return reason;
    }

    /** For people; null where there is no more to say. */
    @Nullable String detail() {
        return detail;
    }

    boolean isOverdue(long now) {
        return now - deadline > 0;
    }

    /** Whether the session was not over yet, and is from now on. */
    synchronized boolean complete() {
        if (over) {
            return false;
        }
        over = true;
        at = System.nanoTime();
        return true;
    }

    synchronized PeerState state() {
        return over ? PeerState.CLOSED : PeerState.DRAINING;
    }

    /** When the session was over; null before. */
    synchronized @Nullable Instant closedAt() {
        return over ? WallClock.at(at) : null;
    }

    /** Completes with its last facts, when everybody has been told. */
    CompletableFuture<Peer> ended() {
        return ended;
    }
}
