package io.switchboard.delivery;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Values under keys, each key in a space. A value that is {@linkplain #finish finished} is kept for
 * some time. If all finished values take more memory than the limit, the oldest of the space with
 * the most memory are removed first: a client that fills the store displaces its own values, and a
 * value that has just been finished is displaced last.
 *
 * <p>Thread-safe: this object's monitor guards everything, and is a leaf.
 *
 * @param <K> the keys; equal ones are in the same space
 * @param <V> the values, compared by identity
 */
final class StoredResults<K, V> {
    private record Finished<V>(V value, long bytes, long until) {}

    private final class Space {
        private final String name;
        private final Map<K, V> running = new HashMap<>();

        /** The first to be finished first. */
        private final SequencedMap<K, Finished<V>> finished = new LinkedHashMap<>();

        private long bytes;

        Space(String name) {
            this.name = name;
        }

        boolean isEmpty() {
            return running.isEmpty() && finished.isEmpty();
        }
    }

    private final long maxBytes;
    private final long keptNanos;
    private final LongSupplier nanoTime;
    private final Map<String, Space> spaces = new HashMap<>();

    /** The spaces with finished values, the one with the least memory first. */
    private final TreeSet<Space> bySize =
            new TreeSet<>(
                    Comparator.<Space>comparingLong(space -> space.bytes)
                            .thenComparing(space -> space.name));

    private long bytes;

    /**
     * @param maxBytes the most memory of all finished values
     * @param keptNanos how long a finished value is kept, in nanoseconds
     * @param nanoTime {@link System#nanoTime}, or that of a test
     */
    StoredResults(long maxBytes, long keptNanos, LongSupplier nanoTime) {
        this.maxBytes = maxBytes;
        this.keptNanos = keptNanos;
        this.nanoTime = nanoTime;
    }

    /** Returns the value of a key; stores this one, as running, and returns null if it has none. */
    synchronized @Nullable V putIfAbsent(String spaceName, K key, V value) {
        Space space = spaces.computeIfAbsent(spaceName, Space::new);
        removeEnded(space);
        Finished<V> finished = space.finished.get(key);
        return finished != null ? finished.value() : space.running.putIfAbsent(key, value);
    }

    /** Removes a running value. */
    synchronized void remove(String spaceName, K key) {
        Space space = Objects.requireNonNull(spaces.get(spaceName), spaceName);
        space.running.remove(key);
        removeIfEmpty(space);
    }

    /** Keeps a running value for some time from now on, with this memory. */
    synchronized void finish(String spaceName, K key, long valueBytes) {
        Space space = Objects.requireNonNull(spaces.get(spaceName), spaceName);
        V value = Objects.requireNonNull(space.running.remove(key));
        long until = nanoTime.getAsLong() + keptNanos;
        space.finished.putLast(key, new Finished<>(value, valueBytes, until));
        resize(space, valueBytes);
        Space first = bySize.last();
        removeEnded(first);
        removeIfEmpty(first);
        while (bytes > maxBytes) {
            Space largest = bySize.last();
            removeOldest(largest);
            removeIfEmpty(largest);
        }
    }

    private void removeEnded(Space space) {
        long now = nanoTime.getAsLong();
        while (!space.finished.isEmpty()
                && space.finished.firstEntry().getValue().until() - now <= 0) {
            removeOldest(space);
        }
    }

    private void removeOldest(Space space) {
        Iterator<Finished<V>> oldest = space.finished.values().iterator();
        long freed = oldest.next().bytes();
        oldest.remove();
        resize(space, -freed);
    }

    private void resize(Space space, long more) {
        bySize.remove(space); // before its size, by which the set finds it, changes
        space.bytes += more;
        bytes += more;
        if (!space.finished.isEmpty()) {
            bySize.add(space);
        }
    }

    private void removeIfEmpty(Space space) {
        if (space.isEmpty()) {
            spaces.remove(space.name);
        }
    }
}
