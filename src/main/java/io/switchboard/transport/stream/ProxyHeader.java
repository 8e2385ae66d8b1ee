package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
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
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Arrays;
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

    private static final byte[] V1 = "PROXY ".getBytes(US_ASCII);
    private static final int V1_LONGEST = 107;

    private static final byte[] V2 = {
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
    };

    /** Behind the signature: version and command, family, and two bytes of length. */
    private static final int V2_FIXED = 16;

    private static final int V2_LENGTH_AT = 14;

    /** Addresses take at most 216 bytes; the rest is what proxies add about TLS. */
    private static final int V2_LONGEST = 4096;

    /** Reads exactly one header of either version; throws {@link Bad} when it is none. */
    static ProxyHeader read(byte[] header) throws Bad {
        // No thread and no socket is behind it: what is written in is decoded at once.
        EmbeddedChannel codec = new EmbeddedChannel(new HAProxyMessageDecoder());
        try {
            codec.writeInbound(Unpooled.wrappedBuffer(header));
            HAProxyMessage message = codec.readInbound();
            if (message == null) {
                throw new Bad(true, "its PROXY header is not complete");
            }
            try {
                return of(message);
            } finally {
                message.release();
            }
        } catch (RuntimeException e) {
            String why = String.valueOf(NestedExceptionUtils.getMostSpecificCause(e).getMessage());
            throw new Bad(true, "its PROXY header cannot be used: " + Printable.of(why));
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

    /**
     * Returns the length of the header that these bytes begin with, so that no byte behind it is
     * taken for it (sections 2.1 and 2.2).
     *
     * @return 0 where more must come before that can be told, or before it is complete
     * @throws Bad they begin with none, or with one that is too long
     */
    static int end(byte[] bytes) throws Bad {
        if (startsLike(bytes, V2)) {
            return endOfV2(bytes);
        }
        if (startsLike(bytes, V1)) {
            return endOfV1(bytes);
        }
        throw new Bad(false, "it sent no PROXY header");
    }

    private static boolean startsLike(byte[] bytes, byte[] signature) {
        int known = Math.min(bytes.length, signature.length);
        return Arrays.equals(bytes, 0, known, signature, 0, known);
    }

    private static int endOfV1(byte[] bytes) throws Bad {
        for (int at = V1.length; at < Math.min(bytes.length, V1_LONGEST); at++) {
            if (bytes[at] == '\n') {
                if (bytes[at - 1] == '\r') {
                    return at + 1;
                }
                throw new Bad(true, "its PROXY header ends in LF alone");
            }
        }
        if (bytes.length >= V1_LONGEST) {
            throw new Bad(true, "its PROXY header has no CRLF within " + V1_LONGEST + " bytes");
        }
        return 0;
    }

    private static int endOfV2(byte[] bytes) throws Bad {
        if (bytes.length < V2_FIXED) {
            return 0;
        }
        int announced =
                (bytes[V2_LENGTH_AT] & 0xff) << Byte.SIZE | (bytes[V2_LENGTH_AT + 1] & 0xff);
        if (announced > V2_LONGEST) {
            throw new Bad(
                    true,
                    "its PROXY header announces %d bytes: it may have %d"
                            .formatted(announced, V2_LONGEST));
        }
        int end = V2_FIXED + announced;
        return bytes.length < end ? 0 : end;
    }

    /** What came first is no PROXY header that can be used. */
    static final class Bad extends IOException {
        private static final long serialVersionUID = 1;

        private final boolean begun;

        private Bad(boolean begun, String message) {
            super(message);
            this.begun = begun;
        }

        /** Whether it began as one: else the sender does not know that one is expected. */
        boolean begun() {
            return begun;
        }
    }
}
