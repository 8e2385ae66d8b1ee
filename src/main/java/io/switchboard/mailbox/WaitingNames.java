package io.switchboard.mailbox;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The names that wait for a round of the {@link Courier}: those that came or got a message, and
 * those that are tried again later.
 *
 * <p>Their number is bounded. Beyond it, and after a failure of the store, the names of all peers
 * wait once the others have been taken.
 *
 * <p>This object's monitor guards {@code pending} and {@code missed}; it is a leaf, and any thread
 * may take it. Only the thread {@code mailbox} uses {@code delayed}.
 */
final class WaitingNames {
    private static final int MAX_PENDING = 10_000;

    private final PeerRegistry registry;
    private final Set<String> pending = new LinkedHashSet<>();
    private boolean missed;

    private final Schedule<String> delayed = new Schedule<>();

    WaitingNames(PeerRegistry registry) {
        this.registry = registry;
    }

    /** Adds a name. Any thread. */
    synchronized void add(String name) {
        if (pending.size() < MAX_PENDING) {
            pending.add(name);
        } else {
            missed = true;
        }
    }

    /** Adds the names of all peers. Any thread. */
    synchronized void addAll() {
        missed = true;
    }

    /** Keeps a name back until a {@link System#nanoTime}. */
    void delay(String name, long until) {
        delayed.set(name, until);
    }

    /** Moves the names whose delay has passed to others that are tried now. */
    void moveDue(Set<String> names) {
        delayed.removeDue(System.nanoTime(), names::add);
    }

    /** Removes at most this many names and returns those that are not delayed. */
    List<String> take(int limit) {
        List<String> names = new ArrayList<>();
        synchronized (this) {
            if (missed && pending.isEmpty()) {
                missed = false;
                for (PeerSession each : registry.sessions()) {
                    String name = each.name();
                    if (name != null) {
                        pending.add(name);
                    }
                }
            }
            Iterator<String> each = pending.iterator();
            for (int left = limit; left > 0 && each.hasNext(); left--) {
                names.add(each.next());
                each.remove();
            }
        }
        names.removeIf(delayed::has);
        return names;
    }

    synchronized boolean isEmpty() {
        return pending.isEmpty() && !missed;
    }

    /** Returns the nanoseconds until the first delay has passed. */
    long untilNext() {
        return delayed.untilNext(System.nanoTime());
    }
}
