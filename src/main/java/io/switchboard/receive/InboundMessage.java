package io.switchboard.receive;

import io.switchboard.peer.WallClock;
import java.time.Instant;

/**
 * One message that a peer sent.
 *
 * @param seq the sequence number of the message among those of its peer, from 1
 * @param nanos {@link System#nanoTime} at which the end of the message was received
 * @param payload the content without framing; shared by all receivers, which must not change it
 * @param incomplete whether the peer ended its stream before the end of the message
 */
@SuppressWarnings("ArrayRecordComponent") // messages are not compared
public record InboundMessage(long seq, long nanos, byte[] payload, boolean incomplete)
        implements Ring.Numbered {

    /** Returns the time of day at which the end of the message was received. */
    public Instant at() {
        return WallClock.at(nanos);
    }

    @Override
    public int size() {
        return payload.length;
    }
}
