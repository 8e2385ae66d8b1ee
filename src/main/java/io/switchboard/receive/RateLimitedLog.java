package io.switchboard.receive;

import java.time.Duration;
import java.util.function.LongConsumer;

/** Logs an event that may be frequent at most once in an interval. Thread-safe. */
public final class RateLimitedLog {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final long interval;
    private long count;
    private long lastLogged;

    /** Creates a log of at most one line a minute. */
    public RateLimitedLog() {
        this(MINUTE);
    }

    public RateLimitedLog(Duration interval) {
        this.interval = interval.toNanos();
        this.lastLogged = System.nanoTime() - this.interval;
    }

    /**
     * Counts an occurrence of the event, and logs it if the last log line is an interval old.
     *
     * @param writer writes the log line; receives the number of occurrences since the last line
     */
    public void log(LongConsumer writer) {
        long now = System.nanoTime();
        long occurrences;
        synchronized (this) {
            count++;
            if (now - lastLogged < interval) {
                return;
            }
            lastLogged = now;
            occurrences = count;
            count = 0;
        }
        writer.accept(occurrences);
    }
}
