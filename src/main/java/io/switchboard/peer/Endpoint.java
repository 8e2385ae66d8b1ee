package io.switchboard.peer;

import java.net.Inet6Address;
import java.net.InetSocketAddress;

/**
 * One end of a connection, as getpeername(2) and getsockname(2) tell it.
 *
 * @param host numeric; an IPv6 address without brackets
 * @param port 1 to 65,535, or 0 where nothing is bound
 */
public record Endpoint(String host, int port) {

    /** The numeric form of a resolved address. */
    public static Endpoint of(InetSocketAddress address) {
        return new Endpoint(NumericHost.of(address.getAddress()), address.getPort());
    }

    /** The address family, as socket(2) calls it. */
    static String family(InetSocketAddress address) {
        return address.getAddress() instanceof Inet6Address ? "AF_INET6" : "AF_INET";
    }

    @Override
    public String toString() {
        return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
    }
}
