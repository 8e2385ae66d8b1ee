package io.switchboard.events;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The types of events that happen to a peer or to a stored message. */
public enum EventType {
    CONNECTED(true),
    /** The peer received a name, or a different one. */
    IDENTIFIED(true),
    MESSAGE(true),
    CLOSED(true),
    /** The peer closed before its outbox had written all bytes of a delivery. */
    SEND_FAILED(false),
    /** A message was stored for a name. */
    MESSAGE_STORED(true),
    /** A peer's TCP acknowledged a stored message, or its transport has no acknowledgements. */
    MESSAGE_ACKED(true),
    /** The time of a stored message ended before its write began, or the write failed after it. */
    MESSAGE_EXPIRED(true),
    /** A stored message was cancelled. */
    MESSAGE_CANCELLED(true);

    private final String word;
    private final boolean webhook;

    EventType(boolean webhook) {
        this.word = name().toLowerCase(Locale.ROOT).replace('_', '-');
        this.webhook = webhook;
    }

    /** Returns whether a webhook can post events of this type. */
    public boolean webhook() {
        return webhook;
    }

    /** Returns the name of the type in the API. */
    public String word() {
        return word;
    }

    /** Returns the names of the selected types, separated by commas, for messages to people. */
    public static String words(Predicate<EventType> selected) {
        return Arrays.stream(values())
                .filter(selected)
                .map(EventType::word)
                .collect(Collectors.joining(", "));
    }

    /** Returns the type with this name in the API, or an empty result if there is none. */
    public static Optional<EventType> of(String word) {
        return Arrays.stream(values()).filter(each -> each.word.equals(word)).findFirst();
    }
}
