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
 * <p>This object's monitor guards the number of local subscriptions, {@code ended}, and the waker,
 * which exists while there is a subscription. A subscription is added before it reads for the first
 * time.
 */
final class Subscribers {
    private final EventRing ring;
    private final int max;
    private final Set<Subscription> all = ConcurrentHashMap.newKeySet();
    private final LongAdder slow = new LongAdder();
    private volatile @Nullable Waker waker;
    private volatile int local;
    private boolean ended;

    /** Creates it; {@code max} limits the subscriptions that are not remote. */
    Subscribers(EventRing ring, int max) {
        this.ring = ring;
        this.max = max;
    }

    /** Adds a subscription. Returns false if the maximum number has been reached. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // it is written under the monitor only
    synchronized boolean add(Subscription subscription) {
        if (!subscription.remote()) {
            if (local >= max) {
                return false;
            }
            local++;
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

    @SuppressWarnings("NonAtomicVolatileUpdate") // it is written under the monitor only
    synchronized void remove(Subscription subscription) {
        if (!all.remove(subscription)) {
            return;
        }
        if (!subscription.remote()) {
            local--;
        }
        Waker last = waker;
        if (all.isEmpty() && last != null) {
            waker = null;
            last.end();
        }
    }

    /** Ends all subscriptions, and those that are added until {@link #begin}. */
    synchronized void end() {
        ended = true;
        all.forEach(Subscription::end);
    }

    synchronized void begin() {
        ended = false;
    }

    /** Called by a publisher after it has added an event to the ring. */
    void eventAdded() {
        Waker present = waker;
        if (present != null) {
            present.eventAdded();
        }
    }

    /** Returns the number of local subscriptions. */
    int size() {
        return local;
    }

    /** Counts a subscriber that was too slow. */
    void countSlow() {
        slow.increment();
    }

    /** Returns the number of subscribers that were too slow, since the start. */
    long slowCount() {
        return slow.sum();
    }

    /**
     * The virtual thread that wakes all subscriptions that wait for events.
     *
     * <p>A publisher wakes only this thread, and only if it sleeps. Whatever the number of
     * subscribers, publishers therefore unpark at most a thousand times a second. A subscriber
     * receives a first event at once, and those that follow it in pages.
     *
     * <p>It takes no lock. Two rules resolve the races:
     *
     * <ul>
     *   <li>An event is added while this thread is about to sleep: this thread sets {@code asleep}
     *       and then reads the ring once more; the publisher adds to the ring and then reads {@code
     *       asleep}.
     *   <li>An event is added while a subscriber is about to wait: the subscriber sets {@code
     *       waiting} and then reads the ring once more; this thread reads the ring and then wakes
     *       the waiting subscribers. {@code seen} is initialized before the first subscriber reads
     *       the ring.
     * </ul>
     */
    static final class Waker {
        private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

        private final EventRing ring;
        private final Set<Subscription> all;
        private final Thread thread = Thread.ofVirtual().name("events").unstarted(this::run);
        private long seen;
        private volatile boolean asleep;
        private volatile boolean ended;

        /**
         * @param all the subscriptions to wake; the set may change at any time
         */
        Waker(EventRing ring, Set<Subscription> all) {
            this.ring = ring;
            this.all = all;
            this.seen = ring.last();
        }

        void start() {
            thread.start();
        }

        void end() {
            ended = true;
            LockSupport.unpark(thread);
        }

        /** Called by a publisher after it has added an event, without the ring's lock. */
        void eventAdded() {
            if (asleep) {
                asleep = false;
                LockSupport.unpark(thread);
            }
        }

        private void run() {
            while (!ended) {
                asleep = true;
                if (ring.last() == seen && !ended) {
                    LockSupport.park(this);
                }
                asleep = false;
                seen = ring.last();
                all.forEach(Subscription::wake);
                LockSupport.parkNanos(this, PAUSE_NANOS);
            }
        }
    }
}
