package io.switchboard.peer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The peers that a caller may see and reach: those of these listeners that are also in one of these
 * groups. An empty set restricts nothing. A peer out of reach is treated as if it had never
 * existed: every answer about it is the one about an unknown peer.
 *
 * <p>It is part of the requests that the services take, also of those between nodes. A release that
 * adds another restriction must give {@code Scoped} requests a new method name, because nodes of
 * this release ignore fields that they do not know.
 *
 * @param listeners names of listeners; empty for all
 * @param groups names of groups; empty for all, and also for peers without a group
 */
public record Reach(Set<String> listeners, Set<String> groups) {
    /** All peers. */
    public static final Reach ALL = new Reach(Set.of(), Set.of());

    public Reach {
        listeners = Set.copyOf(Objects.requireNonNullElse(listeners, Set.of()));
        groups = Set.copyOf(Objects.requireNonNullElse(groups, Set.of()));
    }

    /** Returns this reach, or all peers if a request has none. */
    public static Reach orAll(@Nullable Reach reach) {
        return reach == null ? ALL : reach;
    }

    /** Returns whether nothing is restricted. */
    public boolean includesAll() {
        return listeners.isEmpty() && groups.isEmpty();
    }

    /** Returns whether this listener may have peers in reach. */
    public boolean includesListener(String name) {
        return listeners.isEmpty() || listeners.contains(name);
    }

    /** Returns whether this is one of the groups, or groups restrict nothing. */
    public boolean includesGroup(String group) {
        return groups.isEmpty() || groups.contains(group);
    }

    /** Returns whether a peer with these groups, of a listener in reach, is in reach. */
    public boolean includesGroups(Collection<String> groupsOfPeer) {
        if (groups.isEmpty()) {
            return true;
        }
        for (String each : groupsOfPeer) {
            if (groups.contains(each)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns whether a caller may put a peer into these groups: all of them are in reach. A peer
     * gets the messages to each of its groups.
     */
    public boolean mayJoin(Collection<String> all) {
        return groups.isEmpty() || groups.containsAll(all);
    }

    /** Returns whether a peer of this listener with these groups is in reach. */
    public boolean includes(String listener, Collection<String> groupsOfPeer) {
        return includesListener(listener) && includesGroups(groupsOfPeer);
    }

    /** Returns whether this peer is in reach now. */
    public boolean includes(PeerView peer) {
        return includes(peer.listenerName(), peer.groups());
    }

    /** Returns whether this peer is in reach now. */
    public boolean includes(PeerSession session) {
        return includes(session.listener().name(), session.groups());
    }

    /** Returns the listeners in reach among these. */
    public List<Listener> within(Collection<Listener> all) {
        return all.stream().filter(each -> includesListener(each.name())).toList();
    }

    /**
     * Returns live sessions that include every session in reach that is in this group. If the group
     * is not one of the reach, how many peers it has does not change the time that the caller takes
     * for them. A reach without groups can have peers of any group, and so the time tells it.
     */
    public Collection<PeerSession> candidates(PeerRegistry registry, String group) {
        return includesGroup(group) ? registry.group(group) : candidates(registry);
    }

    /**
     * Returns live sessions that include every session in reach: the members of the groups if the
     * reach has groups, otherwise all.
     */
    public Collection<PeerSession> candidates(PeerRegistry registry) {
        if (groups.isEmpty()) {
            return registry.sessions();
        }
        if (groups.size() == 1) {
            return registry.group(groups.iterator().next());
        }
        Set<PeerSession> members = new LinkedHashSet<>();
        groups.forEach(each -> members.addAll(registry.group(each)));
        return new ArrayList<>(members);
    }
}
