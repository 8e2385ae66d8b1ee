package io.switchboard.events;

import io.switchboard.inbound.EventPeer;
import io.switchboard.inbound.EventType;
import io.switchboard.inbound.Ring;
import io.switchboard.peer.WallClock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event of a peer. Immutable, and without a reference to the session, which it may outlive.
 *
 * @param seq numbers all events of a run without gaps; a later run has greater numbers
 * @param nanos {@link System#nanoTime} when the event happened
 * @param payload what the peer sent, without framing; shared and never changed; null except for
 *     messages
 * @param reason one word: why a peer closed or a delivery failed; null for other types
 * @param delivery the id in the delivery's report; null except for {@link EventType#SEND_FAILED}
 */
@SuppressWarnings("ArrayRecordComponent") // events are not compared
public record Event(
        long seq,
        EventType type,
        long nanos,
        EventPeer peer,
        byte @Nullable [] payload,
        @Nullable String reason,
        @Nullable String delivery)
        implements Ring.Numbered {

    /** Returns when the event happened, as time of day. */
    public Instant at() {
        return WallClock.at(nanos);
    }

    @Override
    public int size() {
        return payload == null ? 0 : payload.length;
    }
}
