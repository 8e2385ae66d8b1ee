package io.switchboard.transport.stream;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.Link.Direction;
import io.switchboard.peer.Link.TlsFacts;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a connection in addition to the addresses of its socket. The steps of a
 * {@link ConnectionSetup} collect it.
 *
 * @param direction whether the peer or this service connected
 * @param client address of the client as a proxy reported it, counted by {@link
 *     io.switchboard.transport.ConnectionLimiter#acquireClient}; null if there is no proxy
 * @param credentials path, user and group of the peer of a Unix-domain socket; null for any other
 * @param tls null without TLS
 * @param name name of the peer, from a certificate or a proxy; null if there is none
 */
public record ConnectionInfo(
        Direction direction,
        @Nullable SocketAddress client,
        @Nullable Endpoint credentials,
        @Nullable TlsFacts tls,
        @Nullable String name) {

    /** An inbound connection of which only the addresses of its socket are known. */
    public static final ConnectionInfo NONE =
            new ConnectionInfo(Direction.INBOUND, null, null, null, null);

    /** A connection that this service has made. */
    static final ConnectionInfo OUTBOUND =
            new ConnectionInfo(Direction.OUTBOUND, null, null, null, null);

    public ConnectionInfo withClient(SocketAddress client) {
        return new ConnectionInfo(direction, client, credentials, tls, name);
    }

    public ConnectionInfo withCredentials(Endpoint credentials) {
        return new ConnectionInfo(direction, client, credentials, tls, name);
    }

    public ConnectionInfo withTls(TlsFacts tls) {
        return new ConnectionInfo(direction, client, credentials, tls, name);
    }

    public ConnectionInfo withName(@Nullable String name) {
        return new ConnectionInfo(direction, client, credentials, tls, name);
    }
}
