package io.switchboard.web;

import io.switchboard.peer.Listener;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the peers that match, each with its place in the order.
 *
 * @param first is offered every one of them; its rows are built by whoever asks for them
 * @param rows builds the row of a live one
 */
record PeerScan(
        PeerRegistry registry,
        PeerFilter filter,
        PeerSort sort,
        Foremost<Supplier<PeerRow>> first,
        Function<PeerSession, PeerRow> rows) {

    /**
     * Takes peers as the registry has them, in this very order: costs what the page costs, however
     * many there are.
     *
     * @param after where to begin; null for the first page
     * @return how many match
     */
    long inOrder(@Nullable Place after) {
        // behind another node's peer there may be any of this one's
        PeerId from =
                after == null || !after.id().node().equals(registry.boot()) ? null : after.id();
        Collection<PeerSession> sessions =
                sort.descending() ? registry.sessionsBefore(from) : registry.sessionsAfter(from);
        for (PeerSession session : sessions) {
            if (filter.matches(session)) {
                first.offer(place(OwnKey.CONNECTED_AT, session), () -> rows.apply(session));
                if (first.isFull()) {
                    break;
                }
            }
        }
        Listener listener = filter.listener();
        return listener == null ? registry.sessions().size() : listener.counters().peers();
    }

    /**
     * Looks at all that may match, closed ones too.
     *
     * @return how many match
     */
    long by(OwnKey key) {
        Collection<PeerSession> live = live();
        Set<PeerId> gone = new HashSet<>();
        if (filter.state() != PeerFilter.State.OPEN) {
            for (Peer peer : registry.recentlyClosed()) {
                gone.add(peer.id());
                if (filter.matches(peer)) {
                    Place place = new Place(sort.rank(key.of(peer)), peer.id());
                    first.offer(place, () -> PeerRow.of(peer));
                }
            }
        }
        for (PeerSession session : live) {
            if (!gone.contains(session.id()) && filter.matches(session)) {
                first.offer(place(key, session), () -> rows.apply(session));
            }
        }
        return first.offered();
    }

    /**
     * Looks at all live ones that may match.
     *
     * @return how many match
     */
    long by(KernelKey key, SocketDump dump) {
        for (PeerSession session : live()) {
            if (filter.matches(session)) {
                long rank = sort.rank(key.of(dump.of(session)));
                first.offer(new Place(rank, session.id()), () -> dump.row(session));
            }
        }
        return first.offered();
    }

    /**
     * Live peers that may match.
     *
     * @return where closed ones are listed too, as they are now: who closes from now on is in this
     *     as well as among the closed, and not missing in both
     */
    private Collection<PeerSession> live() {
        return switch (filter.state()) {
            case OPEN -> indexed();
            case CLOSED -> List.of();
            case ANY -> new ArrayList<>(indexed());
        };
    }

    private Collection<PeerSession> indexed() {
        String name = filter.name();
        String group = filter.group();
        if (name != null) {
            return registry.named(name);
        }
        return group == null ? registry.sessions() : registry.group(group);
    }

    private Place place(OwnKey key, PeerSession session) {
        return new Place(sort.rank(key.of(session)), session.id());
    }
}
