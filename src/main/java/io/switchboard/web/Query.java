package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A query string, read by itself: {@code ServletRequest.getParameter} would make the servlet
 * container eat a body that {@code curl -d} calls a form.
 */
final class Query {
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
        return ApiProblem.badRequest(
                "unknown parameter '"
                        + given
                        + "': "
                        + (names.isEmpty()
                                ? "none is taken here"
                                : "known are " + String.join(", ", new TreeSet<>(names))));
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
}
