package io.switchboard.events;

import io.switchboard.cluster.Scoped;
import io.switchboard.peer.Reach;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A page of one node's events, in their order, which the node returns to another node.
 *
 * @param gap the events that are missing before those of this page; null if none is missing
 * @param next the number of the last event that was returned or skipped; the next request has it as
 *     {@link Request#after}
 * @param last whether the node is stopping and has returned all its events
 */
record EventPage(Subscription.@Nullable Gap gap, List<Encoded> events, long next, boolean last) {
    private static final byte[] EMPTY = {};

    /**
     * One event.
     *
     * @param frame the event as {@link SseEncoder#encode} encodes it, without an id
     */
    @SuppressWarnings("ArrayRecordComponent") // events are not compared
    record Encoded(long seq, byte[] frame) {
        Encoded {
            frame = Objects.requireNonNullElse(frame, EMPTY); // the field may be missing
        }
    }

    /** Returns whether the page has a gap or events. */
    boolean hasContent() {
        return gap != null || !events.isEmpty();
    }

    /** Returns the total size of the frames in bytes. */
    long bytes() {
        return events.stream().mapToLong(event -> event.frame().length).sum();
    }

    /**
     * The request of one node for events of another; the sets are those of an {@link EventFilter}.
     *
     * @param after the number of the last event that the requesting node has, or {@link #NOW} or
     *     {@link #START}
     * @param reach the peers of whose events the subscriber may know
     */
    record Request(
            Set<String> peers,
            Set<String> groups,
            Set<String> listeners,
            Set<String> types,
            long after,
            Reach reach)
            implements Scoped {

        Request {
            reach = Reach.orAll(reach);
        }

        /** Requests the current position: the answer has it as {@link #next} and no events. */
        static final long NOW = -1;

        /** Requests all events from the node's first one. No event has this number. */
        static final long START = 0;

        static Request of(EventFilter filter, long after) {
            return new Request(
                    filter.peers(),
                    filter.groups(),
                    filter.listeners(),
                    filter.types(),
                    after,
                    filter.reach());
        }

        EventFilter filter() {
            return new EventFilter(peers, groups, listeners, types, reach);
        }
    }
}
