package io.switchboard.delivery;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.switchboard.net.TimeHistogram;
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
    private final EnumMap<Send.Wait, Timer> timers = new EnumMap<>(Send.Wait.class);

    public SendTimes(MeterRegistry meters) {
        for (Send.Wait wait : Send.Wait.values()) {
            timers.put(
                    wait,
                    TimeHistogram.builder("switchboard.send")
                            .description("Time from the request of a send to its report")
                            .tag("wait", wait.name().toLowerCase(Locale.ROOT))
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
