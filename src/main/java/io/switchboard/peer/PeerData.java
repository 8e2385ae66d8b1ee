package io.switchboard.peer;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The data that other packages keep about one peer; it is discarded with the session. Thread-safe:
 * reading takes no lock, and the monitor of this object guards changes.
 */
public final class PeerData {

    /**
     * Identifies the data of one kind in every session. A package that keeps data per peer declares
     * one constant of this type.
     *
     * @param <T> the type of the data
     */
    @SuppressWarnings("UnusedTypeParameter") // it ties the key to the type of its data
    public static final class PeerKey<T> {}

    /** A list, because a session has four entries at most. */
    private record Entry(PeerKey<?> key, Object value, @Nullable Entry next) {}

    private volatile @Nullable Entry first;

    /** Returns the data of this kind; null if there is none. */
    @SuppressWarnings("unchecked") // put() accepts a key and a value of the same type only
    public <T> @Nullable T get(PeerKey<T> key) {
        for (Entry entry = first; entry != null; entry = entry.next()) {
            if (entry.key() == key) {
                return (T) entry.value();
            }
        }
        return null;
    }

    /** Returns the data of this kind, which this creates if there is none. */
    public synchronized <T> T computeIfAbsent(PeerKey<T> key, Supplier<? extends T> supplier) {
        T known = get(key);
        if (known != null) {
            return known;
        }
        T created = supplier.get();
        first = new Entry(key, created, first);
        return created;
    }

    /** Sets or replaces the data of this kind. */
    public synchronized <T> void put(PeerKey<T> key, T value) {
        first = new Entry(key, value, without(first, key));
    }

    private static @Nullable Entry without(@Nullable Entry list, PeerKey<?> key) {
        if (list == null) {
            return null;
        }
        Entry rest = without(list.next(), key);
        return list.key() == key ? rest : new Entry(list.key(), list.value(), rest);
    }
}
