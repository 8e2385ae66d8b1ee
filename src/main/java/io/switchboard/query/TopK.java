package io.switchboard.query;

import io.switchboard.query.PeerSort.SortPosition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the first {@code most} of the offered elements that come after a position. Takes O(n log
 * most) time and O(most) memory for n elements in any order. Not thread-safe.
 */
final class TopK<T> {

    record Entry<T>(SortPosition position, T what) {}

    private final int most;

    /** Only elements behind this position are kept; null keeps all. */
    private final @Nullable SortPosition after;

    /** The last of the kept elements is on top: an element that comes before it replaces it. */
    private final PriorityQueue<Entry<T>> kept =
            new PriorityQueue<>(
                    Comparator.<Entry<T>, SortPosition>comparing(
                            Entry::position, Comparator.reverseOrder()));

    private long offered;

    TopK(int most, @Nullable SortPosition after) {
        this.most = most;
        this.after = after;
    }

    void offer(SortPosition position, T what) {
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
        kept.add(new Entry<>(position, what));
    }

    /** Returns the number of offered elements, kept or not. */
    long offered() {
        return offered;
    }

    /** Returns whether {@code most} elements are kept: elements that come later change nothing. */
    boolean isFull() {
        return kept.size() == most;
    }

    List<Entry<T>> inOrder() {
        List<Entry<T>> inOrder = new ArrayList<>(kept);
        inOrder.sort(Comparator.comparing(Entry::position));
        return inOrder;
    }
}
