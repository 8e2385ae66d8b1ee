package io.switchboard.delivery;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Measures how long sends take from their request to their report: the meter {@code
 * switchboard.send}, a histogram for each value of {@code wait}. Thread-safe.
 */
@Component
public final class SendTimes {
    /**
     * The upper bounds of the histogram's buckets: from a write at once to a long wait for a reply.
     */
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

    private final EnumMap<Send.Wait, Timer> timers = new EnumMap<>(Send.Wait.class);

    public SendTimes(MeterRegistry meters) {
        for (Send.Wait wait : Send.Wait.values()) {
            timers.put(
                    wait,
                    Timer.builder("switchboard.send")
                            .description("Time from the request of a send to its report")
                            .tag("wait", wait.name().toLowerCase(Locale.ROOT))
                            .serviceLevelObjectives(BOUNDS)
                            .register(meters));
        }
    }

    /**
     * Counts a send that has ended now.
     *
     * @param began its {@link System#nanoTime}
     */
    void ended(Send.Wait wait, long began) {
        Objects.requireNonNull(timers.get(wait))
                .record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
    }
}
