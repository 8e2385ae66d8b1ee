package io.switchboard.web;

import io.switchboard.inbound.Event;
import io.switchboard.inbound.EventFilter;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Lookup;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads what a {@code GET /events} asks for. */
@Component
final class EventQuery {
    private static final Set<String> NAMES =
            Set.of("peer", "group", "listener", "type", "lastEventId");
    private static final Pattern ID = Pattern.compile("\\d{1,18}");

    /**
     * @param lastEventId null to begin with what happens from now on
     */
    record Asked(EventFilter filter, @Nullable Long lastEventId) {}

    private final PeerRegistry registry;
    private final Listeners listeners;

    EventQuery(PeerRegistry registry, Listeners listeners) {
        this.registry = registry;
        this.listeners = listeners;
    }

    /**
     * @throws ApiProblem 400, for a value that nothing can have; 404, for the id of no peer
     */
    Asked read(HttpServletRequest request) {
        Map<String, List<String>> query = Query.parse(request.getQueryString(), NAMES);
        Set<String> peers = values(query, "peer");
        Set<String> groups = values(query, "group");
        Set<String> from = values(query, "listener");
        peers.forEach(this::checkPeer);
        groups.forEach(each -> refuse("group", each, Names.objectionToGroup(each)));
        from.forEach(this::checkListener);
        Set<Event.Type> types =
                values(query, "type").stream()
                        .map(EventQuery::type)
                        .collect(Collectors.toUnmodifiableSet());
        return new Asked(new EventFilter(peers, groups, from, types), lastEventId(request, query));
    }

    private static Set<String> values(Map<String, List<String>> query, String name) {
        return new LinkedHashSet<>(query.getOrDefault(name, List.of()));
    }

    /** A name may come later; an id that is nobody's never will. */
    private void checkPeer(String reference) {
        if (PeerId.parse(reference).isEmpty()) {
            refuse("peer", reference, Names.objectionToName(reference));
        } else if (registry.find(reference) instanceof Lookup.Unknown) {
            throw ApiProblem.unknownPeer(reference);
        }
    }

    private void checkListener(String name) {
        if (listeners.find(name).isEmpty()) {
            throw ApiProblem.badRequest(
                    "listener='"
                            + name
                            + "': known are "
                            + listeners.all().stream()
                                    .map(Listener::name)
                                    .collect(Collectors.joining(", ")));
        }
    }

    private static Event.Type type(String word) {
        return Event.Type.of(word)
                .orElseThrow(
                        () ->
                                ApiProblem.badRequest(
                                        "type='"
                                                + word
                                                + "': known are "
                                                + Arrays.stream(Event.Type.values())
                                                        .map(Event.Type::word)
                                                        .collect(Collectors.joining(", "))));
    }

    private static void refuse(String parameter, String value, Optional<String> objection) {
        if (objection.isPresent()) {
            throw ApiProblem.badRequest(parameter + "='" + value + "': " + objection.get());
        }
    }

    /** A browser that connects again repeats the query, and the header is newer. */
    private static @Nullable Long lastEventId(
            HttpServletRequest request, Map<String, List<String>> query) {
        String header = request.getHeader("Last-Event-ID");
        List<String> given = query.getOrDefault("lastEventId", List.of());
        if (given.size() > 1) {
            throw ApiProblem.badRequest("lastEventId is there " + given.size() + " times");
        }
        String id = header == null && !given.isEmpty() ? given.getFirst() : header;
        if (id != null && !ID.matcher(id).matches()) {
            throw ApiProblem.badRequest(
                    "last event id '" + id + "': it takes what 'id' said in an event, a number");
        }
        return id == null ? null : Long.valueOf(id);
    }
}
