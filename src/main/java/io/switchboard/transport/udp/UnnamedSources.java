package io.switchboard.transport.udp;

import io.switchboard.transport.udp.UdpSocket.Source;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.TimeUnit;

/**
 * The addresses of closed peers that had to get no name by what they send, because a client with a
 * restricted reach had opened them. That client can close such a peer at any time, and what comes
 * from the address then may be what the client has sent there: a server that returns what it gets
 * could give the next peer any name. So the next peer gets none either, for {@link #KEPT_NANOS}
 * after the close.
 *
 * <p>Thread-safe: this object's monitor guards the map, and is a leaf.
 */
final class UnnamedSources {
    /** Longer than a server takes to answer. */
    static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(1);

    /**
     * From this number on, no further peer is opened that would be added when it is closed. Those
     * that are open then are added, so that there are as many more as the listener has peers.
     */
    static final int MAX = 10_000;

    /** The {@link System#nanoTime} at which each is removed, the first to be removed first. */
    private final SequencedMap<Source, Long> ends = new LinkedHashMap<>();

    /**
     * Adds an address, for the time after now.
     *
     * @param now {@link System#nanoTime}
     */
    synchronized void add(Source source, long now) {
        removeEnded(now);
        ends.putLast(source, now + KEPT_NANOS);
    }

    /** Returns whether the next peer of an address gets no name. */
    synchronized boolean contains(Source source, long now) {
        Long end = ends.get(source);
        return end != null && end - now > 0;
    }

    /** Returns whether there is no room for another address. */
    synchronized boolean isFull(long now) {
        removeEnded(now);
        return ends.size() >= MAX;
    }

    private void removeEnded(long now) {
        Iterator<Long> oldest = ends.values().iterator();
        while (oldest.hasNext() && oldest.next() - now <= 0) {
            oldest.remove();
        }
    }
}
