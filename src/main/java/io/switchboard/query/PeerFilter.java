package io.switchboard.query;

import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.peer.PeerView;
import io.switchboard.peer.Transport;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Selects the peers that have all of these properties. A null component selects every peer, except
 * {@code state}.
 *
 * <p>This record is also the query of {@code GET /peers} and is sent to other nodes. A new filter
 * therefore needs one component here and one condition in {@link #matches}.
 *
 * @param state the state of the peers; null means {@link State#OPEN}
 * @param listener the name of the listener
 * @param q a substring, in upper or lower case, of the id, the name, a group, the listener, the
 *     peername or the sockname
 */
public record PeerFilter(
        @Nullable State state,
        @Nullable String name,
        @Nullable String group,
        @Nullable String listener,
        @Nullable Transport transport,
        @Nullable String q) {

    /** Returns a filter of state and listener only. */
    public static PeerFilter of(@Nullable State state, @Nullable String listener) {
        return new PeerFilter(state, null, null, listener, null, null);
    }

    /**
     * The states that a filter selects: live peers (draining and half-closed ones too), those that
     * have ended their stream, closed peers, or all.
     */
    public enum State {
        OPEN,
        HALF_CLOSED,
        CLOSED,
        ANY;

        /** Returns the value of the query parameter {@code state} that names this state. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /**
         * Returns the state that this word names.
         *
         * @throws IllegalArgumentException the word names no state; the message lists the known
         *     words
         */
        public static State parse(String word) {
            return switch (word) {
                case "open" -> OPEN;
                case "half-closed" -> HALF_CLOSED;
                case "closed" -> CLOSED;
                case "any" -> ANY;
                default ->
                        throw new IllegalArgumentException(
                                "known are open, half-closed, closed and any");
            };
        }
    }

    /** Returns the state, or the default if it is null. */
    State effectiveState() {
        return state == null ? State.OPEN : state;
    }

    /** Returns whether closed peers are selected too. */
    boolean includesClosed() {
        return switch (effectiveState()) {
            case OPEN, HALF_CLOSED -> false;
            case CLOSED, ANY -> true;
        };
    }

    /** Returns whether the filter selects all live peers, or all live peers of one listener. */
    boolean filtersOnlyByListener() {
        return effectiveState() == State.OPEN && equals(of(state, listener));
    }

    /**
     * Returns whether a peer has all of these properties. Ignores {@link #state}, except {@link
     * State#HALF_CLOSED}.
     */
    boolean matches(PeerView peer) {
        return (state != State.HALF_CLOSED || peer.state() == PeerState.HALF_CLOSED)
                && (listener == null || listener.equals(peer.listenerName()))
                && (transport == null || transport.word().equals(peer.transportWord()))
                && (name == null || name.equals(peer.name()))
                && (group == null || peer.groups().contains(group))
                && (q == null || anyTextContains(q, peer));
    }

    private static boolean anyTextContains(String q, PeerView peer) {
        return occursIn(q, peer.name())
                || occursIn(q, peer.groups())
                || occursIn(q, peer.listenerName())
                || occursIn(q, peer.id().toString())
                || occursIn(q, peer.peername().toString())
                || occursIn(q, peer.sockname().toString());
    }

    private static boolean occursIn(String q, List<String> texts) {
        for (String text : texts) {
            if (occursIn(q, text)) {
                return true;
            }
        }
        return false;
    }

    private static boolean occursIn(String q, @Nullable String text) {
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
