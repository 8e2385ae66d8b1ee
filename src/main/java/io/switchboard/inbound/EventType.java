package io.switchboard.inbound;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The types of events that happen to a peer. */
public enum EventType {
    CONNECTED(true),
    /** The peer received a name, or a different one. */
    IDENTIFIED(true),
    MESSAGE(true),
    CLOSED(true),
    /** The peer closed before everything that its outbox held of a delivery was written. */
    SEND_FAILED(false);

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

    /** Returns the names of some types for people, separated by commas. */
    public static String words(Predicate<EventType> which) {
        return Arrays.stream(values())
                .filter(which)
                .map(EventType::word)
                .collect(Collectors.joining(", "));
    }

    /** Returns the type with this name in the API. */
    public static Optional<EventType> of(String word) {
        return Arrays.stream(values()).filter(each -> each.word.equals(word)).findFirst();
    }
}
