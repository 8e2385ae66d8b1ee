package io.switchboard.transport;

import io.switchboard.fatal.FatalErrors;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls its owner on an event loop when the owner's next deadline may have passed.
 *
 * <pre>
 *            within(), sooner than the queue would call
 *   STOPPED ────────────────────────────────────────────▶ QUEUED
 *      ▲                                                    │ due
 *      └── no deadline is running ── checkDeadlines ◀───────┘
 *                                         │ a deadline is running: QUEUED again
 * </pre>
 *
 * <p>A timer is in its loop's queue only while a deadline is running, once, at the time of the
 * earliest one. A deadline that moves to a later time does not move the timer: the owner is called
 * at the old time and returns how long the new deadline takes. Restarting a deadline for each
 * received byte therefore costs a comparison.
 *
 * <p>Race: another thread starts a deadline while the loop takes the timer from the queue. The
 * other thread starts the deadline before it reads {@link #dueAt}, and the loop sets {@link #dueAt}
 * to 0 before it asks the owner. Either the owner sees the deadline, or the other thread sees that
 * the timer is not queued.
 */
public final class Timer {
    /** The result of {@link Owner#checkDeadlines} while no deadline is running. */
    public static final long NONE = Long.MAX_VALUE;

    /** What has deadlines. Both methods are called on the loop's thread. */
    public interface Owner {

        /**
         * Acts on the deadlines that have passed.
         *
         * @param now {@link System#nanoTime}; data that arrived before has been read
         * @return the nanoseconds until the next deadline, or {@link #NONE}
         */
        long checkDeadlines(long now);

        /** Called when the other method threw; the socket must be closed. */
        void fault(Throwable cause);
    }

    private final EventLoop loop;
    private final Queue queue;
    private final Owner owner;

    /** Orders timers that are due at the same time. */
    private final long number;

    /** {@link System#nanoTime} of the call, never 0; 0 while the timer is not in the queue. */
    private volatile long dueAt;

    private volatile boolean cancelled;

    Timer(EventLoop loop, Queue queue, Owner owner) {
        this.loop = loop;
        this.queue = queue;
        this.owner = owner;
        this.number = queue.nextNumber();
    }

    /** Makes the loop call the owner within this time, in nanoseconds. Any thread. */
    public void within(long nanos) {
        if (nanos == NONE || cancelled) {
            return;
        }
        long due = System.nanoTime() + nanos | 1;
        long queued = dueAt;
        if (queued != 0 && queued - due <= 0) {
            return;
        }
        if (loop.isCurrentThread()) {
            enqueue(due);
        } else {
            loop.execute(() -> enqueue(due));
        }
    }

    private void enqueue(long due) {
        if (cancelled || (dueAt != 0 && dueAt - due <= 0)) {
            return;
        }
        if (dueAt != 0) {
            queue.remove(this);
        }
        dueAt = due;
        queue.add(this);
    }

    /** Forgets the deadlines: the owner is not called again. Called on the loop. */
    public void cancel() {
        cancelled = true;
        if (dueAt != 0) {
            queue.remove(this);
            dueAt = 0;
        }
    }

    private void expire(long now) {
        dueAt = 0;
        try {
            within(owner.checkDeadlines(now));
        } catch (RuntimeException | Error e) {
            FatalErrors.check(e);
            owner.fault(e);
        }
    }

    /** The queued timers of one loop. Used on the loop's thread, except for {@link #nextNumber}. */
    static final class Queue {
        /** Compares by difference, because {@link System#nanoTime} may overflow. */
        private final TreeSet<Timer> timers =
                new TreeSet<>(
                        (one, other) -> {
                            long difference = one.dueAt - other.dueAt;
                            return difference == 0
                                    ? Long.compare(one.number, other.number)
                                    : Long.signum(difference);
                        });

        private final AtomicLong lastNumber = new AtomicLong();

        private long nextNumber() {
            return lastNumber.incrementAndGet();
        }

        private void add(Timer timer) {
            timers.add(timer);
        }

        private void remove(Timer timer) {
            timers.remove(timer);
        }

        int size() {
            return timers.size();
        }

        /**
         * Returns the milliseconds until the earliest timer is due, rounded up; {@link
         * Long#MAX_VALUE} if there is none.
         */
        long millisLeft(long now) {
            return timers.isEmpty()
                    ? Long.MAX_VALUE
                    : Math.ceilDiv(timers.first().dueAt - now, TimeUnit.MILLISECONDS.toNanos(1));
        }

        /**
         * Calls the owners whose timers are due at {@code now}, the earliest first, until the slice
         * has ended.
         */
        void fire(long now, Slice slice) {
            while (!timers.isEmpty() && timers.first().dueAt - now <= 0 && slice.next()) {
                Timer first = timers.first();
                timers.remove(first);
                first.expire(now);
            }
        }
    }
}
