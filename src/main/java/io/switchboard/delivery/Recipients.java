package io.switchboard.delivery;

import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/** The peers in reach of a sender that a target selects. */
record Recipients(Target target, Reach reach) {

    /**
     * Returns live sessions that include every session that {@link #matches}: the members of a
     * group if the target or the reach has one, and never only those of a group out of reach;
     * otherwise all.
     */
    Collection<PeerSession> candidates(PeerRegistry registry) {
        return target instanceof Target.OfGroup(String group)
                ? reach.candidates(registry, group)
                : reach.candidates(registry);
    }

    boolean matches(PeerSession session) {
        return target.matches(session) && reach.includes(session);
    }

    /**
     * Returns the listeners whose peers are recipients, and perhaps others in an unlimited reach.
     */
    Set<Listener> listeners(PeerRegistry registry, Listeners all) {
        return reach.includesAll()
                ? target.listeners(registry, all)
                : candidates(registry).stream()
                        .filter(this::matches)
                        .map(PeerSession::listener)
                        .collect(Collectors.toSet());
    }

    /**
     * Returns about how many recipients there are now.
     *
     * @param used the result of {@link #listeners}
     */
    int count(PeerRegistry registry, Set<Listener> used) {
        if (!reach.includesAll()) {
            return (int) candidates(registry).stream().filter(this::matches).count();
        }
        return target instanceof Target.OfGroup
                ? candidates(registry).size()
                : used.stream().mapToInt(each -> each.counters().peers()).sum();
    }
}
