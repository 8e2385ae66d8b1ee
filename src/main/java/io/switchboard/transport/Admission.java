package io.switchboard.transport;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who may still connect to a listener: a bound on all connections and one on those of one address.
 *
 * <p>Thread-safe and O(1). Loopback is exempt from the second bound: local tools and what sits
 * behind a local proxy share that address.
 */
public final class Admission {
    private final int most;
    private final int mostPerAddress;
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    public Admission(int most, int mostPerAddress) {
        this.most = most;
        this.mostPerAddress = mostPerAddress;
    }

    /**
     * Counts one more connection, to be given back with {@link #leave}.
     *
     * @return why it may not be, for the peer to read; then nothing was counted
     */
    public Optional<String> enter(InetAddress address) {
        if (connections.incrementAndGet() > most) {
            connections.decrementAndGet();
            return Optional.of("this listener takes at most " + most + " connections");
        }
        if (!address.isLoopbackAddress()
                && byAddress.merge(address, 1, Integer::sum) > mostPerAddress) {
            leave(address);
            return Optional.of(
                    "this listener takes at most "
                            + mostPerAddress
                            + " connections from one address");
        }
        return Optional.empty();
    }

    /** One connection of this address is gone. */
    public void leave(InetAddress address) {
        connections.decrementAndGet();
        if (!address.isLoopbackAddress()) {
            byAddress.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
        }
    }
}
