package io.switchboard.query;

import io.switchboard.peer.PeerView;
import io.switchboard.peer.Transport;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Selects the peers that have all of these properties; null selects every peer. This record is also
 * the query of {@code GET /peers} and is sent to other nodes: a new filter is one component here
 * and one condition in {@link #matches}.
 *
 * @param state live peers if null
 * @param listener the name of the listener
 * @param q a part, in either case, of id, name, a group, listener, peername or sockname
 */
public record PeerFilter(
        @Nullable State state,
        @Nullable String name,
        @Nullable String group,
        @Nullable String listener,
        @Nullable Transport transport,
        @Nullable String q) {

    /** Returns a filter without other conditions. */
    public static PeerFilter of(@Nullable State state, @Nullable String listener) {
        return new PeerFilter(state, null, null, listener, null, null);
    }

    /** Whether to list live peers (draining ones too), closed ones, or both. */
    public enum State {
        OPEN,
        CLOSED,
        ANY;

        /** Returns the word for it in {@code state=}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * Returns the state that this word names.
         *
         * @throws IllegalArgumentException the word names none; the message lists those that exist
         */
        public static State parse(String word) {
            return switch (word) {
                case "open" -> OPEN;
                case "closed" -> CLOSED;
                case "any" -> ANY;
                default -> throw new IllegalArgumentException("known are open, closed and any");
            };
        }
    }

    State states() {
        return state == null ? State.OPEN : state;
    }

    /** Returns whether every live peer matches, or every live peer of one listener. */
    boolean isPlain() {
        return states() == State.OPEN && equals(of(state, listener));
    }

    /** Returns whether a peer has these properties; {@link #state} aside. */
    boolean matches(PeerView peer) {
        return (listener == null || listener.equals(peer.listenerName()))
                && (transport == null || transport.word().equals(peer.transportWord()))
                && (name == null || name.equals(peer.name()))
                && (group == null || peer.groups().contains(group))
                && (q == null || contains(q, peer));
    }

    private static boolean contains(String q, PeerView peer) {
        return isPart(q, peer.name())
                || isPart(q, peer.groups())
                || isPart(q, peer.listenerName())
                || isPart(q, peer.id().toString())
                || isPart(q, peer.peername().toString())
                || isPart(q, peer.sockname().toString());
    }

    private static boolean isPart(String q, List<String> texts) {
        for (String text : texts) {
            if (isPart(q, text)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isPart(String q, @Nullable String text) {
        if (text != null) {
            for (int at = 0; at <= text.length() - q.length(); at++) {
                if (text.regionMatches(true, at, q, 0, q.length())) {
                    return true;
                }
            }
        }
        return false;
    }
}
