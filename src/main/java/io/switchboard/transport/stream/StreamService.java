package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.framing.Framing;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.transport.Admission;
import java.time.Duration;

/** What the connections of one listener share. */
record StreamService(
        Listener listener,
        Framing in,
        Framing out,
        Duration frameDeadline,
        Admission admission,
        Backoff backoff,
        PeerRegistry registry) {

    /**
     * What a peer is told before it is closed for a reason of its own: a frame where its framing
     * can carry that, and else the line alone, which somebody may read in a trace.
     */
    byte[] errorLine(String word, String detail) {
        byte[] line = ("error " + word + ": " + detail).getBytes(UTF_8);
        return out.objection(line).isEmpty() ? out.encode(line) : line;
    }
}
