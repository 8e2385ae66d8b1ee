package io.switchboard.http.send;

import io.switchboard.delivery.Send;
import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.delivery.Target;
import io.switchboard.framing.Framing;
import io.switchboard.http.Body;
import io.switchboard.http.CostlyTurns;
import io.switchboard.http.PayloadFields;
import io.switchboard.http.QueryParameters;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.peer.Names;
import io.switchboard.peer.Reach;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.http.HttpStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;

/**
 * The fields of a {@code POST /send}, read from the query or from a JSON body. If a field cannot be
 * parsed, the answer is 400, and its detail gives the field, the value and what would be valid. One
 * thread uses an object of this class, for one request.
 */
public final class SendForm {
    /** The names of the fields that a query may have; a JSON body may also have a payload. */
    static final Set<String> NAMES =
            Set.of(
                    "to", "exclude", "framing", "split", "finish", "wait", "timeout", "require",
                    "results", "ttl");

    private static final Map<String, Wait> WAITS =
            Arrays.stream(Wait.values())
                    .collect(
                            Collectors.toMap(
                                    each -> each.name().toLowerCase(Locale.ROOT), each -> each));
    private static final Map<String, Results> RESULTS =
            Map.of("all", Results.ALL, "failed", Results.FAILED, "none", Results.NONE);
    private static final Set<String> FLAGS = Set.of("split", "finish", "require");
    private static final JsonFactory JSON =
            JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(10);
    private static final Pattern TTL = Pattern.compile("\\d{1,9}(ms|s|m|h|d)");

    /** The most targets of a stored message: the rows of a request are written together. */
    static final int MAX_NAMES = 1_000;

    private final List<Target> to = new ArrayList<>(1);
    private final List<Target> exclude = new ArrayList<>(0);
    private @Nullable Framing framing;
    private boolean split;
    private boolean finish;
    private boolean require;
    private Wait wait = Wait.WRITTEN;
    private Duration timeout = Duration.ofSeconds(5);
    private Results results = Results.AUTO;
    private @Nullable Duration ttl;
    private byte @Nullable [] payload;
    private boolean text;
    private final Reach reach;

    /**
     * @param reach the peers that the sender may reach
     */
    public SendForm(Reach reach) {
        this.reach = reach;
    }

    /**
     * Sets the field with this name, one of {@link #NAMES}; adds to the list if it is to or
     * exclude.
     */
    void set(String name, String value) {
        switch (name) {
            case "to" -> add(to, name, parse(name, Target::parse, value));
            case "exclude" -> add(exclude, name, parse(name, Target::parseConnected, value));
            case "framing" -> framing = parse(name, SendForm::framing, value);
            case "split" -> split = QueryParameters.flag(name, value);
            case "finish" -> finish = QueryParameters.flag(name, value);
            case "require" -> require = QueryParameters.flag(name, value);
            case "wait" -> wait = word(name, value, WAITS, "queued, written, acked and reply");
            case "timeout" -> timeout = QueryParameters.duration(name, value, MAX_TIMEOUT);
            case "ttl" -> ttl = ttl(value);
            case "results" -> results = word(name, value, RESULTS, "all, failed and none");
            default -> throw QueryParameters.unknown(name, NAMES);
        }
    }

    private static void add(List<Target> targets, String name, Target target) {
        if (targets.size() == Target.MAX_TARGETS) {
            throw ApiProblem.badRequest(
                    "%s has more than %d targets: send the message to the others in further requests, or put the peers into a group"
                            .formatted(name, Target.MAX_TARGETS));
        }
        targets.add(target);
    }

    /**
     * Returns the request with this payload.
     *
     * @throws ApiProblem 400 if there is no target
     */
    Send send(byte[] message) {
        if (to.isEmpty()) {
            throw ApiProblem.badRequest(
                    "'to' is missing: use to=all, to=ID or to=NAME (GET /peers lists ids and names), or to= with one of "
                            + Target.KINDS);
        }
        checkRemote();
        checkFinish();
        checkStored();
        return new Send(
                to, exclude, message, text, framing, split, finish, wait, timeout, results, require,
                ttl, reach);
    }

    private static Duration ttl(String value) {
        if (!TTL.matcher(value).matches()) {
            throw ApiProblem.badRequest(
                    "ttl='%s': it takes a duration such as 30s, 2h or 7d".formatted(value));
        }
        return DurationStyle.SIMPLE.parse(value);
    }

    /** Checks what a message that is stored cannot have. */
    private void checkStored() {
        if (ttl == null) {
            return;
        }
        String fault = null;
        if (wait == Wait.REPLY) {
            fault =
                    "wait=reply does not go with ttl, because a stored message may be sent after the answer: use wait=acked, and read the reply from /events";
        } else if (finish) {
            fault = "finish=true does not go with ttl: leave out one of them";
        } else if (to.size() > MAX_NAMES) {
            fault =
                    "to has %d names, and a message with ttl takes %d: send it to the others in further requests"
                            .formatted(to.size(), MAX_NAMES);
        } else if (!exclude.isEmpty()) {
            fault = "exclude does not go with ttl, whose targets are names: leave it out";
        } else {
            for (Target target : to) {
                boolean name =
                        target instanceof Target.One(String reference)
                                && Names.nameError(reference).isEmpty();
                if (!name) {
                    fault =
                            "to=%s is no name, and a message with ttl is stored for names only: give the names of the peers, such as to=meter-7"
                                    .formatted(target.text());
                }
            }
        }
        if (fault != null) {
            throw new ApiProblem(HttpStatus.UNPROCESSABLE_CONTENT, "bad_request", fault);
        }
    }

    /** Checks that a target to which the service connects is the only one. */
    private void checkRemote() {
        Optional<Target> remote =
                to.stream().filter(each -> each instanceof Target.Remote).findFirst();
        if (remote.isPresent() && (to.size() > 1 || !exclude.isEmpty())) {
            throw ApiProblem.badRequest(
                    "to=%s opens a connection for this one message, so it is the only target and nothing can be excluded: send the other messages one by one"
                            .formatted(remote.get().text()));
        }
    }

    /** Checks that {@code finish} names its peers. */
    private void checkFinish() {
        if (!finish) {
            return;
        }
        for (Target target : to) {
            boolean isNamed = target instanceof Target.One || target instanceof Target.Remote;
            if (!isNamed && !(target instanceof Target.OfAddress)) {
                throw ApiProblem.badRequest(
                        "finish=true ends what each peer can still be sent, so it does not go to to=%s: name the peers, as to=ID, to=NAME or to=tcp:HOST:PORT"
                                .formatted(target.text()));
            }
        }
    }

    /**
     * Reads a {@code POST /send}. The body is the payload and the query has the other fields, or
     * the body is JSON with all fields.
     *
     * @throws ApiProblem 4xx if the request is invalid or its body cannot be taken; nothing was
     *     sent
     * @throws IOException if the body cannot be read
     */
    static Send read(HttpServletRequest request, Reach reach, Body bodies) throws IOException {
        String type = contentType(request);
        boolean json = type.equals("application/json") || type.endsWith("+json");
        rejectEncoded(type, request.getHeader("Content-Encoding"));
        Body.requireUtf8(request);
        Map<String, List<String>> query = QueryParameters.parse(request.getQueryString(), NAMES);
        if (json && !query.isEmpty()) {
            throw ApiProblem.badRequest(
                    "a JSON body has all fields in it: move %s from the query into the body"
                            .formatted(String.join(", ", query.keySet())));
        }
        SendForm form = new SendForm(reach);
        query.forEach((name, values) -> values.forEach(value -> form.set(name, value)));
        byte[] body = bodies.read(request);
        if (json) {
            return form.readJson(body);
        }
        if (form.to.isEmpty()) {
            Optional<ApiProblem> typed = TypedBody.problem(type, request.getHeader("Host"), body);
            if (typed.isPresent()) {
                throw typed.get();
            }
        }
        Send send = form.send(body);
        if (body.length == 0) {
            throw ApiProblem.badRequest(
                    "the body is empty: it is the message, as in curl -d 'hello'; to send an empty"
                            + " one, post {\"to\": ..., \"text\": \"\"} as application/json");
        }
        return send;
    }

    /** Returns the content type in lower case, without parameters; empty if there is none. */
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
            wrong = "Content-Encoding " + encoding + " is not supported: send the body unencoded";
        }
        if (wrong != null) {
            throw new ApiProblem(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", wrong);
        }
    }

    private static Framing framing(String value) {
        Framing framing = Framing.of(value);
        if (framing.hasAlternatives()) {
            throw new IllegalArgumentException(
                    "'%s' has alternatives, and a message is framed in one way: choose one, or raw"
                            .formatted(value));
        }
        return framing;
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

    /**
     * Returns the request that a JSON body describes. It reads the tokens itself because this is
     * the hot path: for a message of 60 bytes, data binding of a record takes 0.9 µs and allocates
     * 2.0 KB; this method takes 0.45 µs and 1.4 KB (one core, warm). Each error names its field, as
     * the errors of the query do.
     *
     * @throws ApiProblem 400 if the JSON is malformed or a field is unknown, missing or invalid;
     *     422 if the payload cannot be decoded
     */
    public Send readJson(byte[] body) {
        return CostlyTurns.parse(body.length, () -> parseJson(body));
    }

    private Send parseJson(byte[] body) {
        try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), body)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw ApiProblem.badRequest("the body is not a JSON object");
            }
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                field(in, in.currentName());
            }
            if (in.nextToken() != null) {
                throw ApiProblem.badRequest("the body has content after its JSON object");
            }
        } catch (UnexpectedEndOfInputException e) {
            throw ApiProblem.badRequest("the body ends in the middle of its JSON");
        } catch (StreamConstraintsException e) {
            // this exception has no location
            throw ApiProblem.badRequest(
                    "the body's JSON has a name, a number or a nesting that is too long: "
                            + e.getOriginalMessage());
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            throw ApiProblem.badRequest(
                    "the body is not JSON, in line %d at column %d: %s"
                            .formatted(at.getLineNr(), at.getColumnNr(), e.getOriginalMessage()));
        }
        if (payload == null) {
            throw ApiProblem.badRequest("the payload is missing: add text, hex or base64");
        }
        return send(payload);
    }

    private void field(JsonParser in, String name) {
        JsonToken token = in.nextToken();
        if (PayloadFields.NAMES.contains(name)) {
            payload(name, string(in, name, token));
        } else if (!NAMES.contains(name)) {
            Set<String> known = new TreeSet<>(NAMES);
            known.addAll(PayloadFields.NAMES);
            throw ApiProblem.badRequest(
                    "unknown field '" + name + "': known are " + String.join(", ", known));
        } else if (token == JsonToken.START_ARRAY
                && (name.equals("to") || name.equals("exclude"))) {
            while (in.nextToken() != JsonToken.END_ARRAY) {
                set(name, string(in, name, in.currentToken()));
            }
        } else if (FLAGS.contains(name)) {
            if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
                throw ApiProblem.badRequest(name + " is not true or false");
            }
            set(name, in.getString());
        } else {
            set(name, string(in, name, token));
        }
    }

    private static String string(JsonParser in, String name, @Nullable JsonToken token) {
        if (token != JsonToken.VALUE_STRING) {
            throw ApiProblem.badRequest(name + " is not a string");
        }
        return in.getString();
    }

    private void payload(String name, String value) {
        if (payload != null) {
            throw ApiProblem.badRequest(
                    "more than one payload: use only one of text, hex and base64");
        }
        try {
            payload = PayloadFields.decode(name, value);
            text = name.equals("text");
        } catch (IllegalArgumentException e) {
            throw badPayload(String.valueOf(e.getMessage()));
        }
    }

    private static ApiProblem badPayload(String detail) {
        return new ApiProblem(HttpStatus.UNPROCESSABLE_CONTENT, "bad_payload", detail);
    }
}
