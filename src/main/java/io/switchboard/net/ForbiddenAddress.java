package io.switchboard.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Addresses to which the service never posts, dials or sends the first datagram, even if the
 * configuration or a request names them: link-local addresses and the metadata services of clouds,
 * which give a machine its credentials. Most metadata services are link-local. The others listed
 * here belong to Alibaba, Azure, Oracle, Google and AWS.
 */
public final class ForbiddenAddress {
    private static final List<InetAddress> METADATA =
            List.of(
                    InetAddress.ofLiteral("100.100.100.200"),
                    InetAddress.ofLiteral("168.63.129.16"),
                    InetAddress.ofLiteral("192.0.0.192"),
                    InetAddress.ofLiteral("fd20:ce::254"));

    /** The prefix fd00:ec2::/32, which AWS uses for the local services of an instance. */
    private static final byte[] AWS = {(byte) 0xfd, 0, 0x0e, (byte) 0xc2};

    private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
    private static final byte[] SIX_TO_FOUR = {0x20, 0x02};
    private static final byte[] IPV4_COMPATIBLE = new byte[12];
    private static final int IPV4_LENGTH = 4;

    private ForbiddenAddress() {}

    /**
     * Returns whether the address is forbidden. An IPv6 address is also forbidden if it embeds a
     * forbidden IPv4 address (NAT64, 6to4 or IPv4-compatible).
     */
    public static boolean is(InetAddress address) {
        if (address.isLinkLocalAddress() || METADATA.contains(address)) {
            return true;
        }
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address
                && (startsWith(bytes, AWS)
                        || embedsForbidden(bytes, NAT64)
                        || embedsForbidden(bytes, SIX_TO_FOUR)
                        || embedsForbidden(bytes, IPV4_COMPATIBLE));
    }

    private static boolean embedsForbidden(byte[] address, byte[] prefix) {
        int end = prefix.length + IPV4_LENGTH;
        try {
            return startsWith(address, prefix)
                    && is(
                            InetAddress.getByAddress(
                                    Arrays.copyOfRange(address, prefix.length, end)));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e); // cannot happen: the array has four bytes
        }
    }

    private static boolean startsWith(byte[] address, byte[] prefix) {
        return Arrays.mismatch(address, prefix) == prefix.length;
    }
}
