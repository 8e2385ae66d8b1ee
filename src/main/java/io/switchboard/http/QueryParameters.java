package io.switchboard.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.http.problem.ApiProblem;
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
 * Parses query strings. {@code ServletRequest.getParameter} is not an alternative: it makes the
 * servlet container consume the body of a request from {@code curl -d}, whose Content-Type is that
 * of a form.
 */
public final class QueryParameters {
    private static final Pattern DURATION = Pattern.compile("\\d{1,9}(ms|s|m|h)");

    private QueryParameters() {}

    /**
     * Returns the decoded values of each name. Names and values are in the order of the query.
     *
     * @param known the accepted names; null accepts all names
     * @throws ApiProblem 400 if a name is not accepted or a percent escape is malformed
     */
    public static Map<String, List<String>> parse(
            @Nullable String query, @Nullable Set<String> known) {
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

    /** Returns the problem of an unknown parameter, which lists the known names. */
    public static ApiProblem unknown(String name, Set<String> known) {
        String list = "known are " + String.join(", ", new TreeSet<>(known));
        return ApiProblem.badRequest(
                "unknown parameter '%s': %s"
                        .formatted(name, known.isEmpty() ? "none is taken here" : list));
    }

    private static String decode(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        try {
            return URLDecoder.decode(text, UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest(
                    "'" + text + "' in the query is not valid percent-encoding");
        }
    }

    /**
     * Returns the boolean value of a parameter. An empty value means true.
     *
     * @throws ApiProblem 400 if the value is none of true, false and empty
     */
    public static boolean flag(String name, String value) {
        return switch (value) {
            case "true", "" -> true;
            case "false" -> false;
            default ->
                    throw ApiProblem.badRequest(name + "='" + value + "': it takes true or false");
        };
    }

    /**
     * Returns the duration that a text such as 200ms, 5s or 1m means.
     *
     * @throws IllegalArgumentException the text is not a duration
     */
    public static Duration duration(String text) {
        if (!DURATION.matcher(text).matches()) {
            throw new IllegalArgumentException("it takes a duration such as 200ms, 5s or 1m");
        }
        return DurationStyle.SIMPLE.parse(text);
    }

    /**
     * Returns the duration that the value of a parameter means.
     *
     * @throws ApiProblem 400 if the value is not a duration or is longer than {@code max}
     */
    public static Duration duration(String name, String text, Duration max) {
        if (!DURATION.matcher(text).matches()) {
            throw ApiProblem.badRequest(
                    "%s='%s': it takes a duration such as 200ms, 5s or 1m".formatted(name, text));
        }
        Duration duration = DurationStyle.SIMPLE.parse(text);
        if (duration.compareTo(max) > 0) {
            throw ApiProblem.badRequest(
                    name + "=" + text + ": it takes 0s to " + DurationText.of(max));
        }
        return duration;
    }
}
