package io.switchboard.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets threads that use the processor without a break take turns.
 *
 * <p>Only a few turns are in progress at the same time. A turn that lasts longer than the thread
 * has said, because it waits for a reply or for its client, does not hold up the next one.
 *
 * <p>The turns begin in the order of start-time fair queueing (Goyal, Vin and Cheng, 1996). Virtual
 * time is that of the latest turn, in nanoseconds. A {@link Flow} that has used a long turn waits
 * until virtual time has advanced by as much; a flow that has used a short one goes first, however
 * many wait. Threads without a flow take turns in the order in which they ask. Thread-safe.
 */
final class TurnQueue {
    /** Half of the processors, so that the other half serves the requests that need no turn. */
    static final int HALF_OF_PROCESSORS =
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private final int parallel;

    /** Guards all fields below, and those of flows. */
    private final ReentrantLock lock = new ReentrantLock();

    private final PriorityQueue<Waiter> waiting = new PriorityQueue<>(Waiter.ORDER);

    /** The turns that count. */
    private final List<Turn> current;

    /** The virtual time of the latest turn. */
    private long virtualTime;

    /** The number of threads that have asked for a turn. */
    private long asked;

    /** A thread that waits for a turn. Only the first of all is woken when there may be room. */
    private record Waiter(long virtualTime, long number, Condition first) {
        private static final Comparator<Waiter> ORDER =
                Comparator.comparingLong(Waiter::virtualTime).thenComparingLong(Waiter::number);
    }

    /** The turns of one client of the queue. Several threads may use it. */
    static final class Flow {
        /** The virtual time of its latest turn, or of the one for which it waits. */
        private long virtualTime;
    }

    /** A turn. Any thread may end it. */
    final class Turn implements AutoCloseable {
        private final long begin = System.nanoTime();
        private final long longest;

        private Turn(long longest) {
            this.longest = longest;
        }

        /** Returns the nanoseconds since the turn began. */
        long nanos() {
            return System.nanoTime() - begin;
        }

        /** Ends the turn. Idempotent. */
        @Override
        public void close() {
            lock.lock();
            try {
                if (current.remove(this)) {
                    wakeFirst();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * @param parallel the number of turns at the same time
     */
    TurnQueue(int parallel) {
        this.parallel = parallel;
        current = new ArrayList<>(parallel);
    }

    /** Waits for a turn in the order in which threads ask; otherwise as the other method. */
    Turn begin(long longest) {
        return begin(longest, new Flow(), 0);
    }

    /**
     * Waits for a turn, which the caller ends. An interrupt does not end the wait.
     *
     * @param longest after this many nanoseconds, the turn does not count any more
     * @param used the nanoseconds that the flow has used since it last asked for a turn
     */
    Turn begin(long longest, Flow flow, long used) {
        lock.lock();
        try {
            long start = Math.max(virtualTime, flow.virtualTime + used);
            flow.virtualTime = start;
            var _ = removeExpired();
            if (!waiting.isEmpty() || current.size() >= parallel) {
                awaitRoom(start);
            }
            virtualTime = start;
            Turn turn = new Turn(longest);
            current.add(turn);
            return turn;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until this thread is the first, and fewer turns count than may be in progress. */
    @SuppressWarnings("ReferenceEquality") // each waiter is another
    private void awaitRoom(long start) {
        Waiter waiter = new Waiter(start, asked++, lock.newCondition());
        waiting.add(waiter);
        boolean interrupted = false;
        boolean waits = true;
        while (waits) {
            if (waiting.peek() != waiter) {
                waiter.first().awaitUninterruptibly();
                continue;
            }
            long untilExpired = removeExpired();
            waits = current.size() >= parallel;
            if (waits) {
                try {
                    waiter.first().awaitNanos(untilExpired);
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
        }
        var _ = waiting.remove();
        wakeFirst(); // it waits until there is room, or a turn has lasted too long
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void wakeFirst() {
        Waiter first = waiting.peek();
        if (first != null) {
            first.first().signal();
        }
    }

    /** Returns the nanoseconds until the next turn no longer counts. */
    private long removeExpired() {
        long least = Long.MAX_VALUE;
        for (Iterator<Turn> turns = current.iterator(); turns.hasNext(); ) {
            Turn turn = turns.next();
            long left = turn.longest - turn.nanos();
            if (left <= 0) {
                turns.remove();
            } else {
                least = Math.min(least, left);
            }
        }
        return least;
    }
}
