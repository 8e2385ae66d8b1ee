package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.DurationText;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;

/**
 * A query string, read by itself: {@code ServletRequest.getParameter} would make the servlet
 * container eat a body that {@code curl -d} calls a form.
 */
final class Query {
    private static final Pattern DURATION = Pattern.compile("\\d{1,9}(ms|s|m|h)");

    private Query() {}

    /**
     * Returns the values of each name, in the order given.
     *
     * @param known the names that are accepted; null for any
     * @throws ApiProblem 400, for a name that is not known or a broken percent escape
     */
    static Map<String, List<String>> parse(@Nullable String query, @Nullable Set<String> known) {
        if (query == null || query.isEmpty()) {
            return Map.of();
        }
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String pair : query.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = decode(equals < 0 ? pair : pair.substring(0, equals));
                if (known != null && !known.contains(name)) {
                    throw unknown(name, known);
                }
                values.computeIfAbsent(name, _ -> new ArrayList<>(1))
                        .add(equals < 0 ? "" : decode(pair.substring(equals + 1)));
            }
        }
        return values;
    }

    static ApiProblem unknown(String given, Set<String> names) {
        String known = "known are " + String.join(", ", new TreeSet<>(names));
        return ApiProblem.badRequest(
                "unknown parameter '%s': %s"
                        .formatted(given, names.isEmpty() ? "none is taken here" : known));
    }

    private static String decode(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        try {
            return URLDecoder.decode(text, UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest("'" + text + "' in the query is not percent-encoded well");
        }
    }

    /**
     * Returns whether a parameter is true, which it also is without a value.
     *
     * @throws ApiProblem 400 for anything but true and false
     */
    static boolean flag(String name, String value) {
        return switch (value) {
            case "true", "" -> true;
            case "false" -> false;
            default -> throw ApiProblem.badRequest(name + "='" + value + "': true or false");
        };
    }

    /**
     * Returns a duration such as 200ms, 5s or 1m, or throws an IllegalArgumentException if the text
     * spells none.
     */
    static Duration duration(String text) {
        if (!DURATION.matcher(text).matches()) {
            throw new IllegalArgumentException("it takes a duration such as 200ms, 5s or 1m");
        }
        return DurationStyle.SIMPLE.parse(text);
    }

    /** Returns the value of a parameter, or throws a 400 if it is no duration or too long. */
    static Duration duration(String name, String text, Duration most) {
        if (!DURATION.matcher(text).matches()) {
            throw ApiProblem.badRequest(
                    "%s='%s' is no duration: write 200ms, 5s or 1m".formatted(name, text));
        }
        Duration duration = DurationStyle.SIMPLE.parse(text);
        if (duration.compareTo(most) > 0) {
            throw ApiProblem.badRequest(
                    name + "=" + text + ": it takes 0s to " + DurationText.of(most));
        }
        return duration;
    }
}
