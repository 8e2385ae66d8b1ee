package io.switchboard.delivery;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The peers that targets match at one moment.
 *
 * @param sessions each once
 * @param closed the references of peers that are closed
 * @param unknown the references that no peer has had
 */
public record Selection(Set<PeerSession> sessions, List<String> closed, List<String> unknown) {

    /**
     * Selects the union of {@code to} without {@code exclude}.
     *
     * @param exclude may contain references that no peer has
     */
    public static Selection of(
            List<Target> to, List<Target> exclude, ConnectionCutoff cutoff, PeerRegistry registry) {
        Selection selection =
                new Selection(new LinkedHashSet<>(), new ArrayList<>(0), new ArrayList<>(0));
        new LinkedHashSet<>(to).forEach(target -> selection.add(target, cutoff, registry));
        exclude.forEach(target -> selection.remove(target, registry));
        return selection;
    }

    private void add(Target target, ConnectionCutoff cutoff, PeerRegistry registry) {
        if (target instanceof Target.One(String reference)) {
            switch (cutoff.find(reference, registry)) {
                case Lookup.Live(PeerSession session) -> sessions.add(session);
                case Lookup.Several(List<PeerSession> several) -> sessions.addAll(several);
                case Lookup.Closed _ -> closed.add(reference);
                case Lookup.Unknown _ -> unknown.add(reference);
            }
        } else {
            target.among(registry).stream()
                    .filter(each -> target.matches(each) && cutoff.includes(each))
                    .forEach(sessions::add);
        }
    }

    private void remove(Target target, PeerRegistry registry) {
        if (!(target instanceof Target.One(String reference))) {
            sessions.removeIf(target::matches);
            return;
        }
        switch (registry.find(reference)) {
            case Lookup.Live(PeerSession session) -> sessions.remove(session);
            case Lookup.Several(List<PeerSession> several) -> several.forEach(sessions::remove);
            case Lookup.Closed _, Lookup.Unknown _ -> {}
        }
    }
}
