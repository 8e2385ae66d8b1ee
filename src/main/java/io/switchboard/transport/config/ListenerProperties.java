package io.switchboard.transport.config;

import io.switchboard.framing.FixedFraming;
import io.switchboard.framing.Framing;
import io.switchboard.net.Network;
import io.switchboard.peer.HalfClose;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.Names;
import io.switchboard.peer.StreamEnd;
import io.switchboard.peer.Transport;
import io.switchboard.peer.View;
import io.switchboard.transport.config.InputStart.Telnet;
import io.switchboard.webhook.WebhookProperties;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Positive;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The configuration keys of one listener. {@link ConfiguredListener} derives what they mean
 * together.
 *
 * @param transport tcp, udp, or unix for a socket in the file system
 * @param host name or address to bind to; {@code 0.0.0.0} for all interfaces of IPv4, {@code ::}
 *     for those of IPv4 and IPv6
 * @param port port to bind to; 0 lets the kernel choose. Required, except by {@code unix} and by
 *     the listener {@code default}
 * @param path path of the socket file of transport {@code unix}
 * @param mode permissions of the socket file; a process may connect if it may write to the file
 * @param tls TLS on the connections of transport {@code tcp}
 * @param backlog maximum number of connections that wait to be accepted; the kernel limits it to
 *     net.core.somaxconn
 * @param framing where a message of a peer starts and ends
 * @param framingOut framing of messages to peers; the default is {@code framing}
 * @param telnet whether peers are telnet clients, whose commands are removed; the default is auto
 *     for framing {@code line} and off for all others
 * @param refuseHttp whether a connection that begins with an HTTP request is answered and closed;
 *     the default is true for {@code line}, {@code lf} and {@code crlf}
 * @param skipBom whether a byte order mark of UTF-8 at the start of a connection is removed; the
 *     default is that of {@code refuseHttp}
 * @param charset charset of the text of messages and sends, and of the view {@code text}
 * @param maxFrame maximum length of the payload of a received frame
 * @param halfClose what happens when a peer has ended its output and still reads; {@code answer} by
 *     default, and not for udp
 * @param halfCloseTimeout maximum time in the state {@code half-closed}; 10 s by default
 * @param atEnd what happens to a frame that is unfinished when its peer ends the stream; by
 *     default, the framing decides
 * @param frameDeadline maximum time from the first to the last byte of a frame
 * @param handshakeDeadline maximum time for the PROXY header and the TLS handshake together
 * @param proxyProtocol whether every connection begins with a PROXY protocol header, version 1 or
 *     2, which gives the address of the client
 * @param trustedProxies networks and addresses whose PROXY headers are accepted; connections from
 *     all others are refused
 * @param maxConnections maximum number of peers; by default, what the limit on open files allows
 * @param maxConnectionsPerAddress maximum number of peers with the same IP address, except
 *     loopback; by default, a quarter of {@code maxConnections}
 * @param limits rates to which the peers are limited
 * @param idleTimeout closes a peer after this time without a byte in either direction; 0 disables
 *     it; the default is 60 s for udp and 0 for other transports
 * @param identify where the names of peers come from
 * @param correlate how a {@code wait=reply} finds its reply: {@code fifo} for the next frame, or a
 *     regular expression whose first group is equal in the request and in its reply
 * @param correlateView what that expression is searched in
 * @param onDuplicate what happens if a peer gets the name of a connected peer
 * @param groups groups that every peer of this listener belongs to
 * @param webhook back end that receives the events of the peers; null for none
 * @param sendTo networks to which udp may send without having received a datagram from there
 * @param multicastGroups addresses of the multicast groups that udp joins
 * @param multicastInterface network interface on which udp joins the groups; by default, all
 *     interfaces that support multicast
 * @param receiveBuffer size of the kernel's receive buffer of udp (SO_RCVBUF); the kernel limits it
 *     to net.core.rmem_max
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
        @Nullable Telnet telnet,
        @Nullable Boolean refuseHttp,
        @Nullable Boolean skipBom,
        @DefaultValue("UTF-8") String charset,
        @DefaultValue("64KB") DataSize maxFrame,
        @Nullable HalfClose halfClose,
        @DurationMin(millis = 1) @Nullable Duration halfCloseTimeout,
        StreamEnd.@Nullable AtEnd atEnd,
        @DefaultValue("60s") @DurationMin(millis = 1) Duration frameDeadline,
        @DefaultValue("5s") @DurationMin(millis = 1) Duration handshakeDeadline,
        @DefaultValue("false") boolean proxyProtocol,
        @DefaultValue List<Network> trustedProxies,
        @Positive @Nullable Integer maxConnections,
        @Positive @Nullable Integer maxConnectionsPerAddress,
        @DefaultValue @Valid LimitProperties limits,
        @DurationMin @Nullable Duration idleTimeout,
        @DefaultValue @Valid IdentifyProperties identify,
        @DefaultValue(FIFO) String correlate,
        @DefaultValue("bytes") View correlateView,
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
        ListenerRules.checkStream(transport, telnet, refuseHttp, skipBom);
        ListenerRules.checkDatagrams(
                transport, host, sendTo, multicastGroups, multicastInterface, receiveBuffer);
        ListenerRules.checkEnd(transport, halfClose, halfCloseTimeout, atEnd);
        ListenerRules.checkProxies(transport, proxyProtocol, trustedProxies, identify.proxyName());
        Framing in =
                ListenerRules.framing(
                        "framing", framing, ConfiguredListener.defaultFraming(transport));
        Framing out =
                ListenerRules.framing(
                        "framing-out", framingOut, ConfiguredListener.defaultFramingOut(in));
        if (out.hasAlternatives()) {
            throw ListenerRules.invalid(
                    "framing-out is '%s', and what is sent is framed in one way: it takes one of these alternatives, or raw",
                    framingOut);
        }
        identify.checkReply(out);
        identify.checkCertificate(tls);
        if (maxFrame.toBytes() < 1 || maxFrame.toBytes() > MAX_FRAME_LIMIT.toBytes()) {
            throw ListenerRules.invalid(
                    "max-frame is %s: it takes 1B to %s", maxFrame, MAX_FRAME_LIMIT);
        }
        Charset text = ListenerRules.charset(charset, in, out);
        ListenerRules.correlation(correlate, correlateView, text);
        groups.forEach(each -> ListenerRules.refuse("groups", Names.groupError(each)));
        if (in instanceof FixedFraming(int length) && length > maxFrame.toBytes()) {
            throw ListenerRules.invalid(
                    "framing is %s and max-frame %s, which no frame would pass: it takes fixed:1 to fixed:%s, or max-frame %sB",
                    framing, maxFrame, maxFrame.toBytes(), length);
        }
    }

    static final String FIFO = "fifo";
    private static final DataSize MAX_FRAME_LIMIT = DataSize.ofMegabytes(64);
}
