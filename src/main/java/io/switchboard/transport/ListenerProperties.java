package io.switchboard.transport;

import io.switchboard.framing.Fixed;
import io.switchboard.framing.Framing;
import io.switchboard.framing.Lines;
import io.switchboard.framing.Raw;
import io.switchboard.inbound.WebhookProperties;
import io.switchboard.peer.Identification;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.Listener.Encoder;
import io.switchboard.peer.Names;
import io.switchboard.peer.Network;
import io.switchboard.peer.Transport;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Positive;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * One listener.
 *
 * @param transport tcp, udp, or unix: a socket in the file system
 * @param host name or address to bind to; {@code 0.0.0.0} or {@code ::} for every interface of IPv4
 *     or of both
 * @param port 0 lets the kernel choose; there is no default but for the listener {@code default}
 * @param path of a {@code unix} socket, which has neither host nor port
 * @param mode of that file: who may write to it may connect
 * @param tls TLS on its connections, of transport tcp
 * @param backlog connections that may wait to be accepted; the kernel caps it at net.core.somaxconn
 * @param framing how frames are cut out of what peers send
 * @param framingOut how payloads are framed for them; without it, as {@code framing}
 * @param maxFrame the longest payload of a received frame
 * @param frameDeadline how long a frame may take from its first byte to its last
 * @param handshakeDeadline how long a connection may take until it is a peer, where there is more
 *     to it than connecting
 * @param proxyProtocol whether every connection begins with a header of the PROXY protocol, version
 *     1 or 2, that says who the client is
 * @param trustedProxies networks and addresses whose PROXY headers are believed; all others are
 *     refused
 * @param maxConnections peers at a time; without it, what the limit on open files allows
 * @param maxConnectionsPerAddress peers at a time from one address, loopback exempt; without it, a
 *     quarter of {@code maxConnections}
 * @param idleTimeout closes a peer when no byte went either way for so long; 0 is off; without it,
 *     60 s for udp, and off else
 * @param identify how peers come by names
 * @param correlate which frame answers a {@code wait=reply}: {@code fifo}, or a regular expression
 *     whose first group finds the same in the question and in its answer
 * @param onDuplicate what happens when a peer comes with the name of a live one
 * @param groups every peer of this listener is in these
 * @param webhook a back end that hears of its peers; null without one
 * @param sendTo networks that udp may send to although nothing has come from there
 * @param multicastGroups addresses of groups that udp joins
 * @param multicastInterface the network interface on which it does; without it, all that can
 * @param receiveBuffer what udp asks of the kernel for datagrams that wait to be read (SO_RCVBUF);
 *     it caps that at net.core.rmem_max
 */
public record ListenerProperties(
        @DefaultValue("tcp") Transport transport,
        @DefaultValue("127.0.0.1") @NotBlank String host,
        @Min(0) @Max(65_535) @Nullable Integer port,
        @Nullable String path,
        @DefaultValue("rw-rw----") String mode,
        @DefaultValue @Valid TlsProperties tls,
        @DefaultValue("4096") @Positive int backlog,
        @Nullable String framing,
        @Nullable String framingOut,
        @DefaultValue("64KB") DataSize maxFrame,
        @DefaultValue("60s") @DurationMin(millis = 1) Duration frameDeadline,
        @DefaultValue("5s") @DurationMin(millis = 1) Duration handshakeDeadline,
        @DefaultValue("false") boolean proxyProtocol,
        @DefaultValue List<Network> trustedProxies,
        @Positive @Nullable Integer maxConnections,
        @Positive @Nullable Integer maxConnectionsPerAddress,
        @DurationMin @Nullable Duration idleTimeout,
        @DefaultValue @Valid IdentifyProperties identify,
        @DefaultValue(FIFO) String correlate,
        @DefaultValue("allow-both") OnDuplicate onDuplicate,
        @DefaultValue List<String> groups,
        @Nullable @Valid WebhookProperties webhook,
        @DefaultValue List<String> sendTo,
        @DefaultValue List<String> multicastGroups,
        @Nullable String multicastInterface,
        @Nullable DataSize receiveBuffer) {

    public ListenerProperties {
        ListenerRules.checkAddress(transport, port, path, tls);
        ListenerRules.mode(mode);
        if (transport == Transport.UDP && framing != null) {
            throw ListenerRules.invalid(
                    "framing is %s, and of udp each datagram is a frame: leave it out (framing-out says how what is sent is framed)",
                    framing);
        }
        ListenerRules.checkDatagrams(
                transport, host, sendTo, multicastGroups, multicastInterface, receiveBuffer);
        ListenerRules.checkProxies(transport, proxyProtocol, trustedProxies, identify.proxyName());
        Framing in = framing == null ? unsaid(transport) : framing("framing", framing);
        Framing out = framingOut == null ? in : framing("framing-out", framingOut);
        identify.checkReply(out);
        identify.checkCertificate(tls);
        if (maxFrame.toBytes() < 1 || maxFrame.toBytes() > MAX_FRAME_LIMIT.toBytes()) {
            throw ListenerRules.invalid(
                    "max-frame is %s: it takes 1B to %s", maxFrame, MAX_FRAME_LIMIT);
        }
        correlation(correlate);
        groups.forEach(each -> ListenerRules.refuse("groups", Names.objectionToGroup(each)));
        if (in instanceof Fixed(int length) && length > maxFrame.toBytes()) {
            throw ListenerRules.invalid(
                    "framing is %s and max-frame %s, which no frame would pass: it takes fixed:1 to fixed:%s, or max-frame %sB",
                    framing, maxFrame, maxFrame.toBytes(), length);
        }
    }

    private static final String FIFO = "fifo";
    private static final Duration FORGOTTEN_AFTER = Duration.ofSeconds(60);
    private static final int MOST_ADDRESSES = 10_000;
    private static final DataSize MAX_FRAME_LIMIT = DataSize.ofMegabytes(64);

    private static Framing unsaid(Transport transport) {
        return transport == Transport.UDP ? Raw.RAW : Lines.LINE;
    }

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
        return framing == null ? unsaid(transport) : Framing.of(framing);
    }

    public Framing out() {
        return framingOut == null ? in() : Framing.of(framingOut);
    }

    /** After so long without a byte either way a peer is closed; zero is never. */
    public Duration idleLimit() {
        if (idleTimeout != null) {
            return idleTimeout;
        }
        return transport == Transport.UDP ? FORGOTTEN_AFTER : Duration.ZERO;
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
                throw ListenerRules.invalid(
                        "correlate is '%s', which has no group: it takes fifo, or an expression such as ^#(\\d+)",
                        correlate);
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

    /** Whether it is bound to a path, and not to an address of IP. */
    public boolean isUnix() {
        return transport == Transport.UNIX;
    }

    /** The port of one that is bound to an address of IP. */
    public int boundPort() {
        return Objects.requireNonNull(port, "checked above");
    }

    /** The path of one that is bound to one. */
    public Path socketPath() {
        return Path.of(Objects.requireNonNull(path, "checked above"));
    }

    /** Permissions of that file. */
    public Set<PosixFilePermission> socketMode() {
        return ListenerRules.mode(mode);
    }

    /** The bound on peers at a time, given or derived. */
    public int connectionLimit() {
        if (maxConnections != null) {
            return maxConnections;
        }
        int limit = OpenFiles.connectionLimit();
        return transport == Transport.UDP ? Math.min(limit, MOST_ADDRESSES) : limit;
    }

    /** The bound on peers at a time from one address, given or derived. */
    public int connectionLimitPerAddress() {
        return maxConnectionsPerAddress != null
                ? maxConnectionsPerAddress
                : Math.max(1, connectionLimit() / 4);
    }
}
