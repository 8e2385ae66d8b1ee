package io.switchboard.transport;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who may still connect to a listener: a bound on all connections and one on those of one address.
 *
 * <p>Thread-safe and O(1). Exempt from the second bound are loopback, for local tools and what sits
 * behind a local forwarder share that address, and the proxies that say for whom they connect: the
 * client that one speaks for counts instead, once it is {@linkplain #claim known}.
 */
public final class Admission {
    private final int most;
    private final int mostPerAddress;
    private final Predicate<InetAddress> proxies;
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    /** Connections of {@code proxies} count as their clients'; its answers never change. */
    public Admission(int most, int mostPerAddress, Predicate<InetAddress> proxies) {
        this.most = most;
        this.mostPerAddress = mostPerAddress;
        this.proxies = proxies;
    }

    /**
     * Counts one more connection, to be given back with {@link #leave}.
     *
     * @param address of its socket; null where it has none: then the first bound alone counts
     * @return why it may not be, for the peer to read; then nothing was counted
     */
    public Optional<String> enter(@Nullable InetAddress address) {
        if (connections.incrementAndGet() > most) {
            connections.decrementAndGet();
            return Optional.of("this listener takes at most " + most + " connections");
        }
        Optional<String> refusal = isProxy(address) ? Optional.empty() : claim(address);
        if (refusal.isPresent()) {
            connections.decrementAndGet();
        }
        return refusal;
    }

    /** One connection is gone whose socket had this address, or none. */
    public void leave(@Nullable InetAddress address) {
        connections.decrementAndGet();
        if (!isProxy(address)) {
            release(address);
        }
    }

    /**
     * Counts a connection that entered as a proxy's in the share of its client as well, to be given
     * back with {@link #release} beside {@link #leave}. A proxy that is itself a client has a share
     * like any other.
     *
     * @param client null where it has no address
     * @return why it may not be, for the peer to read; then nothing was counted
     */
    public Optional<String> claim(@Nullable InetAddress client) {
        InetAddress bounded = bounded(client);
        if (bounded != null && byAddress.merge(bounded, 1, Integer::sum) > mostPerAddress) {
            release(client);
            return Optional.of(
                    "this listener takes at most "
                            + mostPerAddress
                            + " connections from one address");
        }
        return Optional.empty();
    }

    /** One connection of this client, or of one without an address, is gone. */
    public void release(@Nullable InetAddress client) {
        InetAddress bounded = bounded(client);
        if (bounded != null) {
            byAddress.computeIfPresent(bounded, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private boolean isProxy(@Nullable InetAddress address) {
        return address != null && proxies.test(address);
    }

    /** Null where the second bound does not apply. */
    private static @Nullable InetAddress bounded(@Nullable InetAddress client) {
        return client == null || client.isLoopbackAddress() ? null : client;
    }
}
