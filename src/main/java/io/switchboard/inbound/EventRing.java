package io.switchboard.inbound;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The latest events, numbered in one order; the oldest make room.
 *
 * <p>This object's monitor lets one thread add at a time, for some tens of nanoseconds and never
 * while anything waits; it guards {@code sizes} and {@code bytes}. Reading takes no lock: an event
 * tells its number itself, so a reader sees that a slot has been emptied or used again. {@code
 * oldest} moves on before a slot is emptied, and {@code last} after one is filled: who finds a slot
 * without the event it looked for finds by {@code oldest} where to go on.
 */
final class EventRing {

    /**
     * What a reader found.
     *
     * @param missed how many events made room before they were read, ahead of these
     * @param events those that were wanted, the oldest first
     * @param next the number of the last event looked at: where to read on after
     */
    record Page(long missed, List<Event> events, long next) {}

    private final int most;
    private final long mostBytes;
    private final long start;
    private final int mask;
    private final AtomicReferenceArray<@Nullable Event> slots;

    /** Payload bytes in each slot, so that making room need not touch an event of long ago. */
    private final int[] sizes;

    private long bytes;
    private final AtomicLong oldest;
    private volatile long last;

    /**
     * @param start the number before the first event's
     */
    EventRing(EventProperties limits, long start) {
        this.most = limits.buffer();
        this.mostBytes = limits.maxBytes().toBytes();
        this.start = start;
        this.oldest = new AtomicLong(start + 1);
        this.last = start;
        int size = 1 << (Integer.SIZE - Integer.numberOfLeadingZeros(most - 1));
        this.mask = size - 1;
        this.slots = new AtomicReferenceArray<>(size);
        this.sizes = new int[size];
    }

    /** Numbers an event and keeps it. From any thread; see {@link Event} for the parameters. */
    synchronized void add(
            Event.Type type,
            long nanos,
            Event.Who peer,
            byte @Nullable [] payload,
            @Nullable String reason,
            @Nullable String delivery) {
        long seq = last + 1;
        int size = payload == null ? 0 : payload.length;
        makeRoom(seq, size);
        int slot = (int) seq & mask;
        sizes[slot] = size;
        bytes += size;
        slots.setRelease(slot, new Event(seq, type, nanos, peer, payload, reason, delivery));
        last = seq;
    }

    private void makeRoom(long seq, int size) {
        long first = oldest.getPlain();
        while (seq - first >= most || (bytes + size > mostBytes && first < seq)) {
            int slot = (int) first & mask;
            bytes -= sizes[slot];
            first++;
            oldest.setRelease(first);
            slots.setRelease(slot, null);
        }
    }

    /** The number before the first event's. */
    long start() {
        return start;
    }

    /**
     * The number of the oldest event that is kept; one more than {@link #last} before the first.
     */
    long oldest() {
        return oldest.get();
    }

    /** The number of the latest event. */
    long last() {
        return last;
    }

    /** How many events there have been. */
    long added() {
        return last - start;
    }

    /**
     * What came after an event and is wanted. Does not wait.
     *
     * @param after the event's number, from {@link #start} to {@link #last}
     * @param mostEvents at most so many
     * @param enoughBytes ends the page where its payloads have so many
     */
    Page read(long after, EventFilter filter, int mostEvents, long enoughBytes) {
        List<Event> found = new ArrayList<>();
        long missed = 0;
        long foundBytes = 0;
        long next = after;
        for (long end = last;
                next < end && found.size() < mostEvents && foundBytes < enoughBytes; ) {
            Event event = slots.getAcquire((int) (next + 1) & mask);
            if (event == null || event.seq() != next + 1) {
                if (!found.isEmpty()) {
                    break; // what is missing follows these: the next page tells it
                }
                long kept = oldest.get() - 1;
                missed += kept - next;
                next = kept;
            } else {
                next++;
                if (filter.matches(event)) {
                    found.add(event);
                    foundBytes += event.payload() == null ? 0 : event.payload().length;
                }
            }
        }
        return new Page(missed, found, next);
    }
}
