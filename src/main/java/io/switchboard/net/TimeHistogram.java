package io.switchboard.net;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** Timers whose buckets suit everything from a write to a long wait for a reply. */
public final class TimeHistogram {
    /** The upper bounds of the buckets. */
    private static final Duration[] BOUNDS = {
        Duration.ofNanos(100_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    private TimeHistogram() {}

    /** Returns the builder of a timer that counts its times in these buckets. */
    public static Timer.Builder builder(String name) {
        return Timer.builder(name).serviceLevelObjectives(BOUNDS);
    }
}
