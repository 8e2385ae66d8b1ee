package io.switchboard.http.send;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.http.PayloadFields;
import io.switchboard.http.QueryParameters;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.net.Utf8;
import java.net.URLEncoder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Explains a {@code POST /send} without a target whose body contains the fields: JSON or a form
 * that is typed into {@code curl -d}.
 */
final class TypedBody {
    private static final String SAFE_IN_SHELL = "[A-Za-z0-9_.,:/-]+";
    private static final String TO = "to";
    private static final String TEXT = "text";

    private TypedBody() {}

    /**
     * Returns the problem of a body that contains a target; empty if the body is no such text.
     *
     * @param type the content type; empty if there is none
     * @param host the Host header; null if there is none
     */
    static Optional<ApiProblem> problem(String type, @Nullable String host, byte[] body) {
        Optional<String> text = Utf8.decode(body).map(String::strip);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return text.get().startsWith("{")
                ? Optional.of(json(type, text.get()))
                : form(host == null ? "localhost:8080" : host, text.get());
    }

    private static ApiProblem json(String type, String text) {
        boolean lines = text.lines().skip(1).anyMatch(line -> line.startsWith("{"));
        return ApiProblem.badRequest(
                "the body looks like JSON, but Content-Type is %s: add -H 'Content-Type: application/%s'"
                        .formatted(type.isEmpty() ? "missing" : type, lines ? "x-ndjson" : "json"));
    }

    private static Optional<ApiProblem> form(String host, String text) {
        Set<String> known = new TreeSet<>(SendForm.NAMES);
        known.addAll(PayloadFields.NAMES);
        Map<String, List<String>> fields;
        try {
            fields = QueryParameters.parse(text, known);
        } catch (ApiProblem unknown) {
            return Optional.empty();
        }
        return fields.containsKey(TO)
                ? Optional.of(
                        ApiProblem.badRequest(
                                "the fields are in the body, and they belong in the query: "
                                        + command(host, fields)))
                : Optional.empty();
    }

    /** Returns the curl command that sends what the form says. */
    private static String command(String host, Map<String, List<String>> fields) {
        List<String> encoded =
                PayloadFields.NAMES.stream().filter(each -> !each.equals(TEXT)).toList();
        if (fields.keySet().stream().anyMatch(encoded::contains)) {
            return "hex and base64 are fields of a JSON body, as in curl -H 'Content-Type: application/json' -d '{\"to\":\"all\",\"hex\":\"6869\"}' "
                    + host
                    + "/send";
        }
        String query =
                fields.entrySet().stream()
                        .filter(each -> !each.getKey().equals(TEXT))
                        .flatMap(
                                each ->
                                        each.getValue().stream()
                                                .map(value -> each.getKey() + "=" + encode(value)))
                        .collect(Collectors.joining("&"));
        String message = fields.containsKey(TEXT) ? fields.get(TEXT).getFirst() : "MESSAGE";
        String option = message.startsWith("@") ? "--data-raw" : "-d";
        return "curl %s %s %s".formatted(option, word(message), quoted(host + "/send?" + query));
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, UTF_8)
                .replace("+", "%20")
                .replace("%3A", ":")
                .replace("%2C", ",")
                .replace("%40", "@");
    }

    private static String word(String text) {
        return text.matches(SAFE_IN_SHELL) ? text : quoted(text);
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
