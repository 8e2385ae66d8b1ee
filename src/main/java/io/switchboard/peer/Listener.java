package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the peers of one listener have in common.
 *
 * @param proxied whether its connections begin with a PROXY header, so that only a proxy can make
 *     them
 * @param framing the word of the framing of what peers send
 * @param framingOut the word of the framing of what is sent to them
 * @param maxFrame bytes of a received frame, without framing
 * @param maxConnections peers at a time
 * @param maxConnectionsPerAddress peers at a time from one address; loopback is exempt
 * @param idleTimeout zero when off
 * @param identification how its peers come by names
 * @param correlate its first group tells which question a frame answers; null: the oldest
 * @param encoder frames what the service itself says to them, as {@code framingOut} names it
 */
public record Listener(
        String name,
        Transport transport,
        boolean proxied,
        String framing,
        String framingOut,
        int maxFrame,
        int maxConnections,
        int maxConnectionsPerAddress,
        Duration idleTimeout,
        Identification identification,
        @Nullable Pattern correlate,
        Encoder encoder,
        ListenerSocket socket,
        ListenerCounters counters) {
    /** A listener's outgoing framing, for what the service itself has to say to a peer. */
    @FunctionalInterface
    public interface Encoder {

        /** The payload as one frame; null where the framing cannot carry it. */
        byte @Nullable [] frame(byte[] payload);
    }

    /**
     * Returns the line that tells a peer why it is closed, as a frame if the framing can carry it.
     */
    public byte[] errorLine(String word, String detail) {
        byte[] line = ("error " + word + ": " + detail).getBytes(UTF_8);
        byte[] framed = encoder.frame(line);
        return framed == null ? line : framed;
    }
}
