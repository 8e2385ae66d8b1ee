package io.switchboard.http.events;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.events.EventFilter;
import io.switchboard.events.EventService;
import io.switchboard.events.EventType;
import io.switchboard.http.QueryParameters;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.Reach;
import io.switchboard.query.PeerLocator;
import io.switchboard.query.Rejection;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Parses the query and the headers of {@code GET /events}. */
@Component
final class EventQuery {
    private static final Set<String> NAMES =
            Set.of("peer", "group", "listener", "type", "node", "lastEventId", "ticket");

    private final PeerRegistry registry;
    private final Listeners listeners;
    private final Cluster cluster;
    private final PeerLocator locator;
    private final EventService service;

    EventQuery(
            PeerRegistry registry,
            Listeners listeners,
            Cluster cluster,
            PeerLocator locator,
            EventService service) {
        this.registry = registry;
        this.listeners = listeners;
        this.cluster = cluster;
        this.locator = locator;
        this.service = service;
    }

    /**
     * Returns the subscription that the request asks for, to events of peers in reach.
     *
     * @throws ApiProblem 400 if a parameter or value is invalid; 404 if the id of a peer or the
     *     node is unknown; 409 if several nodes have the name of the node
     */
    EventService.Request parse(HttpServletRequest request, Reach reach) {
        Map<String, List<String>> query = QueryParameters.parse(request.getQueryString(), NAMES);
        Set<String> peers = values(query, "peer");
        Set<String> groups = values(query, "group");
        Set<String> listenerNames = values(query, "listener");
        peers.forEach(each -> checkPeer(each, reach));
        groups.forEach(each -> refuse("group", each, Names.groupError(each)));
        listenerNames.forEach(each -> checkListener(each, reach));
        Set<String> types = values(query, "type");
        types.forEach(EventQuery::checkType);
        return new EventService.Request(
                new EventFilter(peers, groups, listenerNames, types, reach),
                node(single(query, "node")),
                after(request, query));
    }

    /**
     * Returns a filter for nodes. A name also selects later nodes with that name, as after a
     * restart.
     */
    private Predicate<Node> node(@Nullable String reference) {
        if (reference == null) {
            return _ -> true;
        }
        Node node = locator.findNode(reference);
        return node.id().equals(reference)
                ? each -> each.id().equals(reference)
                : each -> reference.equals(each.name());
    }

    private static @Nullable String single(Map<String, List<String>> query, String name) {
        List<String> given = query.getOrDefault(name, List.of());
        if (given.size() > 1) {
            throw ApiProblem.badRequest(
                    name + " is given " + given.size() + " times: give it once");
        }
        return given.isEmpty() ? null : given.getFirst();
    }

    private static Set<String> values(Map<String, List<String>> query, String name) {
        return new LinkedHashSet<>(query.getOrDefault(name, List.of()));
    }

    /**
     * Checks a name or id. A peer with an unknown name may connect later, but no peer will ever
     * have an id that was not assigned. An id of another node is checked only for whether that node
     * exists.
     */
    private void checkPeer(String reference, Reach reach) {
        PeerId id = PeerId.parse(reference).orElse(null);
        if (id == null) {
            refuse("peer", reference, Names.nameError(reference));
        } else if (id.node().equals(registry.boot())
                ? registry.find(reference, reach) instanceof Lookup.Unknown
                : cluster.find(id.node()).isEmpty()) {
            throw Rejection.unknownPeer(reference);
        }
    }

    private void checkListener(String name, Reach reach) {
        if (listeners.find(name).isEmpty() || !reach.includesListener(name)) {
            String known =
                    reach.within(listeners.all()).stream()
                            .map(Listener::name)
                            .collect(Collectors.joining(", "));
            throw ApiProblem.badRequest("listener='%s': known are %s".formatted(name, known));
        }
    }

    private static void checkType(String word) {
        if (EventType.of(word).isEmpty()) {
            String known = EventType.words(_ -> true);
            throw ApiProblem.badRequest("type='%s': known are %s".formatted(word, known));
        }
    }

    private static void refuse(String parameter, String value, Optional<String> objection) {
        if (objection.isPresent()) {
            throw ApiProblem.badRequest(parameter + "='" + value + "': " + objection.get());
        }
    }

    /**
     * Returns the position to resume from, or null. The header takes precedence over the query,
     * because a browser that reconnects repeats the query with its first position.
     */
    private @Nullable SortedMap<String, Long> after(
            HttpServletRequest request, Map<String, List<String>> query) {
        String given = single(query, "lastEventId");
        String header = request.getHeader("Last-Event-ID");
        String id = header == null ? given : header;
        if (id == null) {
            return null;
        }
        String error = "last event id '" + id + "': " + service.idFormat();
        return service.parseId(id).orElseThrow(() -> ApiProblem.badRequest(error));
    }
}
