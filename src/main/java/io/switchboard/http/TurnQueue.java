package io.switchboard.http;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets threads that use the processor without a break take turns, in the order in which they ask.
 *
 * <p>Only a few turns are in progress at the same time. A turn that lasts longer than the thread
 * has said, because it waits for a reply or for its client, does not hold up the next one.
 * Thread-safe.
 */
final class TurnQueue {
    /** Half of the processors, so that the other half serves the requests that need no turn. */
    static final int HALF_OF_PROCESSORS =
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private final int parallel;

    /** Held by the thread whose turn is next; fair, so that it is the queue of the others. */
    private final ReentrantLock next = new ReentrantLock(true);

    /** Guards {@link #current}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition ended = lock.newCondition();

    /** The turns that count. */
    private final List<Turn> current;

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
                    ended.signal();
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

    /**
     * Waits for a turn, which the caller ends. An interrupt does not end the wait.
     *
     * @param longest after this many nanoseconds, the turn does not count any more
     */
    Turn begin(long longest) {
        next.lock();
        try {
            lock.lock();
            try {
                awaitRoom();
                Turn turn = new Turn(longest);
                current.add(turn);
                return turn;
            } finally {
                lock.unlock();
            }
        } finally {
            next.unlock();
        }
    }

    /** Waits until fewer turns count than may be in progress. */
    @SuppressWarnings("ResultOfMethodCallIgnored") // a turn that has lasted too long is removed
    private void awaitRoom() {
        boolean interrupted = false;
        long wait = removeExpired();
        while (current.size() >= parallel) {
            try {
                ended.awaitNanos(wait);
            } catch (InterruptedException _) {
                interrupted = true;
            }
            wait = removeExpired();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
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
