package io.switchboard.query;

import io.switchboard.query.PeerSort.SortPosition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the first {@code limit} of the offered items that come after a position. For n items in any
 * order, needs O(n log limit) time and O(limit) memory. Not thread-safe.
 */
final class TopK<T> {

    /** An item and its position in the order. */
    record Entry<T>(SortPosition position, T item) {}

    private final int limit;

    /** Only items after this position are kept; null means that there is no such bound. */
    private final @Nullable SortPosition after;

    /** The head is the last of the kept items: an item that comes before it replaces it. */
    private final PriorityQueue<Entry<T>> kept =
            new PriorityQueue<>(
                    Comparator.<Entry<T>, SortPosition>comparing(
                            Entry::position, Comparator.reverseOrder()));

    private long offered;

    TopK(int limit, @Nullable SortPosition after) {
        this.limit = limit;
        this.after = after;
    }

    void offer(SortPosition position, T item) {
        offered++;
        if (after != null && position.compareTo(after) <= 0) {
            return;
        }
        if (isFull()) {
            if (position.compareTo(kept.element().position()) >= 0) {
                return;
            }
            kept.remove();
        }
        kept.add(new Entry<>(position, item));
    }

    /** Returns the number of offered items, kept or not. */
    long offered() {
        return offered;
    }

    /**
     * Returns whether {@code limit} items are kept. Then an item of a later position has no effect.
     */
    boolean isFull() {
        return kept.size() == limit;
    }

    /** Returns the kept items in order. */
    List<Entry<T>> inOrder() {
        List<Entry<T>> inOrder = new ArrayList<>(kept);
        inOrder.sort(Comparator.comparing(Entry::position));
        return inOrder;
    }
}
