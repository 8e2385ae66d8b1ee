package io.switchboard.web.access;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Where a request comes from, as the servlet container spells it. */
final class Remote {
    private static final int UNIQUE_LOCAL = 0xfc; // fc00::/7, RFC 4193
    private static final int UNIQUE_LOCAL_MASK = 0xfe;
    private static final int NETWORK_BYTES = 8; // one household's or server's /64

    private Remote() {}

    static boolean isLoopback(String remote) {
        return remote.equals("127.0.0.1") || address(remote).isLoopbackAddress();
    }

    /** Loopback, private (RFC 1918, RFC 4193) and link-local addresses. */
    static boolean isNear(String remote) {
        if (remote.equals("127.0.0.1")) {
            return true; // most are, and nothing has to be made for them
        }
        InetAddress address = address(remote);
        return address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || (address instanceof Inet4Address
                        ? address.isSiteLocalAddress()
                        : (address.getAddress()[0] & UNIQUE_LOCAL_MASK) == UNIQUE_LOCAL);
    }

    /** The same for all addresses that one somebody is likely to have: of IPv6, a /64. */
    static long network(String remote) {
        InetAddress address = address(remote);
        byte[] bytes = address.getAddress();
        // no global IPv6 address begins with zeros: IPv4 has those for itself
        long network = 0;
        for (int at = 0; at < Math.min(bytes.length, NETWORK_BYTES); at++) {
            network = network << Byte.SIZE | (bytes[at] & 0xff);
        }
        return network;
    }

    /** The zone (fe80::1%eth0) names an interface, which may be gone by now. */
    private static InetAddress address(String remote) {
        int zone = remote.indexOf('%');
        return InetAddress.ofLiteral(zone < 0 ? remote : remote.substring(0, zone));
    }
}
