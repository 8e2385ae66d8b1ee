package io.switchboard.query;

import io.switchboard.peer.Names;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Naming;
import io.switchboard.peer.PeerSession;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes to one peer. A null component changes nothing.
 *
 * @param name the new name; {@link #NO_NAME} removes the name
 * @param groups replaces all groups
 * @param join a group to join
 * @param leave a group to leave; no effect if the peer is not in it
 * @param idleTimeout zero for none
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
     * Refuses names that no peer or group can have, before anything is changed.
     *
     * @throws RefusedException there is such a name
     */
    void check() {
        Refusal.refuse("name", NO_NAME.equals(name) ? null : name, Names::objectionToName);
        for (String group : groups == null ? List.<String>of() : groups) {
            Refusal.refuse("groups", group, Names::objectionToGroup);
        }
        Refusal.refuse("group", join == null ? leave : join, Names::objectionToGroup);
    }

    /**
     * Applies the changes. The name is first, because it may be refused; {@code groups} overrides
     * the groups that come with the name.
     *
     * @throws RefusedException another peer keeps the name, the peer is closed, or its transport
     *     does not have the option
     */
    void apply(PeerSession session, PeerRegistry registry) {
        if (name != null) {
            rename(session, name, registry);
        }
        if (groups != null) {
            registry.regroup(session, groups);
        }
        if (join != null) {
            registry.join(session, join);
        }
        if (leave != null) {
            registry.part(session, leave);
        }
        if (idleTimeout != null) {
            session.idleTimeout(idleTimeout);
        }
        set(session, "noDelay", StandardSocketOptions.TCP_NODELAY, noDelay);
        set(session, "keepAlive", StandardSocketOptions.SO_KEEPALIVE, keepAlive);
    }

    private static void rename(PeerSession session, String to, PeerRegistry registry) {
        boolean removed = to.equals(NO_NAME);
        Naming result = registry.rename(session, removed ? null : to);
        switch (result) {
            case Naming.Named _ -> {}
            case Naming.Gone _ -> {
                if (!removed) {
                    throw Refusal.closedPeer(session.id().toString(), " already");
                }
            }
            case Naming.Taken(PeerSession by) ->
                    throw Refusal.duplicateName(to, by, session.listener().name());
        }
    }

    private static void set(
            PeerSession session,
            String field,
            SocketOption<Boolean> option,
            @Nullable Boolean value) {
        if (value == null) {
            return;
        }
        try {
            session.link().option(option, value);
        } catch (IOException e) {
            throw Refusal.closedPeer(session.id().toString(), " already");
        } catch (UnsupportedOperationException e) {
            throw Refusal.badRequest(
                    field + " is no option of " + session.listener().transport().word());
        }
    }
}
