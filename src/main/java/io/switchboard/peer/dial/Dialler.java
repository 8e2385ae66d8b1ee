package io.switchboard.peer.dial;

import io.switchboard.net.SocketError;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Opens outbound connections, which become peers. {@code transport.dial} implements it. */
public interface Dialler {
    /**
     * The result of a {@link ConnectRequest}: the remote host is connected as a peer; connect(2)
     * failed for every address or the TLS handshake failed, and this is the last error; the
     * configuration forbids the address; the SSL bundle cannot be used; the listener is full;
     * another peer has the name and keeps it; the caller may not open the peer; or the service is
     * stopping.
     */
    sealed interface ConnectResult {
        record Connected(PeerSession session) implements ConnectResult {}

        record Failed(SocketError error) implements ConnectResult {
            /** Returns the error for people to read. */
            public String detail(ConnectRequest request) {
                return "connecting to %s port %d: %s (%s)"
                        .formatted(request.host(), request.port(), error.message(), error.code());
            }
        }

        record Forbidden(InetAddress address, Rule rule) implements ConnectResult {
            /** Returns the error for people to read. */
            public String detail(ConnectRequest request) {
                String text = address.getHostAddress();
                String name = request.host();
                String named =
                        name.equals(text) ? text : "%s, the address of %s".formatted(text, name);
                return switch (rule) {
                    case NETWORKS ->
                            "switchboard.connect.allowed-networks does not contain %s; link-local addresses and those of cloud metadata are never allowed"
                                    .formatted(named);
                    case DEFAULT_NETWORKS ->
                            "switchboard.connect.allowed-networks is not set, and its default is not for a client that reaches only some listeners or groups: set it to networks that contain %s"
                                    .formatted(named);
                    case OWN_LISTENER ->
                            "%s port %d is an address of this service: a client that reaches only some listeners or groups cannot connect to it"
                                    .formatted(named, request.port());
                };
            }

            /** Why it is forbidden. */
            public enum Rule {
                NETWORKS,
                /**
                 * The allowed networks are not configured, and the caller's reach is restricted.
                 */
                DEFAULT_NETWORKS,
                /** The caller's reach is restricted, and a listener of this node is there. */
                OWN_LISTENER
            }
        }

        record BadBundle(String detail) implements ConnectResult {}

        record Full(String detail) implements ConnectResult {}

        /**
         * Another peer has the name and keeps it.
         *
         * @param by null if the peer is, or may be, at another node and out of the caller's reach
         */
        record NameTaken(@Nullable PeerSession by) implements ConnectResult {}

        /** Why the caller, whose reach is restricted, may not open the peer. */
        enum OutOfReach implements ConnectResult {
            /** The peer would be in none of the groups that the caller reaches. */
            NO_GROUP,
            /** The peer would also be in a group that the caller does not reach. */
            OTHER_GROUP
        }

        record Stopping() implements ConnectResult {}
    }

    /**
     * A connection to open.
     *
     * @param host a host name or a numeric address
     * @param listener the listener whose framing, limits and webhook apply to the peer
     * @param name the name to give to the peer; null for none
     * @param groups the groups that the peer joins in addition to those of the listener and the
     *     name
     * @param timeout the limit for name resolution, connecting and the TLS handshake together
     * @param tls null for plain TCP
     * @param first the bytes to send before all others, framing included; null for none
     * @param named whether the address of the remote end, and what it sends, may give the peer a
     *     name
     * @param ready called with the session before its first read
     * @param reach the reach of the caller. If it is restricted, the connection must not arrive at
     *     a listener of this service: its peer there could take names, and get messages, that are
     *     not in the reach
     */
    @SuppressWarnings("ArrayRecordComponent") // requests are not compared
    record ConnectRequest(
            String host,
            int port,
            Listener listener,
            @Nullable String name,
            List<String> groups,
            Duration timeout,
            @Nullable Tls tls,
            byte @Nullable [] first,
            boolean named,
            Consumer<PeerSession> ready,
            Reach reach) {

        /** Returns the same connection for a peer with this name and these groups. */
        ConnectRequest as(@Nullable String newName, List<String> newGroups) {
            return new ConnectRequest(
                    host, port, listener, newName, newGroups, timeout, tls, first, named, ready,
                    reach);
        }

        /** Returns the same connection after its listener has become this one. */
        ConnectRequest at(Listener changed) {
            return new ConnectRequest(
                    host, port, changed, name, groups, timeout, tls, first, named, ready, reach);
        }

        /**
         * Returns why the caller may not open the peer at this listener; empty if it may. {@code
         * groups} may be out of reach, because somebody has put the last peer itself into them.
         *
         * @param present the listener of the request as it is now
         */
        public Optional<ConnectResult.OutOfReach> outOfReach(
                Listener present, PeerRegistry registry) {
            Set<String> joined = registry.groupsOf(present, name);
            boolean mayJoin = reach.mayJoin(joined);
            joined.addAll(groups);
            if (!reach.includes(present.name(), joined)) {
                return Optional.of(ConnectResult.OutOfReach.NO_GROUP);
            }
            return mayJoin ? Optional.empty() : Optional.of(ConnectResult.OutOfReach.OTHER_GROUP);
        }
    }

    /**
     * How to connect over TLS.
     *
     * @param bundle the name of an SSL bundle; null for {@code switchboard.connect.tls-bundle}, or
     *     the certificates that the JVM trusts
     */
    record Tls(@Nullable String bundle) {}

    /** Returns whether outbound connections can use this listener, which must be plain TCP. */
    boolean serves(Listener listener);

    /**
     * Opens a connection. Blocks the calling thread, which should be virtual, for at most the
     * timeout of the request. {@link #serves} must be true for the listener of the request.
     */
    ConnectResult dial(ConnectRequest request) throws InterruptedException;
}
