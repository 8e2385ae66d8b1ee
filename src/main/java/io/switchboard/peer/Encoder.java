package io.switchboard.peer;

import org.jspecify.annotations.Nullable;

/** A listener's outgoing framing, for what the service itself has to say to a peer. */
@FunctionalInterface
public interface Encoder {

    /** The payload as one frame; null where the framing cannot carry it. */
    byte @Nullable [] frame(byte[] payload);
}
