package io.switchboard.peer;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The facts that a live session and a closed peer share, for filters and sorts. */
public interface PeerView {
    PeerId id();

    @Nullable String name();

    List<String> groups();

    String listenerName();

    /** Returns {@link Transport#word}. */
    String transportWord();

    Endpoint peername();

    Endpoint sockname();

    /** Returns when the last byte was received; null before the first. */
    @Nullable Instant lastReceivedAt();

    /** Returns when the kernel took the last byte; null before the first. */
    @Nullable Instant lastSentAt();

    /** Returns when the last byte was received or sent; before the first, when it connected. */
    Instant lastActiveAt();

    long receivedBytes();

    long sentBytes();

    /** Returns the bytes that wait in the outbox. */
    long queuedBytes();
}
