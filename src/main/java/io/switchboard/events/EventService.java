package io.switchboard.events;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Opens event streams. Thread-safe. */
@Component
public final class EventService {
    private final EventStream stream;
    private final Cluster cluster;
    private final RemoteEventPages pages;
    private final SseEncoder encoder;

    EventService(EventStream stream, Cluster cluster, RemoteEventPages pages, SseEncoder encoder) {
        this.stream = stream;
        this.cluster = cluster;
        this.pages = pages;
        this.encoder = encoder;
    }

    /**
     * What a subscriber wants.
     *
     * @param nodes the nodes whose events it wants
     * @param after the numbers of the last events that it has received, by the nodes' ids; null to
     *     begin with what happens from now on
     */
    public record Request(
            EventFilter filter, Predicate<Node> nodes, @Nullable SortedMap<String, Long> after) {}

    /**
     * Subscribes to events.
     *
     * @return the stream, which the caller closes; nothing if there are {@link
     *     EventStream#MOST_SUBSCRIBERS} already
     */
    public Optional<EventStreamSource> subscribe(Request request) {
        return stream.subscribe(request.filter(), after(request.after()))
                .map(own -> new EventStreamSource(own, cluster, pages, encoder, request));
    }

    /**
     * A client that has received events of other nodes and none of this one begins with the first.
     * A client that has received everything of this node comes while the node stops.
     */
    private @Nullable Long after(@Nullable Map<String, Long> after) {
        if (after == null) {
            return null;
        }
        long own = after.getOrDefault(cluster.self().id(), stream.beginning());
        return own == EventPositions.END ? null : own;
    }

    /**
     * Returns the position of each node that the id of an event states. A single node's ids are
     * numbers; in a cluster, a number is accepted if it is that of an event of this node.
     *
     * @return nothing if it is not the id of an event
     */
    public Optional<SortedMap<String, Long>> parseId(String id) {
        Optional<Long> number =
                EventPositions.NUMBER.matcher(id).matches()
                        ? Optional.of(Long.valueOf(id))
                        : Optional.empty();
        return cluster.single()
                ? number.map(this::ofThisNode)
                : EventPositions.parse(id)
                        .or(() -> number.filter(stream::has).map(this::ofThisNode));
    }

    /** Describes the ids that {@link #parseId} accepts. */
    public String idForm() {
        if (cluster.single()) {
            return "it takes what 'id' said in an event, a number";
        }
        return "this is a cluster, and it takes what 'id' said in an event, a position of each node such as "
                + new EventPositions(ofThisNode(stream.beginning())).id();
    }

    private SortedMap<String, Long> ofThisNode(long seq) {
        return new TreeMap<>(Map.of(cluster.self().id(), seq));
    }
}
