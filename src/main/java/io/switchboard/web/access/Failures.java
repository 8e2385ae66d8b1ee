package io.switchboard.web.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts wrong tokens by where they come from, in minutes that begin with the first.
 *
 * <p>Bounded: where more networks guess than are remembered, those that are seldom seen are
 * forgotten.
 */
final class Failures {
    static final int MOST = 10;
    static final Duration WINDOW = Duration.ofMinutes(1);

    private static final long MOST_NETWORKS = 10_000;

    private record Window(long start, AtomicInteger count) {}

    private final Ticker clock;
    private final Cache<Long, Window> windows;

    Failures(Ticker clock) {
        this.clock = clock;
        this.windows =
                Caffeine.newBuilder()
                        .maximumSize(MOST_NETWORKS)
                        .expireAfterWrite(WINDOW)
                        .ticker(clock)
                        .executor(Runnable::run)
                        .build();
    }

    /**
     * Counts one more.
     *
     * @param remote the address it came from
     * @return 0, or after how many seconds to come back where it was one too many
     */
    int add(String remote) {
        long now = clock.read();
        Window window =
                windows.get(Remote.network(remote), _ -> new Window(now, new AtomicInteger()));
        if (window.count().incrementAndGet() <= MOST) {
            return 0;
        }
        long left = WINDOW.toNanos() - (now - window.start());
        return (int) Math.max(1, TimeUnit.NANOSECONDS.toSeconds(left) + 1);
    }

    /** How many networks are remembered now. */
    long networks() {
        windows.cleanUp();
        return windows.estimatedSize();
    }
}
