package io.switchboard.delivery;

import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.Transport;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The sessions that a list of targets matches at one moment. A client names as many targets as fit
 * into a request, so finding the sessions takes a time that grows with the number of targets plus
 * that of the peers, not with their product. The members of a group out of reach are not looked up,
 * because the time would tell how many there are.
 *
 * @param sessions the live sessions, each once
 * @param closed the ids and names among the targets whose peer has closed
 * @param unknown the ids and names among the targets that no known peer has or had
 */
public record Selection(Set<PeerSession> sessions, List<String> closed, List<String> unknown) {

    /**
     * Returns the sessions in reach that {@code to} matches and {@code exclude} does not.
     *
     * @param exclude ids and names in it that no peer has are ignored
     * @param cutoff applies to {@code to}
     */
    public static Selection of(
            List<Target> to,
            List<Target> exclude,
            Reach reach,
            ConnectionCutoff cutoff,
            PeerRegistry registry) {
        Selection selection =
                new Selection(new LinkedHashSet<>(), new ArrayList<>(0), new ArrayList<>(0));
        selection.add(new LinkedHashSet<>(to), reach, cutoff, registry);
        selection.remove(Set.copyOf(exclude));
        return selection;
    }

    private void add(Set<Target> to, Reach reach, ConnectionCutoff cutoff, PeerRegistry registry) {
        boolean walks = false;
        for (Target target : to) {
            switch (target) {
                case Target.One(String reference) -> add(reference, reach, cutoff, registry);
                case Target.OfGroup(String group) when reach.includesGroup(group) ->
                        registry.group(group).stream()
                                .filter(each -> reach.includes(each) && cutoff.includes(each))
                                .forEach(sessions::add);
                case Target.OfGroup _,
                        Target.All _,
                        Target.OfListener _,
                        Target.OfTransport _,
                        Target.OfAddress _,
                        Target.Remote _ ->
                        walks = true;
            }
        }
        if (walks) {
            reach.candidates(registry).stream()
                    .filter(each -> reach.includes(each) && matches(to, each))
                    .filter(cutoff::includes)
                    .forEach(sessions::add);
        }
    }

    private void add(
            String reference, Reach reach, ConnectionCutoff cutoff, PeerRegistry registry) {
        switch (cutoff.find(reference, reach, registry)) {
            case Lookup.Live(PeerSession session) -> sessions.add(session);
            case Lookup.Several(List<PeerSession> several) -> sessions.addAll(several);
            case Lookup.Closed _ -> closed.add(reference);
            case Lookup.Unknown _ -> unknown.add(reference);
        }
    }

    /**
     * Looks at the selected sessions only: to look up the ids and names would take a time that
     * tells which of them have peers out of reach.
     */
    private void remove(Set<Target> exclude) {
        if (!exclude.isEmpty()) {
            sessions.removeIf(each -> hasIdOrNameOf(exclude, each) || matches(exclude, each));
        }
    }

    private static boolean hasIdOrNameOf(Set<Target> targets, PeerSession session) {
        String name = session.name();
        return targets.contains(new Target.One(session.id().toString()))
                || (name != null && targets.contains(new Target.One(name)));
    }

    /**
     * Returns whether one of the targets that are no ids or names matches a session. The time does
     * not depend on their number.
     */
    private static boolean matches(Set<Target> targets, PeerSession session) {
        Listener listener = session.listener();
        return targets.contains(new Target.All())
                || targets.contains(new Target.OfListener(listener.name()))
                || targets.contains(new Target.OfTransport(listener.transport()))
                || session.groups().stream()
                        .anyMatch(group -> targets.contains(new Target.OfGroup(group)))
                || (listener.transport() == Transport.UDP
                        && session.link().remote() instanceof InetSocketAddress remote
                        && (targets.contains(new Target.OfAddress(remote, null))
                                || targets.contains(
                                        new Target.OfAddress(remote, listener.name()))));
    }
}
