package io.switchboard.peer;

import org.jspecify.annotations.Nullable;

/**
 * The rates to which an operator limits the peers of one listener; null for no limit. In each
 * second that follows a silence, a peer may use the rate of one second at once.
 *
 * @param messagesPerSecond received messages of each peer
 * @param bytesPerSecond received bytes of each peer, framing included
 * @param connectsPerSecond connections that the listener accepts
 * @param connectsPerSecondPerAddress connections that the listener accepts from one address
 */
public record PeerLimits(
        @Nullable Integer messagesPerSecond,
        @Nullable Long bytesPerSecond,
        @Nullable Integer connectsPerSecond,
        @Nullable Integer connectsPerSecondPerAddress) {
    public static final PeerLimits NONE = new PeerLimits(null, null, null, null);
}
