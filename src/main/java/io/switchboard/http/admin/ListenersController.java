package io.switchboard.http.admin;

import static org.springframework.http.MediaType.APPLICATION_JSON_VALUE;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.http.RequestBinder.JsonObject;
import io.switchboard.http.access.Client;
import io.switchboard.http.admin.ServiceController.ListenerRow;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.http.problem.StoreProblem;
import io.switchboard.listener.ListenerFault;
import io.switchboard.listener.ListenerFault.Reason;
import io.switchboard.listener.ListenerService;
import io.switchboard.listener.ListenerService.Outcome;
import io.switchboard.peer.Listeners;
import io.switchboard.store.StoreException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import org.hibernate.validator.constraints.time.DurationMax;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriComponentsBuilder;

/** {@code POST /listeners}, and {@code GET}, {@code PATCH} and {@code DELETE} of one listener. */
@RestController
@RequestMapping(produces = APPLICATION_JSON_VALUE)
public final class ListenersController {
    private static final Duration DRAIN = Duration.ofSeconds(5);

    /** The query of {@code DELETE /listeners/{name}}. */
    record Removal(
            @DurationMax(seconds = 60, message = "it takes 0s to 60s") @Nullable Duration drain,
            @Nullable String farewell) {}

    /**
     * The answer after a change.
     *
     * @param node the only node that has the listener; null if every node has it
     * @param listener the listener at this node; null if another node has it
     * @param errors why other nodes have not followed, by node; null if all have
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Changed(
            String name,
            @Nullable String node,
            @Nullable ListenerRow listener,
            @Nullable Map<String, String> errors) {}

    /**
     * The answer after a removal.
     *
     * @param closed the number of peers that were closed, over all nodes
     * @param errors why other nodes have not followed, by node; null if all have
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Removed(String name, int closed, @Nullable Map<String, String> errors) {}

    private final ListenerService service;
    private final Listeners listeners;
    private final ServiceController rows;

    ListenersController(ListenerService service, Listeners listeners, ServiceController rows) {
        this.service = service;
        this.listeners = listeners;
        this.rows = rows;
    }

    @GetMapping("/listeners/{name}")
    ListenerRow get(@PathVariable String name, @AuthenticationPrincipal Client client) {
        return listeners
                .find(name)
                .filter(each -> client.reach().includesListener(name))
                .map(each -> rows.row(each, client.reach()))
                .orElseThrow(
                        () ->
                                new ListenerFault(
                                        Reason.UNKNOWN_LISTENER,
                                        "there is no listener '%s': GET /listeners lists them"
                                                .formatted(name)));
    }

    /** Creates a listener, of which the body has the keys and the name. */
    @PostMapping("/listeners")
    ResponseEntity<Changed> create(
            JsonObject body,
            @RequestParam(required = false) @Nullable String node,
            @AuthenticationPrincipal Client client) {
        requireKnown(body, "name");
        Map<String, Object> keys = new LinkedHashMap<>(body.values());
        if (!(keys.remove("name") instanceof String name)) {
            Object given = body.values().get("name");
            throw ApiProblem.badRequest(
                    given == null
                            ? "'name' is missing: it takes the name of the listener, such as {\"name\": \"gps\", \"port\": 9000}"
                            : "name=" + given + ": it takes a string");
        }
        Outcome outcome = run(() -> service.create(name, node, keys));
        URI location =
                UriComponentsBuilder.fromPath("/listeners/{name}")
                        .encode()
                        .build(Map.of("name", name));
        return ResponseEntity.created(location).body(changed(name, node, outcome, client));
    }

    @PatchMapping("/listeners/{name}")
    Changed change(
            @PathVariable String name, JsonObject body, @AuthenticationPrincipal Client client) {
        requireKnown(body, null);
        if (body.values().containsKey("name")) {
            throw ApiProblem.badRequest(
                    "name=%s: a listener keeps its name; leave it out"
                            .formatted(body.values().get("name")));
        }
        Outcome outcome = run(() -> service.change(name, body.values()));
        return changed(name, null, outcome, client);
    }

    @DeleteMapping("/listeners/{name}")
    Removed remove(@PathVariable String name, Removal removal) {
        Duration drain = Objects.requireNonNullElse(removal.drain(), DRAIN);
        Outcome outcome = run(() -> service.remove(name, drain, removal.farewell()));
        return new Removed(name, outcome.closed(), errors(outcome));
    }

    private void requireKnown(JsonObject body, @Nullable String name) {
        SortedSet<String> known = service.keys();
        if (name != null) {
            known.add(name);
        }
        for (String each : body.values().keySet()) {
            if (!known.contains(each) && !each.equals("name")) {
                throw new ListenerFault(
                        Reason.BAD_LISTENER,
                        each,
                        null,
                        "unknown field '%s': known are %s"
                                .formatted(each, String.join(", ", known)),
                        null);
            }
        }
    }

    private Changed changed(String name, @Nullable String node, Outcome outcome, Client client) {
        ListenerRow row =
                listeners.find(name).map(each -> rows.row(each, client.reach())).orElse(null);
        return new Changed(name, node, row, errors(outcome));
    }

    private static @Nullable Map<String, String> errors(Outcome outcome) {
        return outcome.errors().isEmpty() ? null : outcome.errors();
    }

    private interface Work {
        Outcome run() throws InterruptedException;
    }

    private static Outcome run(Work work) {
        try {
            return work.run();
        } catch (StoreException e) {
            throw StoreProblem.ofListener(e);
        } catch (InterruptedException e) {
            throw StoreProblem.interruptedListener();
        }
    }
}
