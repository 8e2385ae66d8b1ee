package io.switchboard.http.access;

import java.time.Duration;

/**
 * The numbers of redeemed tickets, each kept for {@link #KEPT} at least and for twice as long at
 * most.
 *
 * <p>A number takes 32 bytes at most, so that {@link #MAX} take 16 MB; only an outsider's tickets
 * are so many. The numbers are random, so that no client chooses which of them collide. Guarded by
 * itself.
 */
final class UsedTickets {
    /** Longer than the validity of a ticket, because the clocks of two nodes may differ. */
    static final Duration KEPT = Tickets.VALIDITY.multipliedBy(2);

    /** More than a node issues and redeems in this time. */
    static final int MAX = 500_000;

    private final int max;

    /** The numbers of the time since {@code begin}, and those of the time before. */
    private Numbers latest = new Numbers();

    private Numbers earlier = new Numbers();
    private long begin;

    /** What became of a number. */
    enum Result {
        ADDED,
        USED,
        FULL
    }

    /**
     * @param now a time in nanoseconds, as of {@link System#nanoTime}
     */
    UsedTickets(int max, long now) {
        this.max = max;
        begin = now;
    }

    /** Adds a number, unless it was added before or there is no room. */
    synchronized Result add(long number, long now) {
        long age = now - begin;
        if (age >= KEPT.toNanos()) {
            earlier = age < 2 * KEPT.toNanos() ? latest : new Numbers();
            latest = new Numbers();
            begin = now;
        }
        if (earlier.contains(number) || latest.contains(number)) {
            return Result.USED;
        }
        if (earlier.count + latest.count >= max) {
            return Result.FULL;
        }
        latest.add(number);
        return Result.ADDED;
    }

    /** A set of numbers: a hash table with linear probing, at most half full. */
    private static final class Numbers {
        /** A free place. A ticket with this number, one of 2^64, could be redeemed again. */
        private static final long NONE = 0;

        private long[] table = new long[16];
        private int count;

        boolean contains(long number) {
            return table[place(number)] == number && number != NONE;
        }

        void add(long number) {
            if (2 * (count + 1) > table.length) {
                long[] before = table;
                table = new long[2 * before.length];
                for (long each : before) {
                    table[place(each)] = each;
                }
            }
            table[place(number)] = number;
            count++;
        }

        /** Returns where the number is, or the free place for it. */
        private int place(long number) {
            int place = Long.hashCode(number) & (table.length - 1);
            while (table[place] != number && table[place] != NONE) {
                place = (place + 1) & (table.length - 1);
            }
            return place;
        }
    }
}
