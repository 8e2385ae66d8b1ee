package io.switchboard.peer;

import java.nio.charset.Charset;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The properties that all peers of one listener share.
 *
 * @param proxied whether connections begin with a PROXY header, so that only a proxy can connect
 * @param needsCertificate whether only clients with a trusted certificate can connect
 * @param framing the name of the framing of received data
 * @param framingOut the name of the framing of sent data
 * @param charset the charset of the text of messages and sends
 * @param maxFrame the maximum length of a received frame in bytes, without framing
 * @param maxConnections the maximum number of peers at a time
 * @param maxConnectionsPerAddress the maximum number of peers at a time from one address; loopback
 *     addresses are exempt
 * @param limits the rates to which an operator limits the peers
 * @param idleTimeout the initial idle timeout of a peer; zero for none
 * @param end what happens when a peer ends its stream; null if the transport has no streams
 * @param identification the rules by which peers get names and groups
 * @param correlate its first capturing group matches a reply with its request; if null, a reply
 *     belongs to the oldest request
 * @param encoder applies {@code framingOut} to the messages of the service itself
 */
public record Listener(
        String name,
        Transport transport,
        boolean proxied,
        boolean needsCertificate,
        String framing,
        String framingOut,
        Charset charset,
        int maxFrame,
        int maxConnections,
        int maxConnectionsPerAddress,
        PeerLimits limits,
        Duration idleTimeout,
        @Nullable StreamEnd end,
        Identification identification,
        @Nullable LinearPattern correlate,
        Encoder encoder,
        ListenerSocket socket,
        ListenerCounters counters) {
    /** A listener's outgoing framing, for messages of the service itself such as a farewell. */
    @FunctionalInterface
    public interface Encoder {

        /** Returns the payload as one frame; null if the framing cannot represent it. */
        byte @Nullable [] frame(byte[] payload);
    }

    /**
     * Returns the line that tells a peer why it is closed, framed if the framing can represent it.
     */
    public byte[] errorLine(String word, String detail) {
        byte[] line = ("error " + word + ": " + detail).getBytes(charset);
        byte[] framed = encoder.frame(line);
        return framed == null ? line : framed;
    }
}
