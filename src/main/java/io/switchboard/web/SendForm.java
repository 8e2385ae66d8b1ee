package io.switchboard.web;

import io.switchboard.delivery.Results;
import io.switchboard.delivery.Send;
import io.switchboard.delivery.Target;
import io.switchboard.delivery.Wait;
import io.switchboard.framing.Framing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code POST /send} asks for, under the names of the API, whether it came in a query or in
 * JSON. Every setter refuses what it cannot read with a 400 that names the field and the value.
 */
final class SendForm {
    /** Names that a query may have. */
    static final Set<String> NAMES =
            Set.of("to", "exclude", "framing", "split", "wait", "timeout", "require", "results");

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
            case "to" -> to.add(target(name, value));
            case "exclude" -> exclude.add(target(name, value));
            case "framing" -> framing = framing(value);
            case "split" -> split = Flag.parse(name, value);
            case "require" -> require = Flag.parse(name, value);
            case "wait" -> wait = wait(value);
            case "timeout" -> timeout = Durations.parse(name, value, LONGEST_TIMEOUT);
            case "results" -> results = results(value);
            default -> throw Query.unknown(name, NAMES);
        }
    }

    /**
     * @throws ApiProblem 400 without a target
     */
    Send send(byte[] payload) {
        if (to.isEmpty()) {
            throw ApiProblem.badRequest(
                    "'to' is missing: to=all, to=ID or to=NAME as GET /peers shows it, or with to= "
                            + Target.KINDS);
        }
        return new Send(to, exclude, payload, framing, split, wait, timeout, results);
    }

    /** Whether no target at all is an error. */
    boolean require() {
        return require;
    }

    private static Target target(String name, String value) {
        try {
            return Target.parse(value);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest(name + ": " + e.getMessage());
        }
    }

    private static Framing framing(String value) {
        try {
            return Framing.of(value);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest("framing: " + e.getMessage());
        }
    }

    private static Wait wait(String value) {
        return switch (value) {
            case "queued" -> Wait.QUEUED;
            case "written" -> Wait.WRITTEN;
            case "acked" -> Wait.ACKED;
            case "reply" -> Wait.REPLY;
            default ->
                    throw ApiProblem.badRequest(
                            "wait='" + value + "': known are queued, written, acked and reply");
        };
    }

    private static Results results(String value) {
        return switch (value) {
            case "all" -> Results.ALL;
            case "failed" -> Results.FAILED;
            case "none" -> Results.NONE;
            default ->
                    throw ApiProblem.badRequest(
                            "results='" + value + "': known are all, failed and none");
        };
    }
}
