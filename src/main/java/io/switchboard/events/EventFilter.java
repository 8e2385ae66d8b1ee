package io.switchboard.events;

import io.switchboard.peer.NameReach;
import io.switchboard.peer.Reach;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Selects events. An event must match each set that is not empty.
 *
 * @param peers ids and names of peers
 * @param groups names of groups, one of which the peer was in when the event happened
 * @param listeners names of listeners
 * @param types names of types in the API; another node may send a name that this release does not
 *     know, which matches no event
 * @param reach the peers of whose events the subscriber may know
 */
public record EventFilter(
        Set<String> peers,
        Set<String> groups,
        Set<String> listeners,
        Set<String> types,
        Reach reach)
        implements Predicate<Event> {

    /** Creates a filter for a subscriber that may know of all peers. */
    public EventFilter(
            Set<String> peers, Set<String> groups, Set<String> listeners, Set<String> types) {
        this(peers, groups, listeners, types, Reach.ALL);
    }

    /** Returns this filter, which also tests that the name of a stored message is in reach. */
    Predicate<Event> with(NameReach names) {
        return reach.includesAll()
                ? this
                : event -> {
                    Event.Stored stored = event.stored();
                    return test(event) && (stored == null || names.includes(reach, stored.name()));
                };
    }

    /** Does not test the names of stored messages; {@link #with} does. */
    @Override
    public boolean test(Event event) {
        EventPeer peer = event.peer();
        if (peer == null) {
            return (types.isEmpty() || types.contains(event.type().word()))
                    && listeners.isEmpty()
                    && groups.isEmpty()
                    && (peers.isEmpty()
                            || (event.stored() != null && peers.contains(event.stored().name())));
        }
        return reach.includes(peer.listener(), peer.groups())
                && (types.isEmpty() || types.contains(event.type().word()))
                && (listeners.isEmpty() || listeners.contains(peer.listener()))
                && (groups.isEmpty() || peer.groups().stream().anyMatch(groups::contains))
                && (peers.isEmpty()
                        || (peer.name() != null && peers.contains(peer.name()))
                        || peers.contains(peer.id().toString()));
    }
}
