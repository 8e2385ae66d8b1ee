package io.switchboard.transport.stream;

import io.switchboard.framing.Framing;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.Link.Direction;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.transport.ConnectionLimiter;
import io.switchboard.transport.config.InputStart;
import io.switchboard.transport.tls.HandshakeExecutor;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one listener share.
 *
 * @param steps creates the setup steps of one connection; an empty list makes it a peer at once
 * @param handshakes threads of TLS handshakes; null if the listener has no TLS
 * @param handshakeDeadline time for all setup steps together, from accept(2)
 * @param framing framing of received bytes
 * @param start what may precede the first frame
 * @param http answers HTTP clients
 * @param frameDeadline time from the first to the last byte of a received frame
 */
public record ListenerContext(
        Listener listener,
        Binding binding,
        Supplier<List<ConnectionSetup.Step>> steps,
        @Nullable HandshakeExecutor handshakes,
        Duration handshakeDeadline,
        Framing framing,
        InputStart start,
        HttpRequests http,
        Duration frameDeadline,
        ConnectionLimiter limiter,
        AcceptLoop.Backoff backoff,
        PeerRegistry registry) {

    /** Returns what connections share after a change of the listener that needs no new socket. */
    ListenerContext with(Listener changed, Duration handshake, Duration frame) {
        return new ListenerContext(
                changed,
                binding,
                steps,
                handshakes,
                handshake,
                framing,
                start,
                http,
                frame,
                limiter,
                backoff,
                registry);
    }

    /**
     * Releases a closed connection in the limiter: its socket's address, unless this service has
     * made the connection, and its client.
     */
    void release(@Nullable InetAddress socket, ConnectionInfo info) {
        SocketAddress client = info.client();
        if (client != null) {
            limiter.releaseClient(Endpoint.ip(client));
        }
        limiter.release(info.direction() == Direction.OUTBOUND ? null : socket);
    }
}
