package io.switchboard.events;

import java.util.Set;

/**
 * The request of one node for events of another; the sets are those of an {@link EventFilter}.
 *
 * @param after the number of the last event that the sender knows, or {@link #NOW} or {@link
 *     #START}
 */
record EventAsk(
        Set<String> peers,
        Set<String> groups,
        Set<String> listeners,
        Set<String> types,
        long after) {
    /** The sender wants what happens from now on: the answer has that position and no events. */
    static final long NOW = -1;

    /** The sender wants everything from the node's first event on. No event has this number. */
    static final long START = 0;

    static EventAsk of(EventFilter filter, long after) {
        return new EventAsk(
                filter.peers(), filter.groups(), filter.listeners(), filter.types(), after);
    }

    EventFilter filter() {
        return new EventFilter(peers, groups, listeners, types);
    }
}
