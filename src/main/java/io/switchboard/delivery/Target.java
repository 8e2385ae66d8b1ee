package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The peers that a message is for. */
public sealed interface Target {

    /** Every peer. */
    record All() implements Target {}

    /** The peers of one listener. */
    record OfListener(String name) implements Target {}

    /** The peers of one transport. */
    record OfTransport(Transport transport) implements Target {}

    /** The peers of one group. */
    record OfGroup(String name) implements Target {}

    /**
     * The UDP peer of this address, even if no datagram has come from there yet: {@link
     * SendService} finds or opens it.
     *
     * @param listener the listener that it is a peer of; null if only one can be meant
     */
    record OfAddress(InetSocketAddress address, @Nullable String listener) implements Target {}

    /** One peer by id, or the peers of a name: most often one. */
    record One(String reference) implements Target {}

    /**
     * Parses a target: {@code all}, {@code group:NAME}, {@code listener:NAME}, {@code
     * transport:NAME}, {@code udp:ADDRESS:PORT}, the same with {@code @LISTENER} behind it, or a
     * peer reference. A name may have colons of its own, as MAC addresses do.
     *
     * @throws IllegalArgumentException for an empty text, an empty name, an unknown transport or a
     *     malformed address
     */
    @JsonCreator
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
            case "udp" -> address(text, name);
            default -> text.equals("all") ? new All() : new One(text);
        };
    }

    private static OfAddress address(String text, String spelled) {
        int at = spelled.indexOf('@');
        String ends = at < 0 ? spelled : spelled.substring(0, at);
        String listener = at < 0 ? null : spelled.substring(at + 1);
        int colon = ends.lastIndexOf(':');
        String host = ends.substring(0, Math.max(colon, 0));
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String literal = bracketed ? host.substring(1, host.length() - 1) : host;
        String port = ends.substring(colon + 1);
        if ((listener == null || !listener.isBlank())
                && bracketed == literal.contains(":")
                && port.matches("\\d{1,5}")
                && Integer.parseInt(port) >= 1
                && Integer.parseInt(port) <= LAST_PORT) {
            try {
                InetAddress address = InetAddress.ofLiteral(literal);
                // not the short forms of inet_aton(3), in which 10.1 is 10.0.0.1
                if (!bracketed && !address.getHostAddress().equals(literal)) {
                    throw new IllegalArgumentException("it has not four numbers");
                }
                return new OfAddress(
                        new InetSocketAddress(address, Integer.parseInt(port)), listener);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "'" + literal + "' in '" + text + "' is no IP address, " + ADDRESS, e);
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no address, " + ADDRESS);
    }

    int LAST_PORT = 65_535;
    String ADDRESS = "such as udp:192.0.2.7:9000, udp:[2001:db8::1]:9000 or either with @LISTENER";

    /** The forms of a target that begin with a kind, for messages. */
    String KINDS = "group:NAME, listener:NAME, transport:NAME and udp:ADDRESS:PORT";

    /** Returns a text that {@link #parse} turns into an equal target. */
    @JsonValue
    default String spelled() {
        return switch (this) {
            case All _ -> "all";
            case OfGroup(String name) -> "group:" + name;
            case OfListener(String name) -> "listener:" + name;
            case OfTransport(Transport transport) -> "transport:" + transport.word();
            case OfAddress(InetSocketAddress address, String listener) ->
                    "udp:" + Endpoint.of(address) + (listener == null ? "" : "@" + listener);
            case One(String reference) -> reference;
        };
    }

    /** Returns live sessions that include all that match, and not many more. */
    default Collection<PeerSession> among(PeerRegistry registry) {
        return this instanceof OfGroup(String group) ? registry.group(group) : registry.sessions();
    }

    /** Returns whether this session is a target. */
    default boolean matches(PeerSession session) {
        return switch (this) {
            case All _ -> true;
            case OfGroup(String name) -> session.groups().contains(name);
            case OfListener(String name) -> session.listener().name().equals(name);
            case OfTransport(Transport transport) -> session.listener().transport() == transport;
            case OfAddress(InetSocketAddress address, String listener) ->
                    session.listener().transport() == Transport.UDP
                            && session.link().remote().equals(address)
                            && (listener == null || session.listener().name().equals(listener));
            case One(String reference) ->
                    reference.equals(session.name()) || reference.equals(session.id().toString());
        };
    }

    /** Returns the listeners whose peers are targets. */
    default Set<Listener> listeners(PeerRegistry registry, Listeners all) {
        return switch (this) {
            case All _ -> Set.copyOf(all.all());
            case OfListener(String name) -> all.find(name).map(Set::of).orElseGet(Set::of);
            case OfTransport(Transport transport) ->
                    all.all().stream()
                            .filter(each -> each.transport() == transport)
                            .collect(Collectors.toSet());
            case OfGroup _, OfAddress _, One _ ->
                    among(registry).stream()
                            .filter(this::matches)
                            .map(PeerSession::listener)
                            .collect(Collectors.toSet());
        };
    }
}
