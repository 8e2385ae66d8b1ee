package io.switchboard.delivery;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The sessions that a list of targets matches at one moment.
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
        new LinkedHashSet<>(to).forEach(target -> selection.add(target, reach, cutoff, registry));
        exclude.forEach(target -> selection.remove(target, registry));
        return selection;
    }

    private void add(Target target, Reach reach, ConnectionCutoff cutoff, PeerRegistry registry) {
        if (target instanceof Target.One(String reference)) {
            switch (cutoff.find(reference, reach, registry)) {
                case Lookup.Live(PeerSession session) -> sessions.add(session);
                case Lookup.Several(List<PeerSession> several) -> sessions.addAll(several);
                case Lookup.Closed _ -> closed.add(reference);
                case Lookup.Unknown _ -> unknown.add(reference);
            }
        } else {
            Recipients recipients = new Recipients(target, reach);
            recipients.candidates(registry).stream()
                    .filter(each -> recipients.matches(each) && cutoff.includes(each))
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
