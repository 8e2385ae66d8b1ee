package io.switchboard.delivery;

import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/** Whom a message is for. */
public sealed interface Target {

    /** Every peer. */
    record All() implements Target {}

    /** The peers of one listener. */
    record OfListener(String name) implements Target {}

    /** The peers of one transport. */
    record OfTransport(Transport transport) implements Target {}

    /** The peers of one group. */
    record OfGroup(String name) implements Target {}

    /** One peer by id, or those of a name: most often one. */
    record One(String reference) implements Target {}

    /**
     * The target that this text spells: {@code all}, {@code group:NAME}, {@code listener:NAME},
     * {@code transport:NAME} or a peer reference. A name may have colons of its own, as MAC
     * addresses do.
     *
     * @throws IllegalArgumentException for an empty text or an empty name
     */
    static Target parse(String text) {
        int colon = text.indexOf(':');
        String kind = text.substring(0, Math.max(colon, 0));
        String name = text.substring(colon + 1);
        if (name.isBlank()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no target: known are all, a peer's id or name, " + KINDS);
        }
        return switch (kind) {
            case "group" -> new OfGroup(name);
            case "listener" -> new OfListener(name);
            case "transport" -> new OfTransport(Transport.of(name));
            default -> text.equals("all") ? new All() : new One(text);
        };
    }

    /** The forms of a target that begin with a kind, for messages. */
    String KINDS = "group:NAME, listener:NAME and transport:NAME";

    /** Live sessions among which all that are meant are, and not many more. */
    default Collection<PeerSession> among(PeerRegistry registry) {
        return this instanceof OfGroup(String group) ? registry.group(group) : registry.sessions();
    }

    /** Whether this session is meant. */
    default boolean matches(PeerSession session) {
        return switch (this) {
            case All _ -> true;
            case OfGroup(String name) -> session.groups().contains(name);
            case OfListener(String name) -> session.listener().name().equals(name);
            case OfTransport(Transport transport) -> session.listener().transport() == transport;
            case One(String reference) ->
                    reference.equals(session.name()) || reference.equals(session.id().toString());
        };
    }

    /** The listeners of those who are meant. */
    default Set<Listener> listeners(PeerRegistry registry, Listeners all) {
        return switch (this) {
            case All _ -> Set.copyOf(all.all());
            case OfListener(String name) -> all.find(name).map(Set::of).orElseGet(Set::of);
            case OfTransport(Transport transport) ->
                    all.all().stream()
                            .filter(each -> each.transport() == transport)
                            .collect(Collectors.toSet());
            case OfGroup _, One _ ->
                    among(registry).stream()
                            .filter(this::matches)
                            .map(PeerSession::listener)
                            .collect(Collectors.toSet());
        };
    }
}
