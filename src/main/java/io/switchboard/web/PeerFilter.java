package io.switchboard.web;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which peers {@code GET /peers} lists: those that have all of this; what is null does not matter.
 *
 * @param q a part, in either case, of the id, the name, a group, the listener, peername or sockname
 */
record PeerFilter(
        State state,
        @Nullable String name,
        @Nullable String group,
        @Nullable Listener listener,
        @Nullable Transport transport,
        @Nullable String q) {

    /** Which ones by their state. */
    enum State {
        /** Live ones, also while they drain. */
        OPEN,
        CLOSED,
        ANY;

        /** The word for it in {@code state=}. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * The one of this word.
         *
         * @throws ApiProblem 400 for an unknown one
         */
        static State parse(String word) {
            return switch (word) {
                case "open" -> OPEN;
                case "closed" -> CLOSED;
                case "any" -> ANY;
                default ->
                        throw ApiProblem.badRequest(
                                "state='" + word + "': known are open, closed and any");
            };
        }
    }

    /** Whether nothing more is asked than live peers, of all listeners or of one. */
    boolean isPlain() {
        return state == State.OPEN
                && name == null
                && group == null
                && transport == null
                && q == null;
    }

    boolean matches(PeerSession session) {
        Listener its = session.listener();
        return (listener == null || listener.name().equals(its.name()))
                && (transport == null || transport == its.transport())
                && (name == null || name.equals(session.name()))
                && (group == null || session.groups().contains(group))
                && (q == null || contains(q, session));
    }

    boolean matches(Peer closed) {
        return (listener == null || listener.name().equals(closed.listener()))
                && (transport == null || transport.word().equals(closed.transport()))
                && (name == null || name.equals(closed.name()))
                && (group == null || closed.groups().contains(group))
                && (q == null || contains(q, closed));
    }

    private static boolean contains(String q, PeerSession session) {
        return isPart(q, session.name())
                || isPart(q, session.groups())
                || isPart(q, session.listener().name())
                || isPart(q, session.id().toString())
                || isPart(q, session.peername().toString())
                || isPart(q, Endpoint.of(session.local()).toString());
    }

    private static boolean contains(String q, Peer closed) {
        return isPart(q, closed.name())
                || isPart(q, closed.groups())
                || isPart(q, closed.listener())
                || isPart(q, closed.id().toString())
                || isPart(q, closed.peername().toString())
                || isPart(q, closed.sockname().toString());
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
