package io.switchboard.peer;

import java.time.Duration;

/** Closes a session whose write deadline, idle timeout or identification deadline has passed. */
final class SlowAndIdleTimeouts {
    private SlowAndIdleTimeouts() {}

    /**
     * Checks the deadlines of an open session at {@code now}, a value of {@link System#nanoTime}.
     * Called on the event loop of the connection.
     *
     * @param writeDeadline the longest time without progress while data is queued for the peer;
     *     also the time for flushing when the idle timeout closes the session
     * @return the nanoseconds until the earliest deadline that is running, {@link Long#MAX_VALUE}
     *     if none is; not positive if one has passed, and the session is then closed
     */
    static long enforce(PeerSession session, Duration writeDeadline, long now) {
        long write = session.outbox().nanosUntilStalledFor(writeDeadline.toNanos(), now);
        long idle = nanosUntilIdle(session, now);
        long name = nanosUntilUnidentified(session, now);
        if (write <= 0) {
            session.abort(
                    CloseReason.SLOW_CONSUMER,
                    "took no byte for " + DurationText.of(writeDeadline));
        } else if (idle <= 0) {
            session.close(
                    CloseReason.IDLE_TIMEOUT,
                    "nothing was sent or received for " + DurationText.of(session.idleTimeout()),
                    null,
                    writeDeadline);
        } else if (name <= 0) {
            session.closeWithError(
                    CloseReason.NOT_IDENTIFIED,
                    "no frame contained a name within "
                            + DurationText.of(session.listener().identification().deadline()));
        }
        return Math.min(write, Math.min(idle, name));
    }

    private static long nanosUntilIdle(PeerSession session, long now) {
        Duration timeout = session.idleTimeout();
        return timeout.isZero()
                ? Long.MAX_VALUE
                : timeout.toNanos() - nanosReadable(session, session.nanosIdle(now), now);
    }

    private static long nanosUntilUnidentified(PeerSession session, long now) {
        Identification identification = session.listener().identification();
        Duration deadline = identification.deadline();
        return identification.pattern() == null || deadline.isZero() || session.identified()
                ? Long.MAX_VALUE
                : deadline.toNanos() - nanosReadable(session, session.nanosConnected(now), now);
    }

    /** Limits a duration to the time since reading resumed: while reading is paused, it is 0. */
    private static long nanosReadable(PeerSession session, long nanos, long now) {
        return Math.min(nanos, session.readPause().nanosSinceResumed(now));
    }
}
