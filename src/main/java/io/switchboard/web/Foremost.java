package io.switchboard.web;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The first few of many: offered n in any order, it keeps the first {@code most} behind a place, in
 * O(n log most) time and O(most) memory. Not thread-safe.
 */
final class Foremost<T> {

    /** One that was offered. */
    record Entry<T>(Place place, T what) {}

    private final int most;
    private final @Nullable Place after;

    /** The last of those kept on top: whoever comes before it drives it out. */
    private final PriorityQueue<Entry<T>> kept =
            new PriorityQueue<>(
                    Comparator.<Entry<T>, Place>comparing(Entry::place, Comparator.reverseOrder()));

    private long offered;

    /**
     * @param after only places behind it are kept; null for all
     */
    Foremost(int most, @Nullable Place after) {
        this.most = most;
        this.after = after;
    }

    void offer(Place place, T what) {
        offered++;
        if (after != null && place.compareTo(after) <= 0) {
            return;
        }
        if (isFull()) {
            if (place.compareTo(kept.element().place()) >= 0) {
                return;
            }
            kept.remove();
        }
        kept.add(new Entry<>(place, what));
    }

    /** How many there were, kept or not. */
    long offered() {
        return offered;
    }

    /** Whether it has as many as it keeps: then later places change nothing. */
    boolean isFull() {
        return kept.size() == most;
    }

    /** Those kept, by their places. */
    List<Entry<T>> inOrder() {
        List<Entry<T>> inOrder = new ArrayList<>(kept);
        inOrder.sort(Comparator.comparing(Entry::place));
        return inOrder;
    }
}
