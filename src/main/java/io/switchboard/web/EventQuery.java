package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.inbound.Event;
import io.switchboard.inbound.EventFilter;
import io.switchboard.inbound.EventStream;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Lookup;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.query.NodeLookup;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads what a {@code GET /events} asks for. */
@Component
final class EventQuery {
    private static final Set<String> NAMES =
            Set.of("peer", "group", "listener", "type", "node", "lastEventId");
    private static final Pattern ID = Pattern.compile("\\d{1,18}");

    /**
     * @param nodes of which
     * @param after numbers of the last events that were seen, by the nodes' ids; null to begin with
     *     what happens from now on
     */
    record Asked(
            EventFilter filter, Predicate<Node> nodes, @Nullable SortedMap<String, Long> after) {}

    private final PeerRegistry registry;
    private final Listeners listeners;
    private final Cluster nodes;
    private final NodeLookup nodeLookup;
    private final EventStream stream;

    EventQuery(
            PeerRegistry registry,
            Listeners listeners,
            Cluster nodes,
            NodeLookup nodeLookup,
            EventStream stream) {
        this.registry = registry;
        this.listeners = listeners;
        this.nodes = nodes;
        this.nodeLookup = nodeLookup;
        this.stream = stream;
    }

    /**
     * @throws ApiProblem 400, for a value that nothing can have; 404, for the id of no peer, and
     *     for no node; 409, for a name that several nodes have
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
        return new Asked(
                new EventFilter(peers, groups, from, types),
                node(once(query, "node")),
                after(request, query));
    }

    /** A name goes on to mean the node that has it, when that was started again. */
    private Predicate<Node> node(@Nullable String reference) {
        if (reference == null) {
            return _ -> true;
        }
        Node node = nodeLookup.find(reference);
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
     * A name may come later; an id that is nobody's never will. Only this node's own can be told
     * from those that it never gave.
     */
    private void checkPeer(String reference) {
        PeerId id = PeerId.parse(reference).orElse(null);
        if (id == null) {
            refuse("peer", reference, Names.objectionToName(reference));
        } else if (id.node().equals(registry.boot())
                ? registry.find(reference) instanceof Lookup.Unknown
                : nodes.find(id.node()).isEmpty()) {
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
    private @Nullable SortedMap<String, Long> after(
            HttpServletRequest request, Map<String, List<String>> query) {
        String given = once(query, "lastEventId");
        String header = request.getHeader("Last-Event-ID");
        String id = header == null ? given : header;
        if (id == null) {
            return null;
        }
        if (nodes.single()) {
            return number(id)
                    .map(this::ofThisNode)
                    .orElseThrow(
                            () ->
                                    ApiProblem.badRequest(
                                            "last event id '"
                                                    + id
                                                    + "': it takes what 'id' said in an event, a"
                                                    + " number"));
        }
        return EventPositions.parse(id)
                .or(() -> number(id).filter(stream::has).map(this::ofThisNode))
                .orElseThrow(
                        () ->
                                ApiProblem.badRequest(
                                        "last event id '"
                                                + id
                                                + "': this is a cluster, and it takes what 'id'"
                                                + " said in an event, a position of each node such"
                                                + " as "
                                                + new EventPositions(ofThisNode(stream.beginning()))
                                                        .id()));
    }

    private static Optional<Long> number(String id) {
        return ID.matcher(id).matches() ? Optional.of(Long.valueOf(id)) : Optional.empty();
    }

    private SortedMap<String, Long> ofThisNode(long seq) {
        return new TreeMap<>(Map.of(registry.boot(), seq));
    }
}
