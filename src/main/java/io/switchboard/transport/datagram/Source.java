package io.switchboard.transport.datagram;

import java.net.InetSocketAddress;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A peer's address as the key of a hash table. Its hash depends on a number that is drawn at each
 * start: that of {@link InetSocketAddress} is a sum, and who may choose addresses and ports could
 * send from thousands that have the same.
 */
record Source(InetSocketAddress address) {
    /** Odd, so that multiplying loses nothing. */
    private static final long KEY = ThreadLocalRandom.current().nextLong() | 1;

    @Override
    public int hashCode() {
        long hash = address.getPort();
        for (byte each : address.getAddress().getAddress()) {
            hash = (hash + each) * KEY;
            hash ^= hash >>> Integer.SIZE;
        }
        return (int) hash;
    }
}
