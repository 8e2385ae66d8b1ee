package io.switchboard.delivery;

import io.switchboard.framing.Framing;
import io.switchboard.peer.Listener;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The framings of the listeners, whose words are parsed once and not for every message. Holds one
 * entry for each word that the configuration gives; from any thread.
 */
final class ListenerFramings {
    private static final Map<String, Framing> BY_WORD = new ConcurrentHashMap<>();

    private ListenerFramings() {}

    /** How the listener's peers are sent to. */
    static Framing out(Listener listener) {
        String word = listener.framingOut();
        @Nullable Framing known = BY_WORD.get(word);
        return known != null ? known : BY_WORD.computeIfAbsent(word, Framing::of);
    }
}
