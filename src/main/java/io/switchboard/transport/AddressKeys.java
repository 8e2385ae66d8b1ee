package io.switchboard.transport;

import io.switchboard.peer.Transport;
import org.jspecify.annotations.Nullable;

/** Which keys say where a listener of a transport is bound. */
final class AddressKeys {
    private AddressKeys() {}

    /**
     * Looks at them.
     *
     * @throws IllegalArgumentException names the key, its value and what would be right
     */
    static void check(
            Transport transport, @Nullable Integer port, @Nullable String path, TlsProperties tls) {
        if (transport == Transport.TLS) {
            throw new IllegalArgumentException(
                    "transport is " + transport.word() + ": it takes tcp, udp or unix");
        }
        if (transport == Transport.UNIX && path == null) {
            throw new IllegalArgumentException(
                    "transport is unix and path is not set: it takes a path such as"
                            + " /run/switchboard/peers.sock");
        }
        if (transport != Transport.UNIX && port == null) {
            throw new IllegalArgumentException(
                    "port is not set: it takes 1 to 65535, or 0 to let the kernel choose");
        }
        if (transport != Transport.UNIX && path != null) {
            throw new IllegalArgumentException(
                    "path is "
                            + path
                            + " and transport "
                            + transport.word()
                            + ": a path is for"
                            + " transport unix");
        }
        if (transport != Transport.TCP && tls.bundle() != null) {
            throw new IllegalArgumentException(
                    "tls.bundle is "
                            + tls.bundle()
                            + " and transport "
                            + transport.word()
                            + ": TLS is for transport tcp");
        }
    }
}
