package io.switchboard.transport.config;

import io.switchboard.peer.PeerLimits;
import jakarta.validation.constraints.Positive;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * The rates to which an operator limits the peers of one listener. Without a value, a rate is not
 * limited. After a silence, the rate of one second may be used at once.
 *
 * @param messagesPerSecond messages of each peer; the service stops reading from a peer that sends
 *     more, and drops and counts the datagrams of udp
 * @param bytesPerSecond bytes of each peer, framing included; with the same effect
 * @param connectsPerSecond new peers of the listener; further connections wait in the backlog, and
 *     datagrams from further addresses are dropped and counted
 * @param connectsPerSecondPerAddress new peers from one IP address; further connections get an
 *     error line and are closed, and datagrams are dropped and counted
 */
public record LimitProperties(
        @Positive @Nullable Integer messagesPerSecond,
        @Nullable DataSize bytesPerSecond,
        @Positive @Nullable Integer connectsPerSecond,
        @Positive @Nullable Integer connectsPerSecondPerAddress) {

    public LimitProperties {
        if (bytesPerSecond != null && bytesPerSecond.toBytes() < 1) {
            throw ListenerRules.invalid(
                    "limits.bytes-per-second is %s: it takes 1B or more", bytesPerSecond);
        }
    }

    PeerLimits limits() {
        return new PeerLimits(
                messagesPerSecond,
                bytesPerSecond == null ? null : bytesPerSecond.toBytes(),
                connectsPerSecond,
                connectsPerSecondPerAddress);
    }
}
