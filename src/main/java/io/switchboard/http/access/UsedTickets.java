package io.switchboard.http.access;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * The numbers of redeemed tickets, each kept for {@link #KEPT} at least and for twice as long at
 * most.
 *
 * <p>A number takes about 64 bytes, so that {@link #MAX} take 13 MB; only an outsider's tickets are
 * so many. Guarded by itself.
 */
final class UsedTickets {
    /** Longer than the validity of a ticket, because the clocks of two nodes may differ. */
    static final Duration KEPT = Tickets.VALIDITY.multipliedBy(2);

    /** More than a node issues and redeems in this time. */
    static final int MAX = 200_000;

    private final int max;

    /** The numbers of the time since {@code begin}, and those of the time before. */
    private Set<Long> latest = new HashSet<>();

    private Set<Long> earlier = new HashSet<>();
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
            earlier = age < 2 * KEPT.toNanos() ? latest : new HashSet<>();
            latest = new HashSet<>();
            begin = now;
        }
        if (earlier.contains(number) || latest.contains(number)) {
            return Result.USED;
        }
        if (earlier.size() + latest.size() >= max) {
            return Result.FULL;
        }
        latest.add(number);
        return Result.ADDED;
    }
}
