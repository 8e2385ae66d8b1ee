package io.switchboard.transport.stream;

import io.switchboard.framing.Framing;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.transport.Admission;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one listener share.
 *
 * @param steps makes what a connection must take before it is a peer: none where it is one at once
 * @param handshakeDeadline for all steps together
 */
record StreamService(
        Listener listener,
        Binding binding,
        Supplier<List<Opening.Step>> steps,
        Duration handshakeDeadline,
        Framing in,
        Duration frameDeadline,
        Admission admission,
        AcceptLoop.Backoff backoff,
        PeerRegistry registry) {

    /** Gives back what a gone connection was counted as: its socket's address, and its client. */
    void left(@Nullable InetAddress socket, Introduction introduction) {
        SocketAddress client = introduction.client();
        if (client != null) {
            admission.release(Endpoint.ip(client));
        }
        admission.leave(socket);
    }
}
