package io.switchboard.events;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The current subscriptions to events.
 *
 * <p>This object's monitor guards the bound on their number, and the waker, which exists while
 * there is a subscription. A subscription is added before it reads for the first time.
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

    /** Adds a subscription. Returns false if there are too many. */
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

    /** Ends all subscriptions, and those that are added from now on. */
    synchronized void end() {
        ended = true;
        all.forEach(Subscription::end);
    }

    /** Accepts subscriptions again. */
    synchronized void begin() {
        ended = false;
    }

    /** Called by a publisher after it has added an event to the ring. */
    void tell() {
        Waker present = waker;
        if (present != null) {
            present.tell();
        }
    }

    /** Returns the number of subscriptions. */
    int size() {
        return all.size();
    }

    /** Counts a subscriber that was too slow. */
    void cut() {
        cuts.increment();
    }

    /** Returns the number of subscribers that were too slow, since the start. */
    long cuts() {
        return cuts.sum();
    }
}
