package io.switchboard.inbound;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** Something that may happen often and is logged once a minute at most. Thread-safe. */
public final class Complaint {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private long count;
    private long last = System.nanoTime() - MINUTE;

    /**
     * Counts, and logs if it may.
     *
     * @param log gets how often it has happened since it was logged last
     */
    public void make(LongConsumer log) {
        long now = System.nanoTime();
        long sum;
        synchronized (this) {
            count++;
            if (now - last < MINUTE) {
                return;
            }
            last = now;
            sum = count;
            count = 0;
        }
        log.accept(sum);
    }
}
