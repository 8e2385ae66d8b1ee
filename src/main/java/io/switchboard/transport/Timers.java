package io.switchboard.transport;

import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/** The timers of one loop, the earliest first. Used on the loop's thread only. */
final class Timers {
    /** By difference: {@link System#nanoTime} may overflow. */
    private final PriorityQueue<Timer> queue =
            new PriorityQueue<>((one, other) -> Long.signum(one.entry() - other.entry()));

    void add(Timer timer) {
        queue.add(timer);
    }

    /** How many entries there are. */
    int size() {
        return queue.size();
    }

    /**
     * How long until the earliest, in milliseconds, rounded up.
     *
     * @return 0 or less where its time has come; {@link Long#MAX_VALUE} where there is none
     */
    long millisLeft(long now) {
        Timer first = queue.peek();
        return first == null
                ? Long.MAX_VALUE
                : Math.ceilDiv(first.entry() - now, TimeUnit.MILLISECONDS.toNanos(1));
    }

    /** Takes out those whose time had come at {@code now}. */
    void fire(long now) {
        for (Timer first = queue.peek();
                first != null && first.entry() - now <= 0;
                first = queue.peek()) {
            queue.remove().taken(now);
        }
    }
}
