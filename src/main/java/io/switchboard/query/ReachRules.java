package io.switchboard.query;

import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.Listener;
import io.switchboard.peer.NameHolders;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.query.Rejection.RefusedException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller whose reach is restricted may change beside the peers in reach. The rules depend on
 * the configuration only, not on other peers, so that a refusal shows nothing of them; except that
 * of a name in reach, which a peer out of reach has.
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

    /**
     * Checks that no peer out of reach has the name: it would lose the name, or share it and with
     * it the messages. A peer can have a name in reach without being in its groups, if somebody has
     * taken it out of them. Blocks as {@link NameHolders#outOfReach} does.
     */
    static void checkHolders(String name, Reach reach, NameHolders holders) {
        if (holders.outOfReach(reach, name)) {
            throw held(name);
        }
    }

    /** Returns the exception for a name that a peer out of reach has, or may have. */
    private static RefusedException held(String name) {
        return Rejection.of(
                Rejection.Reason.OUT_OF_REACH,
                "name='%s': another peer has it, which this client does not reach, or a node of the cluster has not answered: choose another name, or try again"
                        .formatted(name));
    }

    /**
     * Returns the exception for a name that another peer keeps: because of {@code on-duplicate}, or
     * because it is out of reach.
     *
     * @param by null if the peer is, or may be, at another node and out of reach
     */
    static RefusedException taken(
            String name, @Nullable PeerSession by, Listener listener, Reach reach) {
        return by == null
                        || listener.identification().onDuplicate() != OnDuplicate.REJECT
                        || !reach.includes(by)
                ? held(name)
                : Rejection.duplicateName(name, by, listener.name(), reach);
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
