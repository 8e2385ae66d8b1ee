package io.switchboard.transport.stream;

import io.switchboard.framing.Framing;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.transport.Admission;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * What the connections of one listener share.
 *
 * @param steps makes what a connection must take before it is a peer: none where it is one at once
 * @param handshakeDeadline for all steps together
 */
record StreamService(
        Listener listener,
        SocketSetup setup,
        Supplier<List<Step>> steps,
        Duration handshakeDeadline,
        Framing in,
        Framing out,
        Duration frameDeadline,
        Admission admission,
        Backoff backoff,
        PeerRegistry registry) {}
