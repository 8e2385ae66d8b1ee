package io.switchboard.events;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
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

    /**
     * The virtual thread that wakes all subscriptions that wait for events.
     *
     * <p>A publisher wakes only this thread, and only if it sleeps. Whatever the number of
     * subscribers, that costs a publisher at most an unpark a thousand times a second. A subscriber
     * receives a first event at once, and those that follow it in pages.
     *
     * <p>No lock. Two races have rules:
     *
     * <ul>
     *   <li>An event while this falls asleep: it says that it sleeps, then looks at the ring once
     *       more; the publisher adds to the ring, then looks whether it sleeps.
     *   <li>An event while a subscriber falls asleep: that one says that it waits, then looks at
     *       the ring once more; this looks at the ring, then wakes those who wait. And it begins
     *       with what the ring had before its first subscriber looked.
     * </ul>
     */
    static final class Waker {
        private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

        private final EventRing ring;
        private final Set<Subscription> all;
        private final Thread thread = Thread.ofVirtual().name("events").unstarted(this::run);
        private long told;
        private volatile boolean asleep;
        private volatile boolean ended;

        /**
         * @param all may change at any time
         */
        Waker(EventRing ring, Set<Subscription> all) {
            this.ring = ring;
            this.all = all;
            this.told = ring.last();
        }

        void start() {
            thread.start();
        }

        void end() {
            ended = true;
            LockSupport.unpark(thread);
        }

        /** Called by a publisher after it has added an event, without the ring's lock. */
        void tell() {
            if (asleep) {
                asleep = false;
                LockSupport.unpark(thread);
            }
        }

        private void run() {
            while (!ended) {
                asleep = true;
                if (ring.last() == told && !ended) {
                    LockSupport.park(this);
                }
                asleep = false;
                told = ring.last();
                all.forEach(Subscription::wake);
                LockSupport.parkNanos(this, PAUSE_NANOS);
            }
        }
    }
}
