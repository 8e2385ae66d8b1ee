package io.switchboard.events;

import io.switchboard.inbound.EventPeer;
import io.switchboard.inbound.EventType;
import io.switchboard.inbound.Ring;
import io.switchboard.peer.WallClock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a peer. Immutable, and holds nothing of its session: it may outlive
 * that by long.
 *
 * @param seq orders all events, one apart; a later run's are greater than an earlier one's
 * @param nanos {@link System#nanoTime} when it happened
 * @param payload what the peer sent, without framing, changed by nobody; null but for messages
 * @param reason one word: why a peer closed or a delivery failed; null for the others
 * @param delivery the id in the delivery's report; null but for {@link EventType#SEND_FAILED}
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

    /** When it happened, by time of day. */
    public Instant at() {
        return WallClock.at(nanos);
    }

    @Override
    public int size() {
        return payload == null ? 0 : payload.length;
    }
}
