package io.switchboard.receive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A ring buffer of the latest items of a sequence, limited in number and in bytes. When a limit is
 * exceeded, the oldest items are removed.
 *
 * <p>The owner ensures that only one thread at a time adds. Reading takes no lock: each item
 * contains its number, so a reader detects that a slot was emptied or reused. {@code oldest} is
 * increased before a slot is emptied, and {@code last} after one is filled. So if a reader does not
 * find an item in its slot, {@code oldest} tells where to continue. The table of slots grows with
 * its content. A replaced table no longer changes; a reader that does not find an item there looks
 * again.
 */
public class Ring<T extends Ring.Numbered> {

    /** An item with a number in a sequence. Immutable. */
    public interface Numbered {

        /** Returns the number of the item, one more than its predecessor's. */
        long seq();

        /** Returns the size of its payload in bytes. */
        int size();
    }

    /**
     * The result of a read.
     *
     * @param missed the number of items before these that were removed before they were read
     * @param items the items that match the filter, oldest first
     * @param next the number of the last item examined, after which the next read continues
     */
    public record Page<T>(long missed, List<T> items, long next) {}

    /** The memory of an item besides its payload: two objects and its slot. */
    static final long ITEM_OVERHEAD = 64;

    private static final int INITIAL_SLOTS = 4;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final VarHandle OLDEST = field("oldest");
    private static final VarHandle BYTES = field("bytes");
    private static final VarHandle LAST = field("last");

    private final int maxItems;

    private final long maxBytes;

    /** Used by the adding thread only. */
    private long maxMemory = Long.MAX_VALUE;

    /** The length is a power of two; item n is in slot n modulo the length. */
    private volatile @Nullable Object[] slots = new @Nullable Object[INITIAL_SLOTS];

    /**
     * The size of the item in each slot, so that removing an item does not access its memory. Used
     * by the adding thread only.
     */
    private int[] sizes = new int[INITIAL_SLOTS];

    private volatile long oldest;
    private volatile long last;
    private volatile long bytes;

    /**
     * Creates an empty ring.
     *
     * @param maxItems the maximum number of items
     * @param maxBytes the maximum size of all items together; the latest item is always kept
     * @param start the number that precedes the first item's
     */
    public Ring(int maxItems, long maxBytes, long start) {
        this.maxItems = maxItems;
        this.maxBytes = maxBytes;
        this.oldest = start + 1;
        this.last = start;
    }

    private static VarHandle field(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(Ring.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Adds an item. Every thread that reads {@link #last} afterwards sees it.
     *
     * @param item an item whose number is one more than {@link #last}
     */
    public void add(T item) {
        append(item);
        VarHandle.fullFence();
    }

    /**
     * Adds an item as {@link #add} does, at a lower cost: until the adding thread executes a full
     * fence, it may read what another thread wrote before that saw the item.
     */
    protected final void append(T item) {
        long seq = item.seq();
        int size = item.size();
        long first = (long) OLDEST.get(this);
        long total = (long) BYTES.get(this) + size;
        while (seq - first >= maxItems
                || (first < seq
                        && (total > maxBytes
                                || total + ITEM_OVERHEAD * (seq - first + 1) > maxMemory))) {
            int slot = slot(first);
            total -= sizes[slot];
            first++;
            OLDEST.setRelease(this, first);
            SLOT.setRelease(slots, slot, null);
        }
        if (seq - first == sizes.length) {
            grow(first, seq);
        }
        int slot = slot(seq);
        sizes[slot] = size;
        BYTES.setOpaque(this, total);
        SLOT.setRelease(slots, slot, item);
        LAST.setRelease(this, seq);
    }

    /**
     * Skips the number of an item that is not kept. All earlier items are removed too, because the
     * kept items have consecutive numbers.
     */
    void skip(long seq) {
        for (long first = (long) OLDEST.get(this); first < seq; first++) {
            OLDEST.setRelease(this, first + 1);
            SLOT.setRelease(slots, slot(first), null);
        }
        OLDEST.setRelease(this, seq + 1);
        BYTES.setOpaque(this, 0);
        last = seq;
    }

    /**
     * Sets the limit of the memory of all items: their sizes, and {@link #ITEM_OVERHEAD} for each.
     * The latest item is kept in any case. Called by the adding thread only.
     */
    void maxMemory(long newMaxMemory) {
        maxMemory = newMaxMemory;
    }

    /** Returns the memory of all items, and of one more if it has this size. */
    long memoryWith(int size) {
        return bytes + size + ITEM_OVERHEAD * (last - oldest + 2);
    }

    /** Returns the memory of all items. */
    long memory() {
        return bytes + ITEM_OVERHEAD * (last - oldest + 1);
    }

    private int slot(long seq) {
        return (int) seq & (sizes.length - 1);
    }

    private void grow(long first, long end) {
        @Nullable Object[] smaller = slots;
        int[] smallerSizes = sizes;
        @Nullable Object[] larger = new @Nullable Object[2 * smaller.length];
        sizes = new int[larger.length];
        for (long seq = first; seq < end; seq++) {
            int from = (int) seq & (smaller.length - 1);
            larger[slot(seq)] = smaller[from];
            sizes[slot(seq)] = smallerSizes[from];
        }
        slots = larger;
    }

    /** Returns the number of the oldest item; one more than {@link #last} if there is none. */
    public long oldest() {
        return oldest;
    }

    /** Returns the number of the latest item. */
    public long last() {
        return last;
    }

    /**
     * Returns the items after an item that match the filter, oldest first. Does not wait.
     *
     * @param after the number of the item, between the constructor's {@code start} and {@link
     *     #last}
     * @param maxPageItems the maximum number of items in the page
     * @param pageBytes the size at which the page ends; the last item may exceed it
     */
    public Page<T> read(long after, Predicate<? super T> filter, int maxPageItems, long pageBytes) {
        List<T> found = new ArrayList<>();
        long missed = 0;
        long foundBytes = 0;
        long next = after;
        for (long end = last;
                next < end && found.size() < maxPageItems && foundBytes < pageBytes; ) {
            T item = at(next + 1);
            if (item == null) {
                if (!found.isEmpty()) {
                    break; // the next page reports the missed items
                }
                long kept = oldest - 1;
                missed += kept - next;
                next = kept;
            } else {
                next++;
                if (filter.test(item)) {
                    found.add(item);
                    foundBytes += item.size();
                }
            }
        }
        return new Page<>(missed, found, next);
    }

    /** Returns the item with this number; null if it or its table was replaced. */
    @SuppressWarnings("unchecked") // add() stores only items of type T
    private @Nullable T at(long seq) {
        @Nullable Object[] table = slots;
        T item = (T) SLOT.getAcquire(table, (int) seq & (table.length - 1));
        return item != null && item.seq() == seq ? item : null;
    }
}
