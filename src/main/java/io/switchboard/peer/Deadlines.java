package io.switchboard.peer;

import java.time.Duration;

/** The deadlines of a session, and how it ends when one has passed. */
final class Deadlines {
    private Deadlines() {}

    /**
     * Ends a session that is late at {@link System#nanoTime} {@code now}. The sweeper calls it.
     *
     * @param write how long a peer may take nothing of what waits for it
     */
    static void enforce(PeerSession session, Duration write, long now) {
        Duration idle = session.idleTimeout();
        if (session.outbox().stalledNanos(now) > write.toNanos()) {
            session.abort(CloseReason.SLOW_CONSUMER, "took no byte for " + DurationText.of(write));
        } else if (!idle.isZero() && heard(session, session.nanosIdle(now), now) > idle.toNanos()) {
            session.close(
                    CloseReason.IDLE_TIMEOUT,
                    "nothing was sent or received for " + DurationText.of(idle),
                    null,
                    write);
        } else if (isUnidentified(session, now)) {
            session.closeWithError(
                    CloseReason.NOT_IDENTIFIED,
                    "no frame has said a name within "
                            + DurationText.of(session.listener().identification().deadline()));
        }
    }

    private static boolean isUnidentified(PeerSession session, long now) {
        Identification identification = session.listener().identification();
        Duration deadline = identification.deadline();
        return identification.pattern() != null
                && deadline.isPositive()
                && heard(session, session.nanosUp(now), now) > deadline.toNanos()
                && !session.identified();
    }

    /** For how much of these last nanoseconds the peer could be heard: deadlines rest meanwhile. */
    private static long heard(PeerSession session, long nanos, long now) {
        return Math.min(nanos, session.reading().nanosGoingOn(now));
    }
}
