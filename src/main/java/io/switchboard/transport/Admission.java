package io.switchboard.transport;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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
     * @param address null where it has none: then the first bound alone counts
     * @return why it may not be, for the peer to read; then nothing was counted
     */
    public Optional<String> enter(@Nullable InetAddress address) {
        if (connections.incrementAndGet() > most) {
            connections.decrementAndGet();
            return Optional.of("this listener takes at most " + most + " connections");
        }
        InetAddress bounded = bounded(address);
        if (bounded != null && byAddress.merge(bounded, 1, Integer::sum) > mostPerAddress) {
            leave(address);
            return Optional.of(
                    "this listener takes at most "
                            + mostPerAddress
                            + " connections from one address");
        }
        return Optional.empty();
    }

    /** One connection of this address, or without one, is gone. */
    public void leave(@Nullable InetAddress address) {
        connections.decrementAndGet();
        InetAddress bounded = bounded(address);
        if (bounded != null) {
            byAddress.computeIfPresent(bounded, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Null where the second bound does not apply. */
    private static @Nullable InetAddress bounded(@Nullable InetAddress address) {
        return address == null || address.isLoopbackAddress() ? null : address;
    }
}
