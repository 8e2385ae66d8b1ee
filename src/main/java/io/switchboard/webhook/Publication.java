package io.switchboard.webhook;

/**
 * The events that go to one receiver in the order of each peer: those of a listener to its webhook,
 * or those of some listeners to the broker of a bridge. It gives them their names in meters, log
 * lines and the store.
 *
 * @param name the name of the listener or of the bridge
 */
record Publication(Kind kind, String name) {
    private static final String BRIDGE_KEY = "bridge:";

    enum Kind {
        WEBHOOK("listener", "webhook", "back end", "webhook.", "has no webhook"),
        BRIDGE("bridge", "bridge", "broker", "", "is not configured");

        private final String tag;
        private final String word;
        private final String receiver;
        private final String keys;
        private final String missing;

        Kind(String tag, String word, String receiver, String keys, String missing) {
            this.tag = tag;
            this.word = word;
            this.receiver = receiver;
            this.keys = keys;
            this.missing = missing;
        }
    }

    static Publication ofListener(String listener) {
        return new Publication(Kind.WEBHOOK, listener);
    }

    static Publication ofBridge(String bridge) {
        return new Publication(Kind.BRIDGE, bridge);
    }

    /** Returns the publication whose events the store has under this key. */
    static Publication ofKey(String key) {
        return key.startsWith(BRIDGE_KEY)
                ? ofBridge(key.substring(BRIDGE_KEY.length()))
                : ofListener(key);
    }

    /**
     * Returns what identifies the events in the store, and is part of the ids of their deliveries:
     * the name of a listener, which has no colon, or {@code bridge:NAME}.
     */
    String key() {
        return kind == Kind.BRIDGE ? BRIDGE_KEY + name : name;
    }

    /** Returns {@code webhook} or {@code bridge}, for meters and threads. */
    String word() {
        return kind.word;
    }

    /** Returns the tag of the meters, whose value is the name. */
    String tag() {
        return kind.tag;
    }

    /** Returns what takes the events: {@code back end} or {@code broker}. */
    String receiver() {
        return kind.receiver;
    }

    /** Returns the configuration key of the listener or bridge for a setting, such as queue. */
    String configurationKey(String setting) {
        return kind.keys + setting;
    }

    /** Returns why nothing sends the events, such as {@code has no webhook}. */
    String missing() {
        return kind.missing;
    }

    /** Returns the text at the start of log lines, such as {@code listener default}. */
    @Override
    public String toString() {
        return kind.tag + " " + name;
    }
}
