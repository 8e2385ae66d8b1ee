package io.switchboard.delivery;

import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;

/** Whom a message is for. */
public sealed interface Target {

    /** Every peer. */
    record All() implements Target {}

    /** The peers of one listener. */
    record OfListener(String name) implements Target {}

    /** The peers of one transport. */
    record OfTransport(Transport transport) implements Target {}

    /** One peer, by id. */
    record One(String reference) implements Target {}

    /**
     * The target that this text spells: {@code all}, {@code listener:NAME}, {@code transport:NAME}
     * or a peer reference.
     *
     * @throws IllegalArgumentException for an empty text or another prefix
     */
    static Target parse(String text) {
        if (text.equals("all")) {
            return new All();
        }
        int colon = text.indexOf(':');
        if (colon < 0 && !text.isBlank()) {
            return new One(text);
        }
        String name = text.substring(colon + 1);
        String kind = text.substring(0, Math.max(colon, 0));
        if (!name.isBlank() && kind.equals("listener")) {
            return new OfListener(name);
        }
        if (kind.equals("transport")) {
            return new OfTransport(Transport.of(name));
        }
        throw new IllegalArgumentException(
                "'"
                        + text
                        + "' is no target: known are all, a peer's id, listener:NAME and transport:NAME");
    }

    /** Whether this session is meant. */
    default boolean matches(PeerSession session) {
        return this instanceof One(String reference)
                ? session.id().toString().equals(reference)
                : covers(session.listener());
    }

    /** Whether all peers of this listener are meant. */
    default boolean covers(Listener listener) {
        return switch (this) {
            case All _ -> true;
            case OfListener(String name) -> listener.name().equals(name);
            case OfTransport(Transport transport) -> listener.transport() == transport;
            case One _ -> false;
        };
    }
}
