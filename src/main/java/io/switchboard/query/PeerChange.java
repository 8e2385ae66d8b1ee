package io.switchboard.query;

import io.switchboard.peer.NameHolders;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.NameResult;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Reach;
import io.switchboard.query.Rejection.RefusedException;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Changes to one peer. A null component changes nothing.
 *
 * @param name the new name; {@link #NO_NAME} removes the name
 * @param groups the groups that replace all groups of the peer
 * @param join a group to join
 * @param leave a group to leave; no effect if the peer is not in it
 * @param idleTimeout the new idle timeout; zero disables it
 * @param noDelay TCP_NODELAY
 * @param keepAlive SO_KEEPALIVE
 */
public record PeerChange(
        @Nullable String name,
        @Nullable Collection<String> groups,
        @Nullable String join,
        @Nullable String leave,
        @Nullable Duration idleTimeout,
        @Nullable Boolean noDelay,
        @Nullable Boolean keepAlive) {
    /** The value of {@code name} that removes the name. */
    public static final String NO_NAME = "";

    /** Returns the change that adds a peer to a group. */
    public static PeerChange joining(String group) {
        return new PeerChange(null, null, group, null, null, null, null);
    }

    /** Returns the change that removes a peer from a group. */
    public static PeerChange leaving(String group) {
        return new PeerChange(null, null, null, group, null, null, null);
    }

    /**
     * Checks the names of the peer and of the groups. Changes nothing.
     *
     * @throws RefusedException a name is not valid for a peer or a group
     */
    void check() {
        Rejection.checkValid("name", NO_NAME.equals(name) ? null : name, Names::nameError);
        for (@Nullable String group : groups == null ? List.<String>of() : groups) {
            if (group == null) {
                throw Rejection.badRequest(
                        "groups: an element is null; each is the name of a group, such as \"trucks\"");
            }
            Rejection.checkValid("groups", group, Names::groupError);
        }
        Rejection.checkValid("group", join == null ? leave : join, Names::groupError);
    }

    /**
     * Applies the changes to a peer, if the caller may make them. The name is changed first, in one
     * step with {@code groups}: if another peer keeps the name, nothing else is changed, and {@code
     * groups} replaces the groups that the configuration assigns to the new name. To give a name on
     * behalf of a restricted reach blocks as {@link NameHolders#outOfReach} does.
     *
     * @param reference the id or name by which the caller knows the peer, for error texts
     * @throws RefusedException the peer, the new name or the change of groups is out of reach,
     *     another peer keeps the name, the peer is closed, or its transport does not have the
     *     socket option
     */
    void apply(
            PeerSession session,
            String reference,
            Reach reach,
            PeerRegistry registry,
            NameHolders holders) {
        checkReach(session, reference, reach, registry);
        if (name != null && !name.equals(NO_NAME)) {
            // what changes at this node meanwhile, the registry checks again
            ReachRules.checkHolders(name, reach, holders);
        }
        if (name != null) {
            rename(session, reference, name, reach, registry);
        }
        boolean regrouped =
                (name != null || groups == null || registry.regroup(session, groups, reach))
                        && (join == null || registry.join(session, join, reach))
                        && (leave == null || registry.leave(session, leave, reach));
        if (!regrouped) {
            throw changedMeanwhile(session, reference, reach, registry);
        }
        if (idleTimeout != null) {
            session.idleTimeout(idleTimeout);
        }
        setOption(session, reference, "noDelay", StandardSocketOptions.TCP_NODELAY, noDelay);
        setOption(session, reference, "keepAlive", StandardSocketOptions.SO_KEEPALIVE, keepAlive);
    }

    /**
     * Returns whether this change alone may have led to the groups of a peer, so that who has made
     * it may see them. The answers of {@link #joining} and {@link #leaving} show no groups.
     */
    boolean explains(PeerSnapshot after) {
        return join != null
                || leave != null
                || (groups != null && Set.copyOf(groups).equals(Set.copyOf(after.groups())));
    }

    /**
     * Checks that the change concerns no peer out of reach: a new name may be taken from the peer
     * that has it, and a new member of a group gets the messages to the group. Only then it checks
     * whether the peer may join another group.
     */
    private void checkReach(
            PeerSession session, String reference, Reach reach, PeerRegistry registry) {
        List<String> present = session.groups(); // the peer may leave the reach at any moment
        if (!reach.includes(session.listener().name(), present)) {
            throw Rejection.unknownPeer(reference);
        }
        if (name != null && !name.equals(NO_NAME)) {
            ReachRules.checkName(name, reach, registry);
        }
        Set<String> changed = new TreeSet<>();
        if (groups != null) {
            changed.addAll(groups);
            present.stream().filter(each -> !changed.remove(each)).forEach(changed::add);
        } else if (name != null && !name.equals(NO_NAME) && !name.equals(session.name())) {
            // the new name implies groups in reach only; with the old name, its groups end
            registry.groupsOf(session.name()).stream()
                    .filter(present::contains)
                    .filter(each -> !registry.groupsOf(name).contains(each))
                    .forEach(changed::add);
        }
        if (join != null && !present.contains(join)) {
            changed.add(join);
        }
        if (leave != null && present.contains(leave)) {
            changed.add(leave);
        }
        ReachRules.checkGroups(changed, reach);
        checkRoom(present);
    }

    /** Requests at the same time may put the peer into a few more groups. */
    private void checkRoom(List<String> present) {
        if (join != null && present.size() >= PeerRegistry.MAX_GROUPS && !present.contains(join)) {
            throw Rejection.badRequest(
                    "group='%s': the peer is in %d groups, and may be in %d: remove it from one with DELETE /groups/{group}/peers/{peer}"
                            .formatted(join, present.size(), PeerRegistry.MAX_GROUPS));
        }
    }

    /** Returns the exception for a change that was in reach when it was checked. */
    private RefusedException changedMeanwhile(
            PeerSession session, String reference, Reach reach, PeerRegistry registry) {
        checkReach(session, reference, reach, registry);
        return Rejection.of(
                Rejection.Reason.OUT_OF_REACH,
                "the groups of peer %s have changed during the request: try again"
                        .formatted(reference));
    }

    private void rename(
            PeerSession session,
            String reference,
            String newName,
            Reach reach,
            PeerRegistry registry) {
        boolean removed = newName.equals(NO_NAME);
        NameResult result = registry.rename(session, removed ? null : newName, groups, reach);
        switch (result) {
            case NameResult.Named _ -> {}
            case NameResult.Gone _ -> {
                if (!removed) {
                    throw Rejection.closedPeer(reference, " already");
                }
            }
            case NameResult.OutOfReach _ ->
                    throw changedMeanwhile(session, reference, reach, registry);
            case NameResult.Taken(PeerSession by) ->
                    throw ReachRules.taken(newName, by, session.listener(), reach);
        }
    }

    private static void setOption(
            PeerSession session,
            String reference,
            String field,
            SocketOption<Boolean> option,
            @Nullable Boolean value) {
        if (value == null) {
            return;
        }
        try {
            session.link().option(option, value);
        } catch (IOException e) {
            throw Rejection.closedPeer(reference, " already");
        } catch (UnsupportedOperationException e) {
            throw Rejection.badRequest(
                    field + " is not an option of " + session.listener().transport().word());
        }
    }
}
