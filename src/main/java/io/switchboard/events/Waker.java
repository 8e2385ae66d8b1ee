package io.switchboard.events;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The virtual thread that wakes all subscriptions that wait for events.
 *
 * <p>A publisher wakes only this thread, and only if it sleeps. Whatever the number of subscribers,
 * that costs a publisher at most an unpark a thousand times a second. A subscriber receives a first
 * event at once, and those that follow it in pages.
 *
 * <p>No lock. Two races have rules:
 *
 * <ul>
 *   <li>An event while this falls asleep: it says that it sleeps, then looks at the ring once more;
 *       the publisher adds to the ring, then looks whether it sleeps.
 *   <li>An event while a subscriber falls asleep: that one says that it waits, then looks at the
 *       ring once more; this looks at the ring, then wakes those who wait. And it begins with what
 *       the ring had before its first subscriber looked.
 * </ul>
 */
final class Waker {
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
