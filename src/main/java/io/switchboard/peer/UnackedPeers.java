package io.switchboard.peer;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The TCP peers to which bytes were written since somebody last checked that they have acknowledged
 * all. A peer is in the set at most once, however much is written, and an idle peer is not in it.
 *
 * <p>Thread-safe without a lock. {@link PeerSession#awaitAck} writes to the socket, then sets the
 * session's mark, then adds the session; {@link #take} removes the session, then clears its mark,
 * and its caller then asks the kernel. Two races follow:
 *
 * <ul>
 *   <li>A write between the removal and the question: if the writer still sees the mark, it adds
 *       nothing, but the bytes were written before the mark was cleared, so the kernel's answer
 *       includes them. Otherwise the writer adds the session again.
 *   <li>Somebody adds the session while it is removed: the mark is cleared after the removal and
 *       set before the addition, so a session that is not in the set never keeps a mark that would
 *       prevent its addition.
 * </ul>
 */
public final class UnackedPeers {
    private final Set<PeerSession> sessions = ConcurrentHashMap.newKeySet();
    private volatile boolean watched;

    UnackedPeers() {}

    /** Enables the set for sessions that are opened from now on; before, it remains empty. */
    public void watch() {
        watched = true;
    }

    /** Returns whether bytes to a new peer of this transport are to be watched. */
    boolean watches(Transport transport) {
        return watched && transport.isTcp();
    }

    void add(PeerSession session) {
        sessions.add(session);
    }

    /**
     * Removes and returns all sessions, closed ones included. Call {@link PeerSession#awaitAck} for
     * a session that still has bytes to be acknowledged, or of which that is not known.
     */
    public List<PeerSession> take() {
        if (sessions.isEmpty()) {
            return List.of();
        }
        List<PeerSession> taken = new ArrayList<>();
        for (Iterator<PeerSession> each = sessions.iterator(); each.hasNext(); ) {
            PeerSession session = each.next();
            each.remove();
            session.ackTaken();
            taken.add(session);
        }
        return taken;
    }
}
