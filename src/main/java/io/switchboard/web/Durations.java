package io.switchboard.web;

import io.switchboard.peer.DurationText;
import java.time.Duration;
import java.util.regex.Pattern;
import org.springframework.boot.convert.DurationStyle;

/** Durations as the API spells them: {@code 5s}, {@code 200ms}, {@code 1m}. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("\\d{1,9}(ms|s|m|h)");

    private Durations() {}

    /**
     * Returns the duration that this text spells.
     *
     * @throws IllegalArgumentException it spells none
     */
    static Duration parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("it takes a duration such as 200ms, 5s or 1m");
        }
        return DurationStyle.SIMPLE.parse(text);
    }

    /**
     * Reads one.
     *
     * @param name of the parameter, for the error
     * @param most the longest that is taken
     * @throws ApiProblem 400, when it is none, has no unit or is longer
     */
    static Duration parse(String name, String text, Duration most) {
        if (!FORM.matcher(text).matches()) {
            throw ApiProblem.badRequest(
                    name + "='" + text + "' is no duration: write 200ms, 5s or 1m");
        }
        Duration duration = DurationStyle.SIMPLE.parse(text);
        if (duration.compareTo(most) > 0) {
            throw ApiProblem.badRequest(
                    name + "=" + text + ": it takes 0s to " + DurationText.of(most));
        }
        return duration;
    }
}
