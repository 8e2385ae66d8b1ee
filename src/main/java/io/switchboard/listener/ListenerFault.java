package io.switchboard.listener;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a listener is not created, changed or removed. The message is for people. */
public final class ListenerFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What the fault is. */
    public enum Reason {
        /** A key or a value is not valid. */
        BAD_LISTENER,
        /** The address cannot be bound. */
        ADDRESS_UNAVAILABLE,
        /** A listener has the name. */
        LISTENER_EXISTS,
        /** No listener has the name. */
        UNKNOWN_LISTENER,
        /** The listener is one of the configuration, which requests do not change. */
        CONFIGURED_LISTENER,
        /** The keys cannot change while the listener is open. */
        NEEDS_NEW_LISTENER,
        /** The API has created as many listeners as there may be. */
        TOO_MANY_LISTENERS,
        /** Another request creates, changes or removes the listener. */
        LISTENER_BUSY,
        /** The nodes of the cluster have no common store. */
        NEEDS_SHARED_STORE,
        /** No node of the cluster has the name, or several have. */
        UNKNOWN_NODE,
        /** The node of the listener did not answer. */
        NODE_UNAVAILABLE;

        /** Returns the word for it in the API. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Reason reason;
    private final @Nullable String key;
    private final @Nullable String value;

    public ListenerFault(Reason reason, String detail) {
        this(reason, null, null, detail, null);
    }

    /**
     * @param key the key of a listener, such as {@code max-frame}; null if the fault is of none
     * @param value its value as text; null if it has none
     * @param detail the key, the value and what would be valid
     */
    public ListenerFault(
            Reason reason,
            @Nullable String key,
            @Nullable String value,
            String detail,
            @Nullable Throwable cause) {
        super(detail, cause);
        this.reason = reason;
        this.key = key;
        this.value = value;
    }

    public Reason reason() {
        return reason;
    }

    public @Nullable String key() {
        return key;
    }

    public @Nullable String value() {
        return value;
    }

    /**
     * Returns this fault with the listener in its detail, for a request about several listeners.
     */
    public ListenerFault of(String listener) {
        String prefix = "switchboard.listeners." + listener;
        String detail =
                key != null && detail().startsWith(key)
                        ? prefix + "." + detail()
                        : prefix + ": " + detail();
        return new ListenerFault(reason, key, value, detail, this);
    }

    /** Returns the message. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
