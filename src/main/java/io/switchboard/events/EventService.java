package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.inbound.EventStream;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Opens what subscribers are told: the events of one node, or of a cluster. */
@Component
final class EventSupplies {
    private final EventStream stream;
    private final Cluster nodes;
    private final EventAsks asks;
    private final EventFrames frames;

    EventSupplies(EventStream stream, Cluster nodes, EventAsks asks, EventFrames frames) {
        this.stream = stream;
        this.nodes = nodes;
        this.asks = asks;
        this.frames = frames;
    }

    /** Nothing where {@link EventStream#MOST_SUBSCRIBERS} are there already. */
    Optional<EventSupply> open(EventQuery.Asked asked) {
        return stream.subscribe(asked.filter(), after(asked.after()))
                .map(
                        own ->
                                nodes.single()
                                        ? new OwnEvents(own, frames)
                                        : new ClusterEvents(
                                                own,
                                                nodes,
                                                asks,
                                                frames,
                                                asked.filter(),
                                                asked.nodes(),
                                                asked.after()));
    }

    /**
     * A client that has heard of others, and not of this node, has heard nothing of it; one that
     * has heard all of it comes while this node stops.
     */
    private @Nullable Long after(@Nullable Map<String, Long> after) {
        if (after == null) {
            return null;
        }
        long own = after.getOrDefault(nodes.self().id(), stream.beginning());
        return own == EventPositions.END ? null : own;
    }
}
