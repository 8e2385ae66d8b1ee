package io.switchboard.transport;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Limits the connections a second from each address. Remembers the addresses of the last seconds,
 * up to 10,000. Thread-safe: the monitor of an address's {@link RateLimit} guards it.
 */
final class ConnectRates {
    private static final int MAX_ADDRESSES = 10_000;

    /** After this time nothing is left of what an address has used. */
    private static final Duration FORGET = Duration.ofSeconds(2);

    private final int connectsPerSecond;
    private final Cache<InetAddress, RateLimit> byAddress =
            Caffeine.newBuilder().maximumSize(MAX_ADDRESSES).expireAfterAccess(FORGET).build();

    private ConnectRates(int connectsPerSecond) {
        this.connectsPerSecond = connectsPerSecond;
    }

    /** Returns the limits; null if the rate is not limited. */
    static @Nullable ConnectRates of(@Nullable Integer connectsPerSecond) {
        return connectsPerSecond == null ? null : new ConnectRates(connectsPerSecond);
    }

    int connectsPerSecond() {
        return connectsPerSecond;
    }

    /** Counts a connection, unless the address has used up its rate; returns whether it counted. */
    boolean allows(InetAddress address) {
        RateLimit rate = byAddress.get(address, _ -> new RateLimit(connectsPerSecond));
        long now = System.nanoTime();
        synchronized (rate) {
            boolean allowed = rate.nanosLeft(now) == 0;
            if (allowed) {
                rate.take(1, now);
            }
            return allowed;
        }
    }
}
