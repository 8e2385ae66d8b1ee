package io.switchboard.events;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Who reads events now.
 *
 * <p>This object's monitor guards the bound on their number, and the waker's coming and going: it
 * is there while somebody reads. A subscription is among all before it reads for the first time.
 */
final class Subscribers {
    private final EventRing ring;
    private final int most;
    private final Set<Subscription> all = ConcurrentHashMap.newKeySet();
    private final LongAdder cuts = new LongAdder();
    private volatile @Nullable Waker waker;
    private boolean ended;

    Subscribers(EventRing ring, int most) {
        this.ring = ring;
        this.most = most;
    }

    /**
     * One more.
     *
     * @return false where there is no room
     */
    synchronized boolean add(Subscription subscription) {
        if (all.size() >= most) {
            return false;
        }
        all.add(subscription);
        if (ended) {
            subscription.end();
        }
        if (waker == null) {
            Waker first = new Waker(ring, all);
            first.start();
            waker = first;
        }
        return true;
    }

    synchronized void remove(Subscription subscription) {
        Waker last = waker;
        if (all.remove(subscription) && all.isEmpty() && last != null) {
            waker = null;
            last.end();
        }
    }

    /** Ends all of them, and whoever comes from now on. */
    synchronized void end() {
        ended = true;
        all.forEach(Subscription::end);
    }

    /** Lets them read again. */
    synchronized void begin() {
        ended = false;
    }

    /** Something was added to the ring. Called by publishers. */
    void tell() {
        Waker present = waker;
        if (present != null) {
            present.tell();
        }
    }

    /** How many there are. */
    int size() {
        return all.size();
    }

    /** One was too slow. */
    void cut() {
        cuts.increment();
    }

    /** How many were too slow, since the start. */
    long cuts() {
        return cuts.sum();
    }
}
