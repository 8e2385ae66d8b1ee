package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Selects the peers that a message is sent to. */
public sealed interface Target {
    /**
     * The most targets of a request: 1 MiB has room for more than 100,000, and each takes a hundred
     * times the memory of its text until the answer is written.
     */
    int MAX_TARGETS = 10_000;

    /** Every peer. */
    record All() implements Target {}

    /** The peers of one listener. */
    record OfListener(String name) implements Target {}

    /** The peers of one transport. */
    record OfTransport(Transport transport) implements Target {}

    /** The peers of one group. */
    record OfGroup(String name) implements Target {}

    /**
     * The UDP peer with this remote address. If no datagram has come from the address yet, {@link
     * SendService} opens the peer.
     *
     * @param listener the name of the peer's listener; null to let {@link SendService} choose it
     */
    record OfAddress(InetSocketAddress address, @Nullable String listener) implements Target {}

    /**
     * A remote host that is no peer yet: {@link RemoteSend} connects to it for the one message.
     *
     * @param host a host name or a numeric address, without brackets
     * @param listener the name of the listener whose framing and limits apply; null to let {@link
     *     RemoteSend} choose it
     */
    record Remote(boolean tls, String host, int port, @Nullable String listener)
            implements Target {}

    /** The peer with this id, or every peer with this name. Most names belong to one peer. */
    record One(String reference) implements Target {}

    /**
     * Parses a target: {@code all}, {@code group:NAME}, {@code listener:NAME}, {@code
     * transport:NAME}, {@code udp:ADDRESS:PORT}, {@code tcp:HOST:PORT}, {@code tls:HOST:PORT}, each
     * of the last three also with {@code @LISTENER}, or the id or name of a peer. A name may
     * contain colons, as MAC addresses do.
     *
     * @throws IllegalArgumentException if the text or the name is empty, the transport is unknown
     *     or the address is malformed
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
            case "tcp", "tls" -> remote(text, kind.equals("tls"), name);
            default -> text.equals("all") ? new All() : new One(text);
        };
    }

    /**
     * Parses a target that selects connected peers, which a {@link Remote} does not.
     *
     * @throws IllegalArgumentException as {@link #parse}, or if the text is a {@link Remote}
     */
    static Target parseConnected(String text) {
        Target target = parse(text);
        if (target instanceof Remote) {
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "' is a host to connect to, which only 'to' of POST /send takes; GET /peers lists the peers that are connected");
        }
        return target;
    }

    private static Remote remote(String text, boolean tls, String withoutKind) {
        Matcher parts = REMOTE.matcher(withoutKind);
        if (parts.matches()) {
            String literal = parts.group("literal");
            String host = literal == null ? parts.group("host") : literal;
            int port = Integer.parseInt(parts.group("port"));
            boolean valid = literal == null || isAddress(literal);
            if (valid && port >= 1 && port <= MAX_PORT) {
                return new Remote(tls, host, port, parts.group("listener"));
            }
        }
        throw new IllegalArgumentException(
                "'%s' is no host and port to connect to (1 to %d), %s"
                        .formatted(text, MAX_PORT, REMOTE_EXAMPLES));
    }

    private static boolean isAddress(String literal) {
        try {
            return InetAddress.ofLiteral(literal) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static OfAddress address(String text, String withoutKind) {
        int at = withoutKind.indexOf('@');
        String endpoint = at < 0 ? withoutKind : withoutKind.substring(0, at);
        String listener = at < 0 ? null : withoutKind.substring(at + 1);
        int colon = endpoint.lastIndexOf(':');
        String host = endpoint.substring(0, Math.max(colon, 0));
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String literal = bracketed ? host.substring(1, host.length() - 1) : host;
        String port = endpoint.substring(colon + 1);
        if ((listener == null || !listener.isBlank())
                && bracketed == literal.contains(":")
                && port.matches("\\d{1,5}")
                && Integer.parseInt(port) >= 1
                && Integer.parseInt(port) <= MAX_PORT) {
            try {
                InetAddress address = InetAddress.ofLiteral(literal);
                // rejects the short forms of inet_aton(3), in which 10.1 means 10.0.0.1
                if (!bracketed && !address.getHostAddress().equals(literal)) {
                    throw new IllegalArgumentException("an IPv4 address has four numbers");
                }
                return new OfAddress(
                        new InetSocketAddress(address, Integer.parseInt(port)), listener);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "'" + literal + "' in '" + text + "' is no IP address, " + ADDRESS_EXAMPLES,
                        e);
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no address, " + ADDRESS_EXAMPLES);
    }

    int MAX_PORT = 65_535;
    String ADDRESS_EXAMPLES =
            "such as udp:192.0.2.7:9000, udp:[2001:db8::1]:9000 or either with @LISTENER";

    /** A host name, or an IPv6 address in brackets, then a port and perhaps a listener. */
    Pattern REMOTE =
            Pattern.compile(
                    "(?:\\[(?<literal>[^\\]]+)]|(?<host>[^\\s:@/\\[\\]]+)):(?<port>\\d{1,5})(?:@(?<listener>.+))?");

    String REMOTE_EXAMPLES =
            "such as tcp:192.0.2.7:9100, tls:printer.example:9443, tcp:[2001:db8::1]:9100 or one of these with @LISTENER";

    /** The forms of a target that begin with a kind, for error messages. */
    String KINDS =
            "group:NAME, listener:NAME, transport:NAME, udp:ADDRESS:PORT, tcp:HOST:PORT and tls:HOST:PORT";

    /** Returns a text that {@link #parse} turns into an equal target. */
    @JsonValue
    default String text() {
        return switch (this) {
            case All _ -> "all";
            case OfGroup(String name) -> "group:" + name;
            case OfListener(String name) -> "listener:" + name;
            case OfTransport(Transport transport) -> "transport:" + transport.word();
            case OfAddress(InetSocketAddress address, String listener) ->
                    "udp:" + Endpoint.of(address) + (listener == null ? "" : "@" + listener);
            case Remote(boolean tls, String host, int port, String listener) ->
                    "%s:%s:%d%s"
                            .formatted(
                                    tls ? "tls" : "tcp",
                                    host.contains(":") ? "[" + host + "]" : host,
                                    port,
                                    listener == null ? "" : "@" + listener);
            case One(String reference) -> reference;
        };
    }

    /**
     * Returns live sessions that include every session that {@link #matches}. It looks up the
     * members of a group, and returns all sessions for every other target.
     */
    default Collection<PeerSession> candidates(PeerRegistry registry) {
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
            case Remote _ -> false;
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
            case Remote _ -> Set.of();
            case OfGroup _, OfAddress _, One _ ->
                    candidates(registry).stream()
                            .filter(this::matches)
                            .map(PeerSession::listener)
                            .collect(Collectors.toSet());
        };
    }
}
