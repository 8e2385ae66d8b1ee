package io.switchboard.transport.stream;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Link.Direction;
import io.switchboard.peer.Link.TlsFacts;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What the steps of an {@link Opening} have learned of a connection beyond its socket's addresses.
 *
 * @param direction who connected to whom
 * @param client the real far end, where a proxy told it, {@linkplain
 *     io.switchboard.transport.Admission#claim claimed}; null where the socket's is
 * @param credentials the far end with whose process it is, of a Unix-domain socket; null else
 * @param tls null without TLS
 * @param name what the peer is to be called, from a certificate or a proxy; null without one
 */
record Introduction(
        Direction direction,
        @Nullable SocketAddress client,
        @Nullable Endpoint credentials,
        @Nullable TlsFacts tls,
        @Nullable String name) {

    /** Nothing but what the socket says itself. */
    static final Introduction NONE = new Introduction(Direction.INBOUND, null, null, null, null);

    /** The same of a connection that this service has made. */
    static final Introduction OUTBOUND =
            new Introduction(Direction.OUTBOUND, null, null, null, null);

    Introduction withClient(SocketAddress known) {
        return new Introduction(direction, known, credentials, tls, name);
    }

    Introduction withCredentials(Endpoint known) {
        return new Introduction(direction, client, known, tls, name);
    }

    Introduction withTls(TlsFacts known) {
        return new Introduction(direction, client, credentials, known, name);
    }

    Introduction withName(@Nullable String known) {
        return new Introduction(direction, client, credentials, tls, known);
    }
}
