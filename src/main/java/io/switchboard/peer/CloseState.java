package io.switchboard.peer;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The state of a session that is being closed or is closed, created by the first call that closes
 * the session. An open session has no close state.
 *
 * <p>This object's monitor guards {@code closed} and {@code closedNanos}, which change once.
 */
final class CloseState {
    private final CloseReason reason;
    private final @Nullable String detail;
    private final long deadline;
    private final CompletableFuture<PeerSnapshot> whenClosed = new CompletableFuture<>();
    private boolean closed;
    private long closedNanos;

    /** The outbox is flushed until {@code deadline}, a value of {@link System#nanoTime}. */
    CloseState(CloseReason reason, @Nullable String detail, long deadline) {
        this.reason = reason;
        this.detail = detail;
        this.deadline = deadline;
    }

    CloseReason reason() {
        return reason;
    }

    /** Returns a human-readable detail; null if there is none. */
    @Nullable String detail() {
        return detail;
    }

    /** Returns the time left for flushing, in nanoseconds; negative if it is over. */
    long nanosLeft(long now) {
        return deadline - now;
    }

    /** Marks the session as closed. Returns false if it was closed before. */
    synchronized boolean markClosed() {
        if (closed) {
            return false;
        }
        closed = true;
        closedNanos = System.nanoTime();
        return true;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Returns when the session was closed; null while it is draining. */
    synchronized @Nullable Instant closedAt() {
        return closed ? WallClock.at(closedNanos) : null;
    }

    /** Returns a future that completes with the last snapshot after the observers were notified. */
    CompletableFuture<PeerSnapshot> whenClosed() {
        return whenClosed;
    }
}
