package io.switchboard.transport;

import io.switchboard.framing.Fixed;
import io.switchboard.framing.Framing;
import io.switchboard.inbound.WebhookProperties;
import io.switchboard.peer.Encoder;
import io.switchboard.peer.Identification;
import io.switchboard.peer.Names;
import io.switchboard.peer.OnDuplicate;
import io.switchboard.peer.Transport;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Positive;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * One listener.
 *
 * @param transport tcp
 * @param host name or address to bind to; {@code 0.0.0.0} or {@code ::} for every interface of IPv4
 *     or of both
 * @param port 0 lets the kernel choose; there is no default but for the listener {@code default}
 * @param tls TLS on its connections, of transport tcp
 * @param backlog connections that may wait to be accepted; the kernel caps it at net.core.somaxconn
 * @param framing how frames are cut out of what peers send
 * @param framingOut how payloads are framed for them; without it, as {@code framing}
 * @param maxFrame the longest payload of a received frame
 * @param frameDeadline how long a frame may take from its first byte to its last
 * @param handshakeDeadline how long a connection may take until it is a peer, where there is more
 *     to it than connecting
 * @param maxConnections peers at a time; without it, what the limit on open files allows
 * @param maxConnectionsPerAddress peers at a time from one address, loopback exempt; without it, a
 *     quarter of {@code maxConnections}
 * @param idleTimeout closes a peer when no byte went either way for so long; 0 is off
 * @param identify how peers come by names
 * @param correlate which frame answers a {@code wait=reply}: {@code fifo}, or a regular expression
 *     whose first group finds the same in the question and in its answer
 * @param onDuplicate what happens when a peer comes with the name of a live one
 * @param groups every peer of this listener is in these
 * @param webhook a back end that hears of its peers; null without one
 */
public record ListenerProperties(
        @DefaultValue("tcp") Transport transport,
        @DefaultValue("127.0.0.1") @NotBlank String host,
        @NotNull @Min(0) @Max(65_535) Integer port,
        @DefaultValue @Valid TlsProperties tls,
        @DefaultValue("4096") @Positive int backlog,
        @DefaultValue("line") String framing,
        @Nullable String framingOut,
        @DefaultValue("64KB") DataSize maxFrame,
        @DefaultValue("60s") @DurationMin(millis = 1) Duration frameDeadline,
        @DefaultValue("5s") @DurationMin(millis = 1) Duration handshakeDeadline,
        @Positive @Nullable Integer maxConnections,
        @Positive @Nullable Integer maxConnectionsPerAddress,
        @DefaultValue("0s") @DurationMin Duration idleTimeout,
        @DefaultValue @Valid IdentifyProperties identify,
        @DefaultValue(FIFO) String correlate,
        @DefaultValue("allow-both") OnDuplicate onDuplicate,
        @DefaultValue List<String> groups,
        @Nullable @Valid WebhookProperties webhook) {

    public ListenerProperties {
        if (transport != Transport.TCP) {
            throw new IllegalArgumentException(
                    "transport is " + transport.word() + ": it takes " + Transport.TCP.word());
        }
        Framing in = framing("framing", framing);
        Framing out = framingOut == null ? in : framing("framing-out", framingOut);
        identify.checkReply(out);
        identify.checkCertificate(tls);
        if (maxFrame.toBytes() < 1 || maxFrame.toBytes() > MAX_FRAME_LIMIT.toBytes()) {
            throw new IllegalArgumentException(
                    "max-frame is " + maxFrame + ": it takes 1B to " + MAX_FRAME_LIMIT);
        }
        correlation(correlate);
        for (String group : groups) {
            Optional<String> objection = Names.objectionToGroup(group);
            if (objection.isPresent()) {
                throw new IllegalArgumentException("groups: " + objection.get());
            }
        }
        if (in instanceof Fixed(int length) && length > maxFrame.toBytes()) {
            throw new IllegalArgumentException(
                    "framing is "
                            + framing
                            + " and max-frame "
                            + maxFrame
                            + ", which no frame would pass: it takes fixed:1 to fixed:"
                            + maxFrame.toBytes()
                            + ", or max-frame "
                            + length
                            + "B");
        }
    }

    private static final String FIFO = "fifo";
    private static final DataSize MAX_FRAME_LIMIT = DataSize.ofMegabytes(64);

    private static Framing framing(String key, String word) {
        try {
            return Framing.of(word);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(key + ": " + e.getMessage(), e);
        }
    }

    /** What its peers are connected by. */
    public Transport carrier() {
        return tls.bundle() == null ? transport : Transport.TLS;
    }

    public Framing in() {
        return Framing.of(framing);
    }

    public Framing out() {
        return Framing.of(framingOut == null ? framing : framingOut);
    }

    /** The expression that tells which question a frame answers; null for the oldest. */
    public @Nullable Pattern correlation() {
        return correlation(correlate);
    }

    private static @Nullable Pattern correlation(String correlate) {
        if (correlate.equals(FIFO)) {
            return null;
        }
        try {
            Pattern pattern = Pattern.compile(correlate);
            if (pattern.matcher("").groupCount() == 0) {
                throw new IllegalArgumentException(
                        "correlate is '"
                                + correlate
                                + "', which has no group: it takes fifo, or an expression such as"
                                + " ^#(\\d+)");
            }
            return pattern;
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "correlate is neither fifo nor a regular expression: " + e.getMessage(), e);
        }
    }

    /** For what the service itself says to peers. */
    public Encoder encoder() {
        Framing framing = out();
        return payload -> framing.objection(payload).isPresent() ? null : framing.encode(payload);
    }

    /** How this listener's peers come by names and groups. */
    public Identification identification() {
        return identify.identification(out(), onDuplicate, groups);
    }

    /** The bound on peers at a time, given or derived. */
    public int connectionLimit() {
        return maxConnections != null ? maxConnections : OpenFiles.connectionLimit();
    }

    /** The bound on peers at a time from one address, given or derived. */
    public int connectionLimitPerAddress() {
        return maxConnectionsPerAddress != null
                ? maxConnectionsPerAddress
                : Math.max(1, connectionLimit() / 4);
    }
}
