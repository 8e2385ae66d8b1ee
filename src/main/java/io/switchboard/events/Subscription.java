package io.switchboard.events;

import io.switchboard.receive.Ring;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The position of one reader in the events of this node. The position is a number, so that a reader
 * costs a publisher nothing. One thread uses this object; any thread may call {@link #close},
 * {@code wake} and {@code end}.
 */
public final class Subscription implements AutoCloseable {
    private static final int PAGE_EVENTS = 256;
    private static final long PAGE_BYTES = 64 * 1024;

    /** A page that waits for a local subscriber stays in memory; there may be a thousand. */
    private static final int LOCAL_PAGE_EVENTS = 64;

    private static final long LOCAL_PAGE_BYTES = 16 * 1024;

    /**
     * Events that the buffer no longer has, some of which the filter may have selected.
     *
     * @param missed how many events are missing; null if the reader's last event was of another run
     * @param from the number of the first missing event; null if {@code missed} is null
     * @param to the number of the last missing event; the buffer has the next one
     */
    public record Gap(@Nullable Long missed, @Nullable Long from, long to) {}

    /**
     * The events since the last page.
     *
     * @param gap the events that are missing before those of this page; null if none is missing
     * @param events the events that the filter selects, oldest first; at most 64 or about 16 KB for
     *     a local subscriber, 256 or about 64 KB for another node
     */
    public record Page(@Nullable Gap gap, List<Event> events) {
        /** Returns whether the page has neither a gap nor events. */
        public boolean isEmpty() {
            return gap == null && events.isEmpty();
        }
    }

    private final Subscribers subscribers;
    private final EventRing ring;
    private final Predicate<Event> filter;
    private final boolean remote;
    private long after;
    private boolean otherRun;
    private volatile @Nullable Thread waiting;
    private volatile @Nullable Thread pausing;
    private volatile boolean ended;

    /**
     * @param lastEventId the number of the last event that the reader has, perhaps of another run;
     *     null to begin with the next event
     * @param remote whether another node reads, so that the maximum does not apply
     */
    Subscription(
            Subscribers subscribers,
            EventRing ring,
            Predicate<Event> filter,
            @Nullable Long lastEventId,
            boolean remote) {
        this.remote = remote;
        this.subscribers = subscribers;
        this.ring = ring;
        this.filter = filter;
        long last = ring.last();
        this.otherRun = lastEventId != null && (lastEventId < ring.start() || lastEventId > last);
        this.after = lastEventId == null || otherRun ? last : lastEventId;
    }

    boolean remote() {
        return remote;
    }

    /** Returns the number of the last event that was read or skipped. */
    public long after() {
        return after;
    }

    /** Returns the events since the last page. Does not wait. */
    public Page read() {
        Gap gap = null;
        if (otherRun) {
            otherRun = false;
            after = ring.oldest() - 1;
            gap = new Gap(null, null, after);
        }
        Ring.Page<Event> page =
                remote
                        ? ring.read(after, filter, PAGE_EVENTS, PAGE_BYTES)
                        : ring.read(after, filter, LOCAL_PAGE_EVENTS, LOCAL_PAGE_BYTES);
        if (page.missed() > 0) {
            long from = after + 1;
            gap = new Gap(page.missed(), from, after + page.missed());
        }
        after = page.next();
        return new Page(gap, page.items());
    }

    /** Waits for an event, the stop of the service, or this time. May return early. */
    public void await(long nanos) {
        waiting = Thread.currentThread();
        if (ring.last() <= after && !ended) {
            LockSupport.parkNanos(this, nanos);
        }
        waiting = null;
    }

    /** Waits until the thread is unparked, the service stops, or this time has passed. */
    public void pause(long nanos) {
        pausing = Thread.currentThread();
        if (!ended) {
            LockSupport.parkNanos(this, nanos);
        }
        pausing = null;
    }

    /** Returns whether there is no event after the last page. */
    public boolean caughtUp() {
        return ring.last() <= after;
    }

    /** Returns whether the service is stopping, so that no event will follow. */
    public boolean ended() {
        return ended;
    }

    /** Counts that this subscriber was too slow. */
    public void countSlow() {
        subscribers.countSlow();
    }

    /** Ends the subscription. Idempotent. */
    @Override
    public void close() {
        subscribers.remove(this);
    }

    /** Wakes the reader if it is in {@link #await}. */
    void wake() {
        Thread reader = waiting;
        if (reader != null) {
            LockSupport.unpark(reader);
        }
    }

    /** Wakes the reader: no event will follow. */
    void end() {
        ended = true;
        wake();
        LockSupport.unpark(pausing);
    }
}
