package io.switchboard.bench.contestant;

import io.switchboard.bench.BenchException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Addresses in 127.0.0.0/24, which servers and peers use. */
public final class Loopback {
    private Loopback() {}

    /** Returns the address of a server: 127.0.0.1 with a port. */
    public static InetSocketAddress server(int port) {
        return address(1, port);
    }

    /** Returns a random port of the loopback address that is free at the moment. */
    public static int freePort() {
        return ServerProcess.freePort();
    }

    /**
     * Returns an address in 127.0.0.0/24.
     *
     * @param last the last number of the address, such as 1 for 127.0.0.1
     */
    public static InetSocketAddress address(int last, int port) {
        try {
            byte[] address = {127, 0, 0, (byte) last};
            return new InetSocketAddress(InetAddress.getByAddress(address), port);
        } catch (IOException e) {
            throw new BenchException("127.0.0." + last + " is not an address", e);
        }
    }
}
