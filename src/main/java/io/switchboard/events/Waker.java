package io.switchboard.events;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The one virtual thread that wakes all who wait for events.
 *
 * <p>A publisher wakes this thread alone, and only where it sleeps: however many subscribers there
 * are, that costs a publisher next to nothing, and at most a thousand times a second an unpark. So
 * a subscriber hears of a first event at once, and of those behind it in pages.
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

    /** Something was added to the ring. Called by publishers, without the ring's lock. */
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
