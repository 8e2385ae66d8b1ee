package io.switchboard.mailbox;

import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/** Keys with a {@link System#nanoTime} each, the earliest first. Not thread-safe. */
final class Schedule<K> {
    private record Entry<K>(K key, long at) {}

    private final Map<K, Entry<K>> current = new HashMap<>();

    /** The current entries, and earlier ones that were replaced. */
    private final PriorityQueue<Entry<K>> queue =
            new PriorityQueue<>((one, other) -> Long.signum(one.at() - other.at()));

    /** Sets the time of a key, in place of an earlier one. */
    void set(K key, long at) {
        Entry<K> entry = new Entry<>(key, at);
        current.put(key, entry);
        queue.add(entry);
    }

    void remove(K key) {
        current.remove(key);
    }

    boolean has(K key) {
        return current.containsKey(key);
    }

    /** Removes the keys whose time has come, the earliest first. */
    void removeDue(long now, Consumer<K> removed) {
        while (untilNext(now) <= 0) {
            Entry<K> first = queue.remove();
            current.remove(first.key());
            removed.accept(first.key());
        }
    }

    /** Returns the nanoseconds until the time of the first key; the maximum if there is none. */
    long untilNext(long now) {
        Entry<K> first = queue.peek();
        while (first != null && !first.equals(current.get(first.key()))) {
            queue.remove();
            first = queue.peek();
        }
        return first == null ? Long.MAX_VALUE : first.at() - now;
    }
}
