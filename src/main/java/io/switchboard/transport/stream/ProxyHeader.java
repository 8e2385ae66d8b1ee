package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import io.switchboard.peer.Link.TlsFacts;
import io.switchboard.peer.Printable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.function.Predicate;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;

/**
 * What a proxy says of the connection that it hands on (HAProxy's doc/proxy-protocol.txt). Netty's
 * codec reads it.
 *
 * @param client who connected to the proxy; null where it speaks for itself, as its health checks
 *     do (LOCAL), or does not know (UNKNOWN)
 * @param authority the host name that the client asked for, its SNI as a rule; null without one
 * @param commonName of the client's certificate, which the proxy has verified; null without one
 * @param tls of the client's connection, where the proxy ended that; null else
 */
record ProxyHeader(
        @Nullable SocketAddress client,
        @Nullable String authority,
        @Nullable String commonName,
        @Nullable TlsFacts tls) {

    private static final Logger log = LoggerFactory.getLogger(ProxyHeader.class);

    /** PP2_SUBTYPE_SSL_CIPHER, for which the codec has no name. */
    private static final byte CIPHER = 0x23;

    /**
     * Reads a header of either version.
     *
     * @param header the whole of it, and nothing else
     * @throws BadProxyHeader it is none
     */
    static ProxyHeader read(byte[] header) throws BadProxyHeader {
        // No thread and no socket is behind it: what is written in is decoded at once.
        EmbeddedChannel codec = new EmbeddedChannel(new HAProxyMessageDecoder());
        try {
            codec.writeInbound(Unpooled.wrappedBuffer(header));
            HAProxyMessage message = codec.readInbound();
            if (message == null) {
                throw new BadProxyHeader(true, "its PROXY header is not complete");
            }
            try {
                return of(message);
            } finally {
                message.release();
            }
        } catch (RuntimeException e) {
            String why = String.valueOf(NestedExceptionUtils.getMostSpecificCause(e).getMessage());
            throw new BadProxyHeader(true, "its PROXY header cannot be used: " + Printable.of(why));
        } finally {
            release(codec);
        }
    }

    /** A codec that has refused a header tries what is left of it once more when it ends. */
    private static void release(EmbeddedChannel codec) {
        try {
            codec.finishAndReleaseAll();
        } catch (DecoderException e) {
            log.trace("and so it is refused again", e);
        }
    }

    private static ProxyHeader of(HAProxyMessage message) {
        SocketAddress client =
                switch (message.proxiedProtocol()) {
                    case UNKNOWN -> null;
                    case TCP4, TCP6 ->
                            new InetSocketAddress(
                                    InetAddress.ofLiteral(message.sourceAddress()),
                                    message.sourcePort());
                    case UNIX_STREAM -> UnixDomainSocketAddress.of(path(message));
                    case UDP4, UDP6, UNIX_DGRAM ->
                            throw new IllegalArgumentException(
                                    message.proxiedProtocol() + " is no stream");
                };
        String authority =
                text(message.tlvs(), tlv -> tlv.type() == HAProxyTLV.Type.PP2_TYPE_AUTHORITY);
        for (HAProxyTLV each : message.tlvs()) {
            if (each instanceof HAProxySSLTLV ssl && ssl.isPP2ClientSSL()) {
                return new ProxyHeader(client, authority, verifiedName(ssl), facts(ssl, authority));
            }
        }
        return new ProxyHeader(client, authority, null, null);
    }

    /** The codec takes each byte for a character. */
    private static String path(HAProxyMessage message) {
        return new String(message.sourceAddress().getBytes(ISO_8859_1), UTF_8);
    }

    private static @Nullable TlsFacts facts(HAProxySSLTLV ssl, @Nullable String authority) {
        List<HAProxyTLV> known = ssl.encapsulatedTLVs();
        String version = text(known, tlv -> tlv.type() == HAProxyTLV.Type.PP2_TYPE_SSL_VERSION);
        if (version == null) {
            return null; // the protocol asks for it
        }
        String name = verifiedName(ssl);
        return new TlsFacts(
                version,
                text(known, tlv -> tlv.typeByteValue() == CIPHER),
                authority,
                name == null ? null : "CN=" + Rdn.escapeValue(name));
    }

    /** A certificate that the proxy let pass though it could not verify it says nothing. */
    private static @Nullable String verifiedName(HAProxySSLTLV ssl) {
        boolean shown = ssl.isPP2ClientCertConn() || ssl.isPP2ClientCertSess();
        return shown && ssl.verify() == 0
                ? text(ssl.encapsulatedTLVs(), tlv -> tlv.type() == HAProxyTLV.Type.PP2_TYPE_SSL_CN)
                : null;
    }

    private static @Nullable String text(List<HAProxyTLV> tlvs, Predicate<HAProxyTLV> which) {
        return tlvs.stream()
                .filter(which)
                .map(tlv -> tlv.content().toString(UTF_8))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse(null);
    }
}
