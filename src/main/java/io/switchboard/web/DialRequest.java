package io.switchboard.web;

import io.switchboard.peer.Call;
import io.switchboard.peer.Dialler;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Names;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Reads what a {@code POST /peers} asks for. */
@Component
final class DialRequest {
    static final Set<String> FIELDS =
            Set.of("host", "port", "listener", "name", "timeout", "keep", "node");

    private static final String UNLESS_SAID = "default";
    private static final Duration USUAL = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final int LAST_PORT = 65_535;

    /**
     * @param keep whether it is made again whenever it ends
     */
    record Asked(Call call, boolean keep) {}

    private final Listeners listeners;
    private final Dialler dialler;

    DialRequest(Listeners listeners, Dialler dialler) {
        this.listeners = listeners;
        this.dialler = dialler;
    }

    /**
     * @param body an object that has none but {@link #FIELDS}
     * @throws ApiProblem 400, naming the field, its value and what would be right
     */
    Asked read(JsonNode body) {
        String host = text(body, "host");
        if (host == null || host.isBlank()) {
            throw ApiProblem.badRequest("'host' is missing: a name or an address");
        }
        String timeout = text(body, "timeout");
        Call call =
                new Call(
                        host,
                        port(body.get("port")),
                        listener(text(body, "listener")),
                        name(text(body, "name")),
                        List.of(),
                        timeout == null ? USUAL : timeout(timeout));
        return new Asked(call, keep(body.get("keep")));
    }

    /** From which node, by its name or id; null for the one that is asked. */
    static @Nullable String node(JsonNode body) {
        return text(body, "node");
    }

    private static int port(@Nullable JsonNode value) {
        if (value == null) {
            throw ApiProblem.badRequest("'port' is missing: 1 to " + LAST_PORT);
        }
        if (!value.isInt() || value.intValue() < 1 || value.intValue() > LAST_PORT) {
            throw ApiProblem.badRequest("port is " + value + ": it takes 1 to " + LAST_PORT);
        }
        return value.intValue();
    }

    /** The one named, or the one called default, or the only one that can be had. */
    private Listener listener(@Nullable String name) {
        List<Listener> served = listeners.all().stream().filter(dialler::serves).toList();
        if (name == null && served.size() == 1) {
            return served.getFirst();
        }
        String wanted = name == null ? UNLESS_SAID : name;
        return served.stream()
                .filter(each -> each.name().equals(wanted))
                .findFirst()
                .orElseThrow(
                        () ->
                                ApiProblem.badRequest(
                                        "listener is '"
                                                + wanted
                                                + "': it takes one whose transport is tcp, "
                                                + served.stream()
                                                        .map(Listener::name)
                                                        .collect(Collectors.joining(" or "))));
    }

    private static @Nullable String name(@Nullable String name) {
        Optional<String> objection = name == null ? Optional.empty() : Names.objectionToName(name);
        if (objection.isPresent()) {
            throw ApiProblem.badRequest("name: " + objection.get());
        }
        return name;
    }

    private static Duration timeout(String text) {
        Duration timeout = Durations.parse("timeout", text, LONGEST);
        if (timeout.isZero()) {
            throw ApiProblem.badRequest("timeout=" + text + ": it takes 1ms or more");
        }
        return timeout;
    }

    private static boolean keep(@Nullable JsonNode value) {
        if (value != null && !value.isBoolean()) {
            throw ApiProblem.badRequest("keep is not true or false: " + value);
        }
        return value != null && value.booleanValue();
    }

    private static @Nullable String text(JsonNode body, String field) {
        JsonNode value = body.get(field);
        if (value != null && !value.isString()) {
            throw ApiProblem.badRequest(field + " is not a string: " + value);
        }
        return value == null ? null : value.stringValue();
    }
}
