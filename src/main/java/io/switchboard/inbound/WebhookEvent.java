package io.switchboard.inbound;

import io.switchboard.peer.WallClock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to a back end.
 *
 * @param seq counts the events of this webhook, from 1
 * @param nanos {@link System#nanoTime} when it happened
 * @param name the peer's at that time; null without one
 * @param payload what the peer sent; null but for messages. Changed by nobody
 * @param reason why the peer was closed; null but for that
 */
@SuppressWarnings("ArrayRecordComponent") // events are not compared
record WebhookEvent(
        long seq,
        EventType type,
        long nanos,
        @Nullable String name,
        byte @Nullable [] payload,
        @Nullable String reason) {

    /** What the event itself takes in memory, and its place in a queue, about. */
    private static final int OVERHEAD = 128;

    /** By time of day. */
    Instant at() {
        return WallClock.at(nanos);
    }

    /** Bytes of memory. */
    int size() {
        return OVERHEAD + (payload == null ? 0 : payload.length);
    }
}
