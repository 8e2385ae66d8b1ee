package io.switchboard.events;

import io.switchboard.inbound.Event;
import io.switchboard.inbound.EventPeer;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Selects events: those that fit each set that is not empty.
 *
 * @param peers ids and names
 * @param groups the peer was in one of them when the event happened
 * @param types names of types in the API. Another node may send one that this release does not
 *     know; it matches no event
 */
public record EventFilter(
        Set<String> peers, Set<String> groups, Set<String> listeners, Set<String> types)
        implements Predicate<Event> {

    @Override
    public boolean test(Event event) {
        EventPeer peer = event.peer();
        return (types.isEmpty() || types.contains(event.type().word()))
                && (listeners.isEmpty() || listeners.contains(peer.listener()))
                && (groups.isEmpty() || peer.groups().stream().anyMatch(groups::contains))
                && (peers.isEmpty()
                        || (peer.name() != null && peers.contains(peer.name()))
                        || peers.contains(peer.id().toString()));
    }
}
