package io.switchboard.transport.stream;

import io.switchboard.framing.Framing;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.transport.Admission;
import java.time.Duration;

/** What the connections of one listener share. */
record StreamService(
        Listener listener,
        SocketSetup setup,
        Framing in,
        Framing out,
        Duration frameDeadline,
        Admission admission,
        Backoff backoff,
        PeerRegistry registry) {}
