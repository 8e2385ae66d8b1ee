package io.switchboard.peer;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Pauses and resumes reading from a peer. Several owners can pause independently; reading resumes
 * when all of them have resumed. Thread-safe.
 *
 * <p>This object's monitor guards the fields. It is held during the calls to the link, which only
 * record the change and never call back. If a pause and a resume happen at the same time, the link
 * therefore receives the two calls in the order in which this object changed. After {@link #end},
 * nothing is paused.
 */
public final class ReadPause {

    /** Decides before each read of a peer whether there is capacity for the data. */
    @FunctionalInterface
    public interface ReadGate {

        /**
         * Returns whether the peer may be read now. If not, the gate has {@linkplain #pause paused}
         * the peer's reading and resumes it when there is capacity again. The data of a read that
         * was allowed is taken in any case. Called on the peer's event loop; never blocks.
         */
        boolean allowsRead(PeerSession session);

        /**
         * Returns whether an answer to what the peer sent may still follow. After it was offered,
         * or when it will not come, the gate calls {@link PeerSession#answered}. Any thread.
         */
        default boolean owesAnswer() {
            return false;
        }
    }

    private final Link link;
    private final ListenerCounters counters;

    /** The owners that have paused reading; null if it was never paused, as with most peers. */
    private @Nullable Set<Object> owners;

    /** Whether reading is paused; checked without the monitor before each read of the peer. */
    private volatile boolean paused;

    private boolean ended;

    /** Set before the session can be looked up, and when its webhook changes; null allows all. */
    private volatile @Nullable ReadGate gate;

    /** {@link System#nanoTime} of the last resume; valid if {@link #owners} is not null. */
    private long resumedNanos;

    ReadPause(Link link, ListenerCounters counters) {
        this.link = link;
        this.counters = counters;
    }

    /** Sets the gate, while the peer connects; null for none. */
    public void gate(@Nullable ReadGate newGate) {
        gate = newGate;
    }

    /**
     * Replaces the gate when the webhook of the peer changes.
     *
     * @return false if the gate is another one than {@code before}, and is not replaced
     */
    @SuppressWarnings("ReferenceEquality") // a gate is replaced, never changed
    public synchronized boolean replaceGate(@Nullable ReadGate before, @Nullable ReadGate next) {
        if (gate != before) {
            return false;
        }
        gate = next;
        return true;
    }

    /** Returns the gate; null if there is none. */
    public @Nullable ReadGate gate() {
        return gate;
    }

    /**
     * Returns whether the connection may read now. Called on its event loop before each read,
     * because a pause reaches the link a moment after it was requested, and the link must not read
     * in between.
     */
    public boolean allows(PeerSession session) {
        ReadGate current = gate;
        return !paused && (current == null || current.allowsRead(session));
    }

    /**
     * Pauses reading from the peer, so that TCP applies back-pressure. Data that was already read
     * is still processed. The idle timeout and the identification deadline are suspended meanwhile.
     * Called on any thread.
     *
     * @param owner identifies the caller; a second pause by the same owner has no effect
     */
    public synchronized void pause(Object owner) {
        if (ended) {
            return;
        }
        if (owners == null) {
            owners = HashSet.newHashSet(1);
        }
        if (owners.add(owner) && owners.size() == 1) {
            paused = true;
            counters.paused(1);
            link.pauseReading();
        }
    }

    /** Revokes an owner's pause. Reading resumes if no other owner has paused it. Any thread. */
    public synchronized void resume(Object owner) {
        if (owners != null && owners.remove(owner) && owners.isEmpty()) {
            paused = false;
            counters.paused(-1);
            resumedNanos = System.nanoTime();
            link.resumeReading();
        }
    }

    /** Ends the pause because the session is closed. The link does not have to be called. */
    synchronized void end() {
        ended = true;
        if (paused) {
            paused = false;
            counters.paused(-1);
            owners = null;
        }
    }

    /** Returns whether reading is paused. */
    public boolean paused() {
        return paused;
    }

    /** Returns the time since reading resumed: 0 while paused, the maximum if never paused. */
    synchronized long nanosSinceResumed(long now) {
        if (owners == null) {
            return Long.MAX_VALUE;
        }
        return paused ? 0 : now - resumedNanos;
    }
}
