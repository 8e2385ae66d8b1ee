package io.switchboard.transport;

import java.net.InetAddress;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connection limits of one listener: a total and a limit per address.
 *
 * <p>Thread-safe; every call is O(1). Two kinds of addresses have no limit per address:
 *
 * <ul>
 *   <li>loopback, because local tools and all clients behind a local forwarder share it,
 *   <li>trusted PROXY protocol proxies: the client that a proxy names counts instead, as soon as it
 *       is {@linkplain #acquireClient known}.
 * </ul>
 */
public final class ConnectionLimiter {
    private record Limits(int connections, int perAddress, @Nullable ConnectRates rates) {}

    private final Predicate<InetAddress> proxies;
    private volatile Limits limits;
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    /**
     * Creates a limiter without connections.
     *
     * @param connectsPerSecondPerAddress the most connections a second from one address, loopback
     *     included; null for no limit
     * @param proxies accepts the addresses of trusted proxies; its result for an address must never
     *     change
     */
    public ConnectionLimiter(
            int maxConnections,
            int maxPerAddress,
            @Nullable Integer connectsPerSecondPerAddress,
            Predicate<InetAddress> proxies) {
        this.limits =
                new Limits(
                        maxConnections,
                        maxPerAddress,
                        ConnectRates.of(connectsPerSecondPerAddress));
        this.proxies = proxies;
    }

    /**
     * Changes the limits. Connections beyond a new limit stay. The parameters are those of the
     * constructor.
     */
    public void limits(
            int maxConnections, int maxPerAddress, @Nullable Integer connectsPerSecondPerAddress) {
        ConnectRates rates = limits.rates();
        Integer rate = rates == null ? null : rates.connectsPerSecond();
        limits =
                new Limits(
                        maxConnections,
                        maxPerAddress,
                        Objects.equals(rate, connectsPerSecondPerAddress)
                                ? rates
                                : ConnectRates.of(connectsPerSecondPerAddress));
    }

    /**
     * Counts one more connection. The caller must {@link #release} it with the same address.
     *
     * @param address remote address of the socket; null if it has none, so that only the total
     *     applies
     * @return empty if the connection is allowed; otherwise the reason, as text for the peer, and
     *     nothing was counted
     */
    public Optional<String> acquire(@Nullable InetAddress address) {
        int maxConnections = limits.connections();
        if (connections.incrementAndGet() > maxConnections) {
            connections.decrementAndGet();
            return Optional.of("this listener takes at most " + maxConnections + " connections");
        }
        Optional<String> refusal = isProxy(address) ? Optional.empty() : acquireClient(address);
        if (refusal.isPresent()) {
            connections.decrementAndGet();
        }
        return refusal;
    }

    /** Releases a connection that {@link #acquire} has counted for this address. */
    public void release(@Nullable InetAddress address) {
        connections.decrementAndGet();
        if (!isProxy(address)) {
            releaseClient(address);
        }
    }

    /**
     * Counts a proxy's connection, which {@link #acquire} has counted in the total, for the address
     * of its client as well. The caller must call {@link #releaseClient} in addition to {@link
     * #release}. A proxy that is itself the client of another proxy has a limit like any address.
     *
     * @param client null if the client has no address
     * @return empty if the connection is allowed; otherwise the reason, as text for the peer, and
     *     nothing was counted
     */
    public Optional<String> acquireClient(@Nullable InetAddress client) {
        Limits current = limits;
        ConnectRates rates = current.rates();
        int maxPerAddress = current.perAddress();
        if (rates != null && client != null && !rates.allows(client)) {
            return Optional.of(
                    "this listener takes at most "
                            + rates.connectsPerSecond()
                            + " connections a second from one address");
        }
        InetAddress limited = limitedAddress(client);
        if (limited != null && byAddress.merge(limited, 1, Integer::sum) > maxPerAddress) {
            releaseClient(client);
            return Optional.of(
                    "this listener takes at most "
                            + maxPerAddress
                            + " connections from one address");
        }
        return Optional.empty();
    }

    /** Releases a connection that {@link #acquireClient} has counted for this client. */
    public void releaseClient(@Nullable InetAddress client) {
        InetAddress limited = limitedAddress(client);
        if (limited != null) {
            byAddress.computeIfPresent(limited, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private boolean isProxy(@Nullable InetAddress address) {
        return address != null && proxies.test(address);
    }

    /** Returns the address; null if the limit per address does not apply to it. */
    private static @Nullable InetAddress limitedAddress(@Nullable InetAddress client) {
        return client == null || client.isLoopbackAddress() ? null : client;
    }
}
