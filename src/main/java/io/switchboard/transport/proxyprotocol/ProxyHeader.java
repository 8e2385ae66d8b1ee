package io.switchboard.transport.proxyprotocol;

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
import io.switchboard.net.Printable;
import io.switchboard.peer.Link.TlsFacts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;

/**
 * The header in which a proxy describes the connection that it forwards (HAProxy's
 * doc/proxy-protocol.txt). Netty's codec decodes it; this class finds its end.
 *
 * @param client the address that connected to the proxy; null if the proxy connects for itself, as
 *     its health checks do (LOCAL), or does not know the client (UNKNOWN)
 * @param authority the host name that the client requested, usually by SNI; null if there is none
 * @param commonName the common name of the client's certificate, which the proxy has verified; null
 *     if there is none
 * @param tls the TLS parameters of the client's connection if the proxy terminated TLS; null if not
 */
record ProxyHeader(
        @Nullable SocketAddress client,
        @Nullable String authority,
        @Nullable String commonName,
        @Nullable TlsFacts tls) {

    private static final Logger log = LoggerFactory.getLogger(ProxyHeader.class);

    /** PP2_SUBTYPE_SSL_CIPHER, which has no constant in Netty's codec. */
    private static final byte CIPHER = 0x23;

    private static final byte[] V1_SIGNATURE = "PROXY ".getBytes(US_ASCII);

    /** Groups: what is before the source port 0, and what follows it. */
    private static final Pattern V1_NO_SOURCE_PORT =
            Pattern.compile("(PROXY TCP[46] \\S+ \\S+) 0 (\\d+\r\n)");

    private static final int V1_MAX_LENGTH = 107;

    private static final byte[] V2_SIGNATURE = {
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
    };

    /** Signature (12 bytes), version and command, family, and two bytes of length. */
    private static final int V2_FIXED_LENGTH = 16;

    private static final int V2_LENGTH_OFFSET = 14;

    /**
     * The most bytes accepted behind the fixed part. Addresses take at most 216; the rest is for
     * TLVs, in which proxies describe TLS.
     */
    private static final int V2_MAX_LENGTH = 4096;

    /**
     * Decodes exactly one header of either version.
     *
     * @throws InvalidHeader if the bytes are not one complete, valid header of a stream connection
     */
    static ProxyHeader decode(byte[] header) throws InvalidHeader {
        // This channel has no thread and no socket: it decodes bytes when they are written to it.
        EmbeddedChannel codec = new EmbeddedChannel(new HAProxyMessageDecoder());
        boolean noPort = hasNoSourcePort(header);
        try {
            byte[] decodable = noPort ? withPortOne(header) : header;
            codec.writeInbound(Unpooled.wrappedBuffer(decodable));
            HAProxyMessage message = codec.readInbound();
            if (message == null) {
                throw new InvalidHeader(true, "its PROXY header is incomplete");
            }
            try {
                return of(message, noPort ? 0 : message.sourcePort());
            } finally {
                message.release();
            }
        } catch (RuntimeException e) {
            String reason =
                    String.valueOf(NestedExceptionUtils.getMostSpecificCause(e).getMessage());
            throw new InvalidHeader(true, "its PROXY header is invalid: " + Printable.of(reason));
        } finally {
            release(codec);
        }
    }

    /** Releases the codec. If it has rejected a header, it rejects the rest of it here again. */
    private static void release(EmbeddedChannel codec) {
        try {
            codec.finishAndReleaseAll();
        } catch (DecoderException e) {
            log.trace("the codec rejected the rest of the header", e);
        }
    }

    /**
     * Returns whether this is a header of version 1 with source port 0, which the codec rejects. A
     * proxy sends it if it does not know the port, or hides it.
     */
    private static boolean hasNoSourcePort(byte[] header) {
        return startsLike(header, V1_SIGNATURE)
                && V1_NO_SOURCE_PORT.matcher(new String(header, US_ASCII)).matches();
    }

    private static byte[] withPortOne(byte[] header) {
        Matcher matcher = V1_NO_SOURCE_PORT.matcher(new String(header, US_ASCII));
        return matcher.replaceFirst("$1 1 $2").getBytes(US_ASCII);
    }

    private static ProxyHeader of(HAProxyMessage message, int sourcePort) {
        SocketAddress client =
                switch (message.proxiedProtocol()) {
                    case UNKNOWN -> null;
                    case TCP4, TCP6 ->
                            new InetSocketAddress(
                                    InetAddress.ofLiteral(message.sourceAddress()), sourcePort);
                    case UNIX_STREAM -> UnixDomainSocketAddress.of(path(message));
                    case UDP4, UDP6, UNIX_DGRAM ->
                            throw new IllegalArgumentException(
                                    message.proxiedProtocol() + " is not a stream protocol");
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

    /** Returns the client's path, decoded as UTF-8: the codec makes a character of each byte. */
    private static String path(HAProxyMessage message) {
        return new String(message.sourceAddress().getBytes(ISO_8859_1), UTF_8);
    }

    private static @Nullable TlsFacts facts(HAProxySSLTLV ssl, @Nullable String authority) {
        List<HAProxyTLV> details = ssl.encapsulatedTLVs();
        String version = text(details, tlv -> tlv.type() == HAProxyTLV.Type.PP2_TYPE_SSL_VERSION);
        if (version == null) {
            return null; // the protocol requires it
        }
        String name = verifiedName(ssl);
        return new TlsFacts(
                version,
                text(details, tlv -> tlv.typeByteValue() == CIPHER),
                authority,
                name == null ? null : "CN=" + Rdn.escapeValue(name));
    }

    /** Returns the certificate's common name; null if the proxy has not verified a certificate. */
    private static @Nullable String verifiedName(HAProxySSLTLV ssl) {
        boolean presented = ssl.isPP2ClientCertConn() || ssl.isPP2ClientCertSess();
        return presented && ssl.verify() == 0
                ? text(ssl.encapsulatedTLVs(), tlv -> tlv.type() == HAProxyTLV.Type.PP2_TYPE_SSL_CN)
                : null;
    }

    private static @Nullable String text(List<HAProxyTLV> tlvs, Predicate<HAProxyTLV> filter) {
        return tlvs.stream()
                .filter(filter)
                .map(tlv -> tlv.content().toString(UTF_8))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse(null);
    }

    /**
     * Returns the length of the header that these bytes begin with, so that the bytes behind it can
     * be kept (sections 2.1 and 2.2).
     *
     * @return 0 if more bytes are needed before the header is complete
     * @throws InvalidHeader if the bytes do not begin with a header, or with one that is too long
     */
    static int length(byte[] bytes) throws InvalidHeader {
        if (startsLike(bytes, V2_SIGNATURE)) {
            return lengthOfV2(bytes);
        }
        if (startsLike(bytes, V1_SIGNATURE)) {
            return lengthOfV1(bytes);
        }
        throw new InvalidHeader(false, "it does not begin with a PROXY header");
    }

    private static boolean startsLike(byte[] bytes, byte[] signature) {
        int count = Math.min(bytes.length, signature.length);
        return Arrays.equals(bytes, 0, count, signature, 0, count);
    }

    private static int lengthOfV1(byte[] bytes) throws InvalidHeader {
        for (int at = V1_SIGNATURE.length; at < Math.min(bytes.length, V1_MAX_LENGTH); at++) {
            if (bytes[at] == '\n') {
                if (bytes[at - 1] == '\r') {
                    return at + 1;
                }
                throw new InvalidHeader(true, "its PROXY header ends with LF instead of CRLF");
            }
        }
        if (bytes.length >= V1_MAX_LENGTH) {
            throw new InvalidHeader(
                    true, "its PROXY header has no CRLF within " + V1_MAX_LENGTH + " bytes");
        }
        return 0;
    }

    private static int lengthOfV2(byte[] bytes) throws InvalidHeader {
        if (bytes.length < V2_FIXED_LENGTH) {
            return 0;
        }
        int announced =
                (bytes[V2_LENGTH_OFFSET] & 0xff) << Byte.SIZE
                        | (bytes[V2_LENGTH_OFFSET + 1] & 0xff);
        if (announced > V2_MAX_LENGTH) {
            throw new InvalidHeader(
                    true,
                    "its PROXY header announces %d bytes, and at most %d are accepted"
                            .formatted(announced, V2_MAX_LENGTH));
        }
        int length = V2_FIXED_LENGTH + announced;
        return bytes.length < length ? 0 : length;
    }

    /** A connection does not begin with a valid PROXY header; the message says why. */
    static final class InvalidHeader extends IOException {
        private static final long serialVersionUID = 1;

        private final boolean signatureMatches;

        private InvalidHeader(boolean signatureMatches, String message) {
            super(message);
            this.signatureMatches = signatureMatches;
        }

        /**
         * Returns whether the bytes begin like a header. If not, the sender apparently does not
         * know that a header is required.
         */
        boolean signatureMatches() {
            return signatureMatches;
        }
    }
}
