package io.switchboard.transport;

import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/**
 * Calls {@link EventLoop.Handler#due} when a time has passed without a {@link #restart}. Used on
 * its loop's thread only.
 *
 * <p>A timer has one entry in the loop's queue at most, and a restart leaves it where it is: when
 * its time comes the timer may be found to be due later, and is put back. It cannot be due earlier,
 * for its delay is always the same.
 */
public final class Timer {
    private final Timers timers;
    private final EventLoop.Handler handler;
    private final long delay;
    private boolean running;
    private boolean queued;

    /** {@link System#nanoTime} at which it is due; counts while running. */
    private long due;

    /** The time under which the queue has it; does not change while it is there. */
    private long entry;

    /** The delay is in nanoseconds. */
    Timer(Timers timers, EventLoop.Handler handler, long delay) {
        this.timers = timers;
        this.handler = handler;
        this.delay = delay;
    }

    /** Counts the time from now on, whether or not it was running. */
    public void restart() {
        running = true;
        due = System.nanoTime() + delay;
        if (!queued) {
            enqueue();
        }
    }

    private void enqueue() {
        queued = true;
        entry = due;
        timers.add(this);
    }

    long entry() {
        return entry;
    }

    /** Its entry was taken out of the queue. */
    void taken(long now) {
        queued = false;
        if (!running) {
            return;
        }
        if (due - now > 0) {
            enqueue();
            return;
        }
        running = false;
        try {
            handler.due();
        } catch (RuntimeException | Error e) {
            handler.fault(e);
        }
    }

    /** The timers of one loop, the earliest first. Used on the loop's thread only. */
    static final class Timers {
        /** By difference: {@link System#nanoTime} may overflow. */
        private final PriorityQueue<Timer> queue =
                new PriorityQueue<>((one, other) -> Long.signum(one.entry - other.entry));

        void add(Timer timer) {
            queue.add(timer);
        }

        /** How many entries there are. */
        int size() {
            return queue.size();
        }

        /** Milliseconds until the earliest, rounded up; {@link Long#MAX_VALUE} for none. */
        long millisLeft(long now) {
            Timer first = queue.peek();
            return first == null
                    ? Long.MAX_VALUE
                    : Math.ceilDiv(first.entry - now, TimeUnit.MILLISECONDS.toNanos(1));
        }

        /** Takes out those whose time had come at {@code now}. */
        void fire(long now) {
            for (Timer first = queue.peek();
                    first != null && first.entry - now <= 0;
                    first = queue.peek()) {
                queue.remove().taken(now);
            }
        }
    }
}
