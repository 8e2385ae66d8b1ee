package io.switchboard.http.access;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Classifies the address of a client, as text from {@code ServletRequest.getRemoteAddr()}. */
final class RemoteAddress {
    private static final int UNIQUE_LOCAL = 0xfc; // fc00::/7, RFC 4193
    private static final int UNIQUE_LOCAL_MASK = 0xfe;
    private static final int NETWORK_BYTES = 8; // a /64, the network of one household or server

    private RemoteAddress() {}

    /** Returns whether the address is this machine's loopback address. */
    static boolean isLoopback(String remote) {
        return remote.equals("127.0.0.1") || address(remote).isLoopbackAddress();
    }

    /** Returns whether the address is loopback, private (RFC 1918, RFC 4193) or link-local. */
    static boolean isLocal(String remote) {
        if (remote.equals("127.0.0.1")) {
            return true; // the most frequent address needs no allocation
        }
        InetAddress address = address(remote);
        return address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || (address instanceof Inet4Address
                        ? address.isSiteLocalAddress()
                        : (address.getAddress()[0] & UNIQUE_LOCAL_MASK) == UNIQUE_LOCAL);
    }

    /** Returns one number for all addresses of a network: an IPv4 address, or an IPv6 /64. */
    static long network(String remote) {
        InetAddress address = address(remote);
        byte[] bytes = address.getAddress();
        // no global IPv6 address begins with 32 zero bits, so IPv4 and IPv6 do not collide
        long network = 0;
        for (int at = 0; at < Math.min(bytes.length, NETWORK_BYTES); at++) {
            network = network << Byte.SIZE | (bytes[at] & 0xff);
        }
        return network;
    }

    /** Drops the zone (fe80::1%eth0), because its interface may no longer exist. */
    private static InetAddress address(String remote) {
        int zone = remote.indexOf('%');
        return InetAddress.ofLiteral(zone < 0 ? remote : remote.substring(0, zone));
    }
}
