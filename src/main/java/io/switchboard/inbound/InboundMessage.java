package io.switchboard.inbound;

import io.switchboard.peer.WallClock;
import java.time.Instant;

/**
 * One frame that a peer sent.
 *
 * @param seq counts the messages of this peer, from 1
 * @param nanos {@link System#nanoTime} when the last of it came
 * @param payload without framing; shared by all who hear of it, and changed by none
 */
@SuppressWarnings("ArrayRecordComponent") // messages are not compared
public record InboundMessage(long seq, long nanos, byte[] payload) implements Ring.Numbered {

    /** When the last of it came, by time of day. */
    public Instant at() {
        return WallClock.at(nanos);
    }

    @Override
    public int size() {
        return payload.length;
    }
}
