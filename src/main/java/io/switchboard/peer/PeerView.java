package io.switchboard.peer;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.PeerSnapshot.PeerState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The facts that a live session and a closed peer share, for filters and sorts. */
public interface PeerView {
    PeerId id();

    PeerState state();

    @Nullable String name();

    List<String> groups();

    String listenerName();

    /** Returns {@link Transport#word}. */
    String transportWord();

    Endpoint peername();

    Endpoint sockname();

    /** Returns when the last byte was received; null before the first. */
    @Nullable Instant lastReceivedAt();

    /** Returns when the kernel accepted the last byte; null before the first. */
    @Nullable Instant lastSentAt();

    /** Returns when the last byte was received or sent; before the first, when it connected. */
    Instant lastActiveAt();

    long receivedBytes();

    long sentBytes();

    /** Returns the number of bytes queued in the outbox. */
    long queuedBytes();
}
