package io.switchboard.peer;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.springframework.boot.convert.DurationStyle;

/** Formats durations as in the configuration and the API: {@code 200ms}, {@code 90s}. */
public final class DurationText {
    private DurationText() {}

    /** Returns whole seconds; milliseconds if the duration is not a whole number of seconds. */
    public static String of(Duration duration) {
        return DurationStyle.SIMPLE.print(
                duration, duration.toMillisPart() == 0 ? ChronoUnit.SECONDS : ChronoUnit.MILLIS);
    }

    /** Returns a whole number of the largest unit in which the duration has one: {@code 7d}. */
    public static String inLargestUnit(Duration duration) {
        for (ChronoUnit unit : List.of(ChronoUnit.DAYS, ChronoUnit.HOURS, ChronoUnit.MINUTES)) {
            long each = unit.getDuration().toMillis();
            if (!duration.isZero() && duration.toMillis() % each == 0) {
                return DurationStyle.SIMPLE.print(duration, unit);
            }
        }
        return of(duration);
    }
}
