package io.switchboard.peer;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.springframework.boot.convert.DurationStyle;

/** Durations as configuration and the API spell them: {@code 200ms}, {@code 90s}. */
public final class DurationText {
    private DurationText() {}

    /** In seconds, or in milliseconds where those do not come out even. */
    public static String of(Duration duration) {
        return DurationStyle.SIMPLE.print(
                duration, duration.toMillisPart() == 0 ? ChronoUnit.SECONDS : ChronoUnit.MILLIS);
    }
}
