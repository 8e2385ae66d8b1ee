package io.switchboard.inbound;

import java.util.Set;

/**
 * Which events somebody wants to hear of: those that fit each set that is not empty.
 *
 * @param peers ids and names
 * @param groups of which the peer is in one, when it happens
 */
public record EventFilter(
        Set<String> peers, Set<String> groups, Set<String> listeners, Set<Event.Type> types) {

    /** Whether this event is one of them. */
    boolean matches(Event event) {
        Event.Who peer = event.peer();
        return (types.isEmpty() || types.contains(event.type()))
                && (listeners.isEmpty() || listeners.contains(peer.listener()))
                && (groups.isEmpty() || peer.groups().stream().anyMatch(groups::contains))
                && (peers.isEmpty()
                        || (peer.name() != null && peers.contains(peer.name()))
                        || peers.contains(peer.id().toString()));
    }
}
