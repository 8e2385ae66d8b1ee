package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.events.EventFilter;
import io.switchboard.events.EventService;
import io.switchboard.inbound.EventType;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.query.Nodes;
import io.switchboard.query.Refusal;
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
            Set.of("peer", "group", "listener", "type", "node", "lastEventId");

    private final PeerRegistry registry;
    private final Listeners listeners;
    private final Cluster cluster;
    private final Nodes nodes;
    private final EventService service;

    EventQuery(
            PeerRegistry registry,
            Listeners listeners,
            Cluster cluster,
            Nodes nodes,
            EventService service) {
        this.registry = registry;
        this.listeners = listeners;
        this.cluster = cluster;
        this.nodes = nodes;
        this.service = service;
    }

    /**
     * @throws ApiProblem 400, for a value that nothing can have; 404, for the id of no peer, and
     *     for no node; 409, for a name that several nodes have
     */
    EventService.Request read(HttpServletRequest request) {
        Map<String, List<String>> query = Query.parse(request.getQueryString(), NAMES);
        Set<String> peers = values(query, "peer");
        Set<String> groups = values(query, "group");
        Set<String> from = values(query, "listener");
        peers.forEach(this::checkPeer);
        groups.forEach(each -> refuse("group", each, Names.objectionToGroup(each)));
        from.forEach(this::checkListener);
        Set<String> types = values(query, "type");
        types.forEach(EventQuery::checkType);
        return new EventService.Request(
                new EventFilter(peers, groups, from, types),
                node(once(query, "node")),
                after(request, query));
    }

    /** A name also selects a later node that has it, such as the same one after a restart. */
    private Predicate<Node> node(@Nullable String reference) {
        if (reference == null) {
            return _ -> true;
        }
        Node node = nodes.find(reference);
        return node.id().equals(reference)
                ? each -> each.id().equals(reference)
                : each -> reference.equals(each.name());
    }

    private static @Nullable String once(Map<String, List<String>> query, String name) {
        List<String> given = query.getOrDefault(name, List.of());
        if (given.size() > 1) {
            throw ApiProblem.badRequest(name + " is there " + given.size() + " times");
        }
        return given.isEmpty() ? null : given.getFirst();
    }

    private static Set<String> values(Map<String, List<String>> query, String name) {
        return new LinkedHashSet<>(query.getOrDefault(name, List.of()));
    }

    /**
     * A peer with this name may connect later, but no peer will ever have an id that was not
     * assigned. Only this node's ids can be checked for that.
     */
    private void checkPeer(String reference) {
        PeerId id = PeerId.parse(reference).orElse(null);
        if (id == null) {
            refuse("peer", reference, Names.objectionToName(reference));
        } else if (id.node().equals(registry.boot())
                ? registry.find(reference) instanceof Lookup.Unknown
                : cluster.find(id.node()).isEmpty()) {
            throw Refusal.unknownPeer(reference);
        }
    }

    private void checkListener(String name) {
        if (listeners.find(name).isEmpty()) {
            String known =
                    listeners.all().stream().map(Listener::name).collect(Collectors.joining(", "));
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

    /** A browser that reconnects repeats the query, so the header is newer. */
    private @Nullable SortedMap<String, Long> after(
            HttpServletRequest request, Map<String, List<String>> query) {
        String given = once(query, "lastEventId");
        String header = request.getHeader("Last-Event-ID");
        String id = header == null ? given : header;
        if (id == null) {
            return null;
        }
        String error = "last event id '" + id + "': " + service.idForm();
        return service.parseId(id).orElseThrow(() -> ApiProblem.badRequest(error));
    }
}
