package io.switchboard.query;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.Reach;
import java.util.Collection;
import java.util.List;

/**
 * What a caller whose reach is restricted may change beside the peers in reach. The rules depend on
 * the configuration only, never on other peers, so that a refusal shows nothing of them.
 */
final class ReachRules {
    private ReachRules() {}

    /**
     * Checks that a peer may be given this name. A name can be taken from the peer that has it, at
     * whichever listener, and is for whom stored messages are. So only a reach without listeners
     * has names, those that the patterns of its groups match, and of no other group: with the name,
     * the peer would join that one and get its messages.
     */
    static void checkName(String name, Reach reach, PeerRegistry registry) {
        if (!reach.listeners().isEmpty()) {
            throw Rejection.of(
                    Rejection.Reason.OUT_OF_REACH,
                    "name: names are shared by all listeners, and this client reaches only some: use a client that reaches all listeners");
        }
        List<String> groups = registry.groupsOf(name);
        if (!reach.includesGroups(groups)) {
            throw Rejection.of(
                    Rejection.Reason.OUT_OF_REACH,
                    "name='%s': switchboard.groups has no pattern that puts this name into a group of this client"
                            .formatted(name));
        }
        if (!reach.mayJoin(groups)) {
            throw Rejection.of(
                    Rejection.Reason.OUT_OF_REACH,
                    "name='%s': switchboard.groups puts this name into another group too, which this client does not reach"
                            .formatted(name));
        }
    }

    /** Checks that peers may join or leave these groups. */
    static void checkGroups(Collection<String> groups, Reach reach) {
        for (String group : groups) {
            if (!reach.groups().isEmpty() && !reach.groups().contains(group)) {
                throw Rejection.of(
                        Rejection.Reason.OUT_OF_REACH,
                        "group '%s' is not one of those that this client reaches: it can change membership in these only"
                                .formatted(group));
            }
        }
    }
}
