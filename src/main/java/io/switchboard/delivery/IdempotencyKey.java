package io.switchboard.delivery;

/**
 * The text under which the result of a request is stored: the client's idempotency key, after the
 * name of the space that the client shares with no other. So no client gets the result of another
 * one that has chosen the same key.
 */
public final class IdempotencyKey {
    /** Part of no key, because no header contains it. */
    private static final char SEPARATOR = '\n';

    private IdempotencyKey() {}

    /**
     * Returns the text for a key of this space; the space without a name has the keys themselves.
     */
    public static String of(String space, String key) {
        return space.isEmpty() ? key : space + SEPARATOR + key;
    }

    /** Returns the space of a stored key. */
    static String space(String stored) {
        return stored.substring(0, Math.max(0, stored.lastIndexOf(SEPARATOR)));
    }

    /** Returns the key as the client knows it. */
    public static String shown(String stored) {
        return stored.substring(stored.lastIndexOf(SEPARATOR) + 1);
    }
}
