package io.switchboard.web;

import io.switchboard.peer.Names;
import io.switchboard.peer.Naming;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.Consumer;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;

/**
 * What a {@code PATCH /peers/{peer}} asks for. All of it is read before any of it is done: a field
 * that cannot be read leaves the peer as it was.
 */
final class PeerPatch {
    static final SequencedSet<String> FIELDS =
            Collections.unmodifiableSequencedSet(
                    new LinkedHashSet<>(
                            List.of("name", "groups", "idleTimeout", "noDelay", "keepAlive")));

    private static final Duration LONGEST_IDLE = Duration.ofDays(30);
    private static final int MOST_GROUPS = 64;

    private final PeerRegistry registry;
    private final List<Consumer<PeerSession>> changes = new ArrayList<>();

    private PeerPatch(PeerRegistry registry) {
        this.registry = registry;
    }

    /**
     * @param body an object that has none but {@link #FIELDS}
     * @throws ApiProblem 400, naming the field, its value and what would be right
     */
    static PeerPatch read(JsonNode body, PeerRegistry registry) {
        PeerPatch patch = new PeerPatch(registry);
        // in this order: the name may be refused, and "groups" has the last word on its groups
        for (String field : FIELDS) {
            JsonNode value = body.get(field);
            if (value != null) {
                patch.read(field, value);
            }
        }
        return patch;
    }

    private void read(String field, JsonNode value) {
        switch (field) {
            case "name" -> name(value);
            case "groups" -> groups(value);
            case "idleTimeout" -> idleTimeout(value);
            case "noDelay" -> option(field, StandardSocketOptions.TCP_NODELAY, value);
            default -> option(field, StandardSocketOptions.SO_KEEPALIVE, value);
        }
    }

    /**
     * Does it.
     *
     * @throws ApiProblem 409, another peer keeps the name; 410, the peer is closed
     */
    void apply(PeerSession session) {
        changes.forEach(change -> change.accept(session));
    }

    private void name(JsonNode value) {
        if (value.isNull()) {
            changes.add(session -> registry.rename(session, null));
            return;
        }
        String name = string("name", value);
        refuse("name", Names.objectionToName(name));
        changes.add(session -> rename(session, name));
    }

    private void rename(PeerSession session, String name) {
        switch (registry.rename(session, name)) {
            case Naming.Named _ -> {}
            case Naming.Gone _ -> throw ApiProblem.closedPeer(session.id().toString(), " already");
            case Naming.Taken(PeerSession by) ->
                    throw new ApiProblem(
                            HttpStatus.CONFLICT,
                            "duplicate_name",
                            "the name '"
                                    + name
                                    + "' is that of "
                                    + by.id()
                                    + ", and on-duplicate of listener '"
                                    + session.listener().name()
                                    + "' is reject");
        }
    }

    private void groups(JsonNode value) {
        if (!value.isArray() || value.size() > MOST_GROUPS) {
            throw ApiProblem.badRequest(
                    "groups is not a list of at most " + MOST_GROUPS + " names: " + value);
        }
        List<String> groups = new ArrayList<>();
        for (JsonNode each : value) {
            String group = string("groups", each);
            refuse("groups", Names.objectionToGroup(group));
            groups.add(group);
        }
        changes.add(session -> registry.regroup(session, groups));
    }

    private void idleTimeout(JsonNode value) {
        Duration timeout =
                value.isNull()
                        ? Duration.ZERO
                        : Durations.parse(
                                "idleTimeout", string("idleTimeout", value), LONGEST_IDLE);
        changes.add(session -> session.idleTimeout(timeout));
    }

    private void option(String field, SocketOption<Boolean> option, JsonNode value) {
        if (!value.isBoolean()) {
            throw ApiProblem.badRequest(field + " is not true or false: " + value);
        }
        changes.add(session -> set(session, field, option, value.booleanValue()));
    }

    private static void set(
            PeerSession session, String field, SocketOption<Boolean> option, boolean on) {
        try {
            session.option(option, on);
        } catch (IOException e) {
            throw ApiProblem.closedPeer(session.id().toString(), " already");
        } catch (UnsupportedOperationException e) {
            throw ApiProblem.badRequest(
                    field + " is no option of " + session.listener().transport().word());
        }
    }

    private static String string(String field, JsonNode value) {
        if (!value.isString()) {
            throw ApiProblem.badRequest(field + " is not a string: " + value);
        }
        return value.stringValue();
    }

    private static void refuse(String field, Optional<String> objection) {
        if (objection.isPresent()) {
            throw ApiProblem.badRequest(field + ": " + objection.get());
        }
    }
}
