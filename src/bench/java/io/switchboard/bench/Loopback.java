package io.switchboard.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Addresses in 127.0.0.0/24, where everything here stays. */
final class Loopback {
    private Loopback() {}

    /** Where servers listen. */
    static InetSocketAddress port(int port) {
        return address(1, port);
    }

    /**
     * @param last number of the address
     */
    static InetSocketAddress address(int last, int port) {
        try {
            byte[] address = {127, 0, 0, (byte) last};
            return new InetSocketAddress(InetAddress.getByAddress(address), port);
        } catch (IOException e) {
            throw new Failed("127.0.0." + last + " is no address", e);
        }
    }
}
