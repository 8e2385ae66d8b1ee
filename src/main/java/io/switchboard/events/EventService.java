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

/** Subscribes clients to the events of one or many nodes. Thread-safe. */
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
     * The request of a subscriber.
     *
     * @param nodes selects the nodes whose events the stream has
     * @param after the number of the last event that the subscriber has received of each node, by
     *     node id; null to begin with the next event
     */
    public record Request(
            EventFilter filter, Predicate<Node> nodes, @Nullable SortedMap<String, Long> after) {}

    /**
     * Subscribes to events.
     *
     * @return the stream, which the caller closes; empty if there are {@link
     *     EventStream#MAX_SUBSCRIBERS} already
     */
    public Optional<EventStreamSource> subscribe(Request request) {
        return stream.subscribe(request.filter(), after(request.after()))
                .map(own -> new EventStreamSource(own, cluster, pages, encoder, request));
    }

    /**
     * Returns the position in this node's events. A client that has received events of other nodes
     * and none of this one begins with the first. A client that has received all events of this
     * node can only connect while the node is stopping, and begins with the next event.
     */
    private @Nullable Long after(@Nullable Map<String, Long> after) {
        if (after == null) {
            return null;
        }
        long own = after.getOrDefault(cluster.self().id(), stream.beginning());
        return own == EventPositions.END ? null : own;
    }

    /**
     * Returns the position in each node that an event id contains. The id of a single node is a
     * number; a node of a cluster also accepts the number of one of its own events.
     *
     * @return empty if the text is not the id of an event
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

    /** Returns a sentence for people about the ids that {@link #parseId} accepts. */
    public String idFormat() {
        if (cluster.single()) {
            return "it must be the 'id' of an event, a number";
        }
        return "this is a cluster, and it must be the 'id' of an event, the position in each node, such as "
                + new EventPositions(ofThisNode(stream.beginning())).id();
    }

    private SortedMap<String, Long> ofThisNode(long seq) {
        return new TreeMap<>(Map.of(cluster.self().id(), seq));
    }
}
