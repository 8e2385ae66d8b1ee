package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/**
 * Where a header of the PROXY protocol ends, so that no byte behind it is taken for it (HAProxy's
 * doc/proxy-protocol.txt, 2.1 and 2.2).
 */
final class ProxyHeaderEnd {
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

    private ProxyHeaderEnd() {}

    /**
     * How long the header is that these bytes begin with.
     *
     * @return 0 where more must come before that can be told, or before it is complete
     * @throws BadProxyHeader they begin with none, or with one that is too long
     */
    static int find(byte[] bytes) throws BadProxyHeader {
        if (startsLike(bytes, V2)) {
            return endOfV2(bytes);
        }
        if (startsLike(bytes, V1)) {
            return endOfV1(bytes);
        }
        throw new BadProxyHeader(false, "it sent no PROXY header");
    }

    private static boolean startsLike(byte[] bytes, byte[] signature) {
        int known = Math.min(bytes.length, signature.length);
        return Arrays.equals(bytes, 0, known, signature, 0, known);
    }

    private static int endOfV1(byte[] bytes) throws BadProxyHeader {
        for (int at = V1.length; at < Math.min(bytes.length, V1_LONGEST); at++) {
            if (bytes[at] == '\n') {
                if (bytes[at - 1] == '\r') {
                    return at + 1;
                }
                throw new BadProxyHeader(true, "its PROXY header ends in LF alone");
            }
        }
        if (bytes.length >= V1_LONGEST) {
            throw new BadProxyHeader(
                    true, "its PROXY header has no CRLF within " + V1_LONGEST + " bytes");
        }
        return 0;
    }

    private static int endOfV2(byte[] bytes) throws BadProxyHeader {
        if (bytes.length < V2_FIXED) {
            return 0;
        }
        int announced =
                (bytes[V2_LENGTH_AT] & 0xff) << Byte.SIZE | (bytes[V2_LENGTH_AT + 1] & 0xff);
        if (announced > V2_LONGEST) {
            throw new BadProxyHeader(
                    true,
                    "its PROXY header announces %d bytes: it may have %d"
                            .formatted(announced, V2_LONGEST));
        }
        int end = V2_FIXED + announced;
        return bytes.length < end ? 0 : end;
    }
}
