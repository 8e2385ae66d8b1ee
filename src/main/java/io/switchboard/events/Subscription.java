package io.switchboard.events;

import io.switchboard.inbound.Ring;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One reader's place in the stream of events: a number, so that a reader costs a publisher nothing.
 * Used by one thread, but for what wakes and ends it.
 */
public final class Subscription implements AutoCloseable {
    private static final int PAGE_EVENTS = 256;
    private static final long PAGE_BYTES = 64 * 1024;

    /**
     * Events that this subscription wanted to see, perhaps, and that had made room for others.
     *
     * @param missed how many; null where that cannot be known, after an event of another run
     * @param from the first of them; null likewise
     * @param to the last of them: what follows was kept
     */
    public record Gap(@Nullable Long missed, @Nullable Long from, long to) {}

    /**
     * What has happened since the last page.
     *
     * @param gap ahead of the events; null where nothing is missing
     * @param events those that pass the filter, the oldest first; some hundred, or about 64 KB
     */
    public record Page(@Nullable Gap gap, List<Event> events) {
        /** Whether there is nothing to tell. */
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
     * @param lastEventId what the reader has seen last, perhaps of another run; null to begin with
     *     what happens from now on
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

    /** The number of the last event that was read or passed over. */
    public long after() {
        return after;
    }

    /** What has happened since the last page; does not wait. */
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

    /** Waits until something has happened, or this has ended, or for so long; or returns early. */
    public void await(long nanos) {
        waiting = Thread.currentThread();
        if (ring.last() <= after && !ended) {
            LockSupport.parkNanos(this, nanos);
        }
        waiting = null;
    }

    /** Waits for what unparks this thread, or until this has ended, or for so long. */
    public void pause(long nanos) {
        pausing = Thread.currentThread();
        if (!ended) {
            LockSupport.parkNanos(this, nanos);
        }
        pausing = null;
    }

    /** Whether nothing has happened since the last page. */
    public boolean caughtUp() {
        return ring.last() <= after;
    }

    /** Whether the service is stopping: there is nothing more to wait for. */
    public boolean ended() {
        return ended;
    }

    /** Counts that this one was too slow. */
    public void cut() {
        subscribers.cut();
    }

    /** Makes room for another subscriber. Idempotent. */
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
