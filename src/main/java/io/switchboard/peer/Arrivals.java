package io.switchboard.peer;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What has come from one peer so far. This object's monitor guards it and is held for an addition
 * or a look: the connection's own thread adds, anybody looks.
 */
final class Arrivals {
    private long messages;
    private long bytes;

    /** {@link System#nanoTime} of the last byte; counts when there was one. */
    private long last;

    synchronized void add(int newMessages, int newBytes) {
        messages += newMessages;
        bytes += newBytes;
        last = System.nanoTime();
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized Traffic traffic() {
        return new Traffic(messages, bytes);
    }

    /** When the last byte came; null before the first. */
    synchronized @Nullable Instant lastAt() {
        return bytes == 0 ? null : WallClock.at(last);
    }

    /** For how long none has come; {@link Long#MAX_VALUE} before the first. */
    synchronized long nanosSince(long now) {
        return bytes == 0 ? Long.MAX_VALUE : now - last;
    }
}
