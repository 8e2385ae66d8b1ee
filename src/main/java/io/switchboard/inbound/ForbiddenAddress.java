package io.switchboard.inbound;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Addresses that nothing is ever posted or first sent to, whoever configured it: link-local ones,
 * and those at which clouds tell a machine its credentials. Most of these are link-local; the
 * others are Alibaba's, Azure's, Oracle's, Google's and AWS's.
 */
public final class ForbiddenAddress {
    private static final List<InetAddress> METADATA =
            List.of(
                    InetAddress.ofLiteral("100.100.100.200"),
                    InetAddress.ofLiteral("168.63.129.16"),
                    InetAddress.ofLiteral("192.0.0.192"),
                    InetAddress.ofLiteral("fd20:ce::254"));

    /** Of fd00:ec2::/32, where AWS has its services for the machine itself. */
    private static final byte[] AWS = {(byte) 0xfd, 0, 0x0e, (byte) 0xc2};

    private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
    private static final byte[] SIX_TO_FOUR = {0x20, 0x02};
    private static final byte[] IPV4_COMPATIBLE = new byte[12];
    private static final int IPV4_LENGTH = 4;

    private ForbiddenAddress() {}

    /** Whether this is one of them, or an IPv6 address that stands for one. */
    public static boolean is(InetAddress address) {
        if (address.isLinkLocalAddress() || METADATA.contains(address)) {
            return true;
        }
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address
                && (startsWith(bytes, AWS)
                        || stands(bytes, NAT64)
                        || stands(bytes, SIX_TO_FOUR)
                        || stands(bytes, IPV4_COMPATIBLE));
    }

    private static boolean stands(byte[] address, byte[] prefix) {
        int end = prefix.length + IPV4_LENGTH;
        try {
            return startsWith(address, prefix)
                    && is(
                            InetAddress.getByAddress(
                                    Arrays.copyOfRange(address, prefix.length, end)));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e); // it has four bytes
        }
    }

    private static boolean startsWith(byte[] address, byte[] prefix) {
        return Arrays.mismatch(address, prefix) == prefix.length;
    }
}
