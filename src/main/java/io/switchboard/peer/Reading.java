package io.switchboard.peer;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether what a peer sends is read: it is while nobody has paused it, and each who has resumes for
 * himself alone. Thread-safe.
 *
 * <p>This object's monitor guards it and is held while the link is told, which does no more than
 * take note and never calls back: of a pause and a resume at the same time the link hears the one
 * last that came last. After {@link #end} nothing is paused any more.
 */
final class Reading {
    private final Link link;
    private final ListenerCounters counters;

    /** Null while it has never been paused, as with most peers. */
    private @Nullable Set<Object> pausedBy;

    /** Whether somebody has; read without the monitor, before each read of the peer. */
    private volatile boolean paused;

    private boolean ended;

    /** {@link System#nanoTime} of the last resume; counts when {@link #pausedBy} is not null. */
    private long resumed;

    Reading(Link link, ListenerCounters counters) {
        this.link = link;
        this.counters = counters;
    }

    synchronized void pause(Object by) {
        if (ended) {
            return;
        }
        if (pausedBy == null) {
            pausedBy = HashSet.newHashSet(1);
        }
        if (pausedBy.add(by) && pausedBy.size() == 1) {
            paused = true;
            counters.paused(1);
            link.pauseReading();
        }
    }

    synchronized void resume(Object by) {
        if (pausedBy != null && pausedBy.remove(by) && pausedBy.isEmpty()) {
            paused = false;
            counters.paused(-1);
            resumed = System.nanoTime();
            link.resumeReading();
        }
    }

    /** The session is closed: it counts as paused no longer. The link knows by itself. */
    synchronized void end() {
        ended = true;
        if (paused) {
            paused = false;
            counters.paused(-1);
            pausedBy = null;
        }
    }

    boolean paused() {
        return paused;
    }

    /** For how long nothing has kept the peer from being heard; 0 while something does. */
    synchronized long nanosGoingOn(long now) {
        if (pausedBy == null) {
            return Long.MAX_VALUE;
        }
        return paused ? 0 : now - resumed;
    }
}
