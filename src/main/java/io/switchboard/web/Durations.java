package io.switchboard.web;

import java.time.Duration;
import org.springframework.boot.convert.DurationStyle;

/** Durations as the API spells them: {@code 5s}, {@code 200ms}, {@code 1m}. */
final class Durations {
    private Durations() {}

    static String print(Duration duration) {
        return DurationStyle.SIMPLE.print(duration, java.time.temporal.ChronoUnit.SECONDS);
    }

    /**
     * Reads one.
     *
     * @param name of the parameter, for the error
     * @param most the longest that is taken
     * @throws ApiProblem 400, when it is none, negative or longer
     */
    static Duration parse(String name, String text, Duration most) {
        Duration duration;
        try {
            duration = DurationStyle.SIMPLE.parse(text);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest(
                    name + "='" + text + "' is no duration: write 200ms, 5s or 1m");
        }
        if (duration.isNegative() || duration.compareTo(most) > 0) {
            throw ApiProblem.badRequest(name + "=" + text + ": it takes 0s to " + print(most));
        }
        return duration;
    }
}
