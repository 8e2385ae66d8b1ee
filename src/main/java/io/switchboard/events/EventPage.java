package io.switchboard.events;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The answer of one node to another: some of its events, in their order.
 *
 * @param gap the events that are missing before these; null if none is
 * @param next the number of the last event that was returned or skipped: the next {@link
 *     Request#after}
 * @param last whether the node is stopping and has returned everything
 */
record EventPage(Subscription.@Nullable Gap gap, List<Encoded> events, long next, boolean last) {
    private static final byte[] NOTHING = {};

    /**
     * One event.
     *
     * @param frame the event as {@link SseEncoder#of} encodes it, without an id
     */
    @SuppressWarnings("ArrayRecordComponent") // events are not compared
    record Encoded(long seq, byte[] frame) {
        Encoded {
            frame = Objects.requireNonNullElse(frame, NOTHING); // the field may be missing
        }
    }

    /** Returns whether a subscriber learns anything from this page. */
    boolean hasContent() {
        return gap != null || !events.isEmpty();
    }

    /** Returns the memory that the frames take, in bytes. */
    long bytes() {
        return events.stream().mapToLong(event -> event.frame().length).sum();
    }

    /**
     * The request of one node for events of another; the sets are those of an {@link EventFilter}.
     *
     * @param after the number of the last event that the sender knows, or {@link #NOW} or {@link
     *     #START}
     */
    record Request(
            Set<String> peers,
            Set<String> groups,
            Set<String> listeners,
            Set<String> types,
            long after) {
        /**
         * The sender wants what happens from now on: the answer has that position and no events.
         */
        static final long NOW = -1;

        /** The sender wants everything from the node's first event on. No event has this number. */
        static final long START = 0;

        static Request of(EventFilter filter, long after) {
            return new Request(
                    filter.peers(), filter.groups(), filter.listeners(), filter.types(), after);
        }

        EventFilter filter() {
            return new EventFilter(peers, groups, listeners, types);
        }
    }
}
