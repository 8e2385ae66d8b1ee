package io.switchboard.web;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.delivery.Target;
import io.switchboard.framing.Framing;

import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The fields of a {@code POST /send}, from a query or from JSON. A field that cannot be parsed is a
 * 400 that names the field and the value.
 */
final class SendForm {
    /** The names of the fields that a query may have. */
    static final Set<String> NAMES =
            Set.of("to", "exclude", "framing", "split", "wait", "timeout", "require", "results");

    private static final Map<String, Wait> WAITS =
            Map.of(
                    "queued",
                    Wait.QUEUED,
                    "written",
                    Wait.WRITTEN,
                    "acked",
                    Wait.ACKED,
                    "reply",
                    Wait.REPLY);
    private static final Map<String, Results> RESULTS =
            Map.of("all", Results.ALL, "failed", Results.FAILED, "none", Results.NONE);
    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(10);

    private final List<Target> to = new ArrayList<>(1);
    private final List<Target> exclude = new ArrayList<>(0);
    private @Nullable Framing framing;
    private boolean split;
    private boolean require;
    private Wait wait = Wait.WRITTEN;
    private Duration timeout = Duration.ofSeconds(5);
    private Results results = Results.AUTO;

    /** Sets one of {@link #NAMES}. */
    void set(String name, String value) {
        switch (name) {
            case "to" -> to.add(parse(name, Target::parse, value));
            case "exclude" -> exclude.add(parse(name, Target::parse, value));
            case "framing" -> framing = parse(name, Framing::of, value);
            case "split" -> split = Query.flag(name, value);
            case "require" -> require = Query.flag(name, value);
            case "wait" -> wait = word(name, value, WAITS, "queued, written, acked and reply");
            case "timeout" -> timeout = Query.duration(name, value, LONGEST_TIMEOUT);
            case "results" -> results = word(name, value, RESULTS, "all, failed and none");
            default -> throw Query.unknown(name, NAMES);
        }
    }

    /**
     * Returns the request with this payload.
     *
     * @throws ApiProblem 400 without a target
     */
    Send send(byte[] payload) {
        if (to.isEmpty()) {
            throw ApiProblem.badRequest(
                    "'to' is missing: to=all, to=ID or to=NAME as GET /peers shows it, or with to= "
                            + Target.KINDS);
        }
        return new Send(to, exclude, payload, framing, split, wait, timeout, results, require);
    }

    /**
     * Reads a {@code POST /send}: the body is the message, or JSON with everything in it.
     *
     * @throws ApiProblem 400, 413, 415 or 422; nothing was sent
     */
    static Send read(HttpServletRequest request) throws IOException {
        String type = contentType(request);
        boolean json = type.equals("application/json") || type.endsWith("+json");
        rejectEncoded(type, request.getHeader("Content-Encoding"));
        Map<String, List<String>> query = Query.parse(request.getQueryString(), NAMES);
        if (json && !query.isEmpty()) {
            throw ApiProblem.badRequest(
                    "with a JSON body everything is in the body: move %s from the query into it"
                            .formatted(String.join(", ", query.keySet())));
        }
        SendForm form = new SendForm();
        query.forEach((name, values) -> values.forEach(value -> form.set(name, value)));
        byte[] body = Body.read(request);
        if (json) {
            return new SendJson(form).read(body);
        }
        Send send = form.send(body);
        if (body.length == 0) {
            throw ApiProblem.badRequest(
                    "the body is empty: it is the message, as in curl -d 'hello'; to send an empty"
                            + " one, post {\"to\": ..., \"text\": \"\"} as application/json");
        }
        return send;
    }

    /** Returns the content type without parameters, in lower case; empty without one. */
    static String contentType(HttpServletRequest request) {
        String header = request.getContentType();
        if (header == null) {
            return "";
        }
        int semicolon = header.indexOf(';');
        String type = semicolon < 0 ? header : header.substring(0, semicolon);
        return type.strip().toLowerCase(Locale.ROOT);
    }

    private static void rejectEncoded(String type, @Nullable String encoding) {
        String wrong = null;
        if (type.equals("multipart/form-data")) {
            wrong =
                    "a multipart form (curl -F) is not a message: send the bytes with --data-binary"
                            + " @FILE";
        } else if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            wrong = "Content-Encoding " + encoding + " is not taken: send the bytes as they are";
        }
        if (wrong != null) {
            throw new ApiProblem(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", wrong);
        }
    }

    private static <T> T parse(String name, Function<String, T> parser, String value) {
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest(name + ": " + e.getMessage());
        }
    }

    private static <T> T word(String name, String value, Map<String, T> words, String known) {
        T meant = words.get(value);
        if (meant == null) {
            throw ApiProblem.badRequest("%s='%s': known are %s".formatted(name, value, known));
        }
        return meant;
    }
}
