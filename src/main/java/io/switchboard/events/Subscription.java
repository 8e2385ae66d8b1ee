package io.switchboard.events;

import io.switchboard.inbound.Event;
import io.switchboard.inbound.Ring;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The position of one reader in the events of this node. It is a number, so that a reader costs a
 * publisher nothing. Used by one thread, except for the methods that wake and end it.
 */
public final class Subscription implements AutoCloseable {
    private static final int PAGE_EVENTS = 256;
    private static final long PAGE_BYTES = 64 * 1024;

    /**
     * Events that the buffer no longer has; the filter might have selected them.
     *
     * @param missed their number; null if it is unknown because the last event was of another run
     * @param from the number of the first; null in the same case
     * @param to the number of the last; what follows was kept
     */
    public record Gap(@Nullable Long missed, @Nullable Long from, long to) {}

    /**
     * What happened since the last page.
     *
     * @param gap the events that are missing before these; null if none is
     * @param events those that the filter selects, the oldest first; some hundred, or about 64 KB
     */
    public record Page(@Nullable Gap gap, List<Event> events) {
        /** Returns whether the page has neither a gap nor events. */
        public boolean isEmpty() {
            return gap == null && events.isEmpty();
        }
    }

    private final Subscribers subscribers;
    private final EventRing ring;
    private final EventFilter filter;
    private long after;
    private boolean foreign;
    private volatile @Nullable Thread waiting;
    private volatile @Nullable Thread pausing;
    private volatile boolean ended;

    /**
     * @param lastEventId the last event that the reader has, perhaps of another run; null to begin
     *     with what happens from now on
     */
    Subscription(
            Subscribers subscribers,
            EventRing ring,
            EventFilter filter,
            @Nullable Long lastEventId) {
        this.subscribers = subscribers;
        this.ring = ring;
        this.filter = filter;
        long last = ring.last();
        this.foreign = lastEventId != null && (lastEventId < ring.start() || lastEventId > last);
        this.after = lastEventId == null || foreign ? last : lastEventId;
    }

    /** Returns the number of the last event that was read or skipped. */
    public long after() {
        return after;
    }

    /** Returns what happened since the last page. Does not wait. */
    public Page read() {
        Gap gap = null;
        if (foreign) {
            foreign = false;
            after = ring.oldest() - 1;
            gap = new Gap(null, null, after);
        }
        Ring.Page<Event> page = ring.read(after, filter, PAGE_EVENTS, PAGE_BYTES);
        if (page.missed() > 0) {
            long from = after + 1;
            gap = new Gap(page.missed(), from, after + page.missed());
        }
        after = page.next();
        return new Page(gap, page.items());
    }

    /** Waits until there is an event, or the service stops, or for this time; may return early. */
    public void await(long nanos) {
        waiting = Thread.currentThread();
        if (ring.last() <= after && !ended) {
            LockSupport.parkNanos(this, nanos);
        }
        waiting = null;
    }

    /** Waits until the thread is unparked, or the service stops, or for this time. */
    public void pause(long nanos) {
        pausing = Thread.currentThread();
        if (!ended) {
            LockSupport.parkNanos(this, nanos);
        }
        pausing = null;
    }

    /** Returns whether nothing happened since the last page. */
    public boolean caughtUp() {
        return ring.last() <= after;
    }

    /** Returns whether the service is stopping, so that no event will follow. */
    public boolean ended() {
        return ended;
    }

    /** Counts that this subscriber was too slow. */
    public void cut() {
        subscribers.cut();
    }

    /** Ends the subscription. Idempotent. */
    @Override
    public void close() {
        subscribers.remove(this);
    }

    /** Called from any thread. */
    void wake() {
        Thread reader = waiting;
        if (reader != null) {
            LockSupport.unpark(reader);
        }
    }

    void end() {
        ended = true;
        wake();
        LockSupport.unpark(pausing);
    }
}
