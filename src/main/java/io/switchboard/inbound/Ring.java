package io.switchboard.inbound;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The latest of a sequence, within a bound on their number and one on their bytes; the oldest make
 * room.
 *
 * <p>One thread adds at a time; the owner sees to that. Reading takes no lock: an item tells its
 * number itself, so a reader sees that a slot has been emptied or used again. {@code oldest} moves
 * on before a slot is emptied, and {@code last} after one is filled: who finds a slot without the
 * item it looked for finds by {@code oldest} where to go on. The table grows with what is kept; one
 * that was outgrown is changed no more, and a reader that looked there looks again.
 */
public class Ring<T extends Ring.Numbered> {

    /** An item with a place in a sequence. Immutable. */
    public interface Numbered {

        /** Returns the number of the item, one more than its predecessor's. */
        long seq();

        /** Returns the size of its payload in bytes. */
        int size();
    }

    /**
     * What a reader found.
     *
     * @param missed how many items made room before they were read, ahead of these
     * @param items those that were wanted, the oldest first
     * @param next the number of the last item looked at: where to read on after
     */
    public record Page<T>(long missed, List<T> items, long next) {}

    private static final int SMALLEST_TABLE = 4;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final VarHandle OLDEST = field("oldest");
    private static final VarHandle BYTES = field("bytes");

    private final int most;

    /** The adder's. */
    private long mostBytes;

    /** A power of two of slots; item n is in slot n modulo that. */
    private volatile @Nullable Object[] slots = new @Nullable Object[SMALLEST_TABLE];

    /** Bytes in each slot, so that making room touches no item of long ago. The adder's. */
    private int[] sizes = new int[SMALLEST_TABLE];

    private volatile long oldest;
    private volatile long last;
    private volatile long bytes;

    /**
     * @param most how many are kept
     * @param mostBytes how many bytes they may have together; the latest is kept in any case
     * @param start the number before the first item's
     */
    public Ring(int most, long mostBytes, long start) {
        this.most = most;
        this.mostBytes = mostBytes;
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
     * Keeps an item.
     *
     * @param item its number is one more than {@link #last}
     */
    public void add(T item) {
        long seq = item.seq();
        int size = item.size();
        long first = (long) OLDEST.get(this);
        long held = (long) BYTES.get(this) + size;
        while (seq - first >= most || (held > mostBytes && first < seq)) {
            int slot = slot(first);
            held -= sizes[slot];
            first++;
            OLDEST.setRelease(this, first);
            SLOT.setRelease(slots, slot, null);
        }
        if (seq - first == sizes.length) {
            grow(first, seq);
        }
        int slot = slot(seq);
        sizes[slot] = size;
        BYTES.setOpaque(this, held);
        SLOT.setRelease(slots, slot, item);
        last = seq;
    }

    /**
     * Numbers an item that is not kept. None before it is kept either: what is kept has no holes.
     */
    void pass(long seq) {
        for (long first = (long) OLDEST.get(this); first < seq; first++) {
            OLDEST.setRelease(this, first + 1);
            SLOT.setRelease(slots, slot(first), null);
        }
        OLDEST.setRelease(this, seq + 1);
        BYTES.setOpaque(this, 0);
        last = seq;
    }

    /** From now on they may have so many bytes together. The adder's call. */
    void allow(long bytesTogether) {
        mostBytes = bytesTogether;
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

    /** The number of the oldest item that is kept; one more than {@link #last} before the first. */
    public long oldest() {
        return oldest;
    }

    /** The number of the latest item. */
    public long last() {
        return last;
    }

    long bytes() {
        return bytes;
    }

    /**
     * What came after an item and is wanted. Does not wait.
     *
     * @param after the item's number, from the start's to {@link #last}
     * @param mostItems at most so many
     * @param enoughBytes ends the page where its items have so many
     */
    public Page<T> read(long after, Predicate<? super T> wanted, int mostItems, long enoughBytes) {
        List<T> found = new ArrayList<>();
        long missed = 0;
        long foundBytes = 0;
        long next = after;
        for (long end = last;
                next < end && found.size() < mostItems && foundBytes < enoughBytes; ) {
            T item = at(next + 1);
            if (item == null) {
                if (!found.isEmpty()) {
                    break; // what is missing follows these: the next page tells it
                }
                long kept = oldest - 1;
                missed += kept - next;
                next = kept;
            } else {
                next++;
                if (wanted.test(item)) {
                    found.add(item);
                    foundBytes += item.size();
                }
            }
        }
        return new Page<>(missed, found, next);
    }

    /** The item of this number; null where it is not kept any more, or its table is not. */
    @SuppressWarnings("unchecked") // add() puts nothing else there
    private @Nullable T at(long seq) {
        @Nullable Object[] table = slots;
        T item = (T) SLOT.getAcquire(table, (int) seq & (table.length - 1));
        return item != null && item.seq() == seq ? item : null;
    }
}
