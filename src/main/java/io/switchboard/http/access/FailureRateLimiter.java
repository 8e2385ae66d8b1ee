package io.switchboard.http.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Limits failed authentications to {@value #LIMIT} per network and minute. A network's minute
 * begins with its first failure.
 *
 * <p>Thread-safe. Memory is bounded: if more networks fail than the cache holds, it evicts those
 * that are rarely seen.
 */
final class FailureRateLimiter {
    static final int LIMIT = 10;
    static final Duration WINDOW = Duration.ofMinutes(1);

    private static final long MAX_NETWORKS = 10_000;

    private record Window(long start, AtomicInteger count) {}

    private final Ticker clock;
    private final Cache<Long, Window> windows;

    FailureRateLimiter(Ticker clock) {
        this.clock = clock;
        this.windows =
                Caffeine.newBuilder()
                        .maximumSize(MAX_NETWORKS)
                        .expireAfterWrite(WINDOW)
                        .ticker(clock)
                        .executor(Runnable::run)
                        .build();
    }

    /**
     * Counts one failure.
     *
     * @param remote the client's address
     * @return 0 while the network is within its limit, otherwise the seconds until its next minute
     */
    int add(String remote) {
        long now = clock.read();
        Window window =
                windows.get(
                        RemoteAddress.network(remote), _ -> new Window(now, new AtomicInteger()));
        return window.count().incrementAndGet() <= LIMIT ? 0 : secondsLeft(window, now);
    }

    /**
     * Counts nothing.
     *
     * @return 0 if one more failure is within the limit of the network, otherwise the seconds until
     *     its next minute
     */
    int secondsToWait(String remote) {
        Window window = windows.getIfPresent(RemoteAddress.network(remote));
        return window == null || window.count().get() < LIMIT
                ? 0
                : secondsLeft(window, clock.read());
    }

    private static int secondsLeft(Window window, long now) {
        long left = WINDOW.toNanos() - (now - window.start());
        return (int) Math.max(1, TimeUnit.NANOSECONDS.toSeconds(left) + 1);
    }

    /** Returns the number of networks in the cache. */
    long networks() {
        windows.cleanUp();
        return windows.estimatedSize();
    }
}
