package io.switchboard.peer.dial;

import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Reach;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Chooses the listener of an outbound connection. Thread-safe. */
@Component
public final class DialListeners {
    private static final String DEFAULT_LISTENER = "default";

    private final Dialler dialler;
    private final Listeners listeners;

    public DialListeners(Dialler dialler, Listeners listeners) {
        this.dialler = dialler;
        this.listeners = listeners;
    }

    /**
     * Returns the listener whose framing, limits and webhook apply to an outbound connection.
     *
     * @param name the name of a TCP listener; null means the only TCP listener, or if there are
     *     several, the one called {@code default}
     * @param reach the listeners from which it is chosen
     * @throws IllegalArgumentException no TCP listener has the name; the message lists those that
     *     exist
     */
    public Listener choose(@Nullable String name, Reach reach) {
        List<Listener> candidates =
                reach.within(listeners.all()).stream().filter(dialler::serves).toList();
        if (name == null && candidates.size() == 1) {
            return candidates.getFirst();
        }
        String wanted = name == null ? DEFAULT_LISTENER : name;
        return candidates.stream()
                .filter(each -> each.name().equals(wanted))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "listener='%s': it takes one whose transport is tcp, %s"
                                                .formatted(wanted, names(candidates))));
    }

    private static String names(List<Listener> candidates) {
        return candidates.isEmpty()
                ? "and there is none"
                : candidates.stream().map(Listener::name).collect(Collectors.joining(" or "));
    }
}
