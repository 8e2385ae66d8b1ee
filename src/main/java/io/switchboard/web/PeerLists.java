package io.switchboard.web;

import io.switchboard.kernel.Ends;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.SocketOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Pages of {@code GET /peers}. Only the rows of the page are built; of all other peers no more is
 * read than what the filter and the order ask for.
 *
 * <p>A page begins behind the place where the one before it ended, whoever has come, gone or moved
 * since. So a walk over all pages sees every peer exactly once that is there throughout and stays
 * in its place; one whose value moves meanwhile may be missed, or seen again. In the order of
 * connecting nobody ever moves.
 */
@Component
final class PeerLists {
    private final PeerRegistry registry;
    private final KernelSockets kernel;

    PeerLists(PeerRegistry registry, KernelSockets kernel) {
        this.registry = registry;
        this.kernel = kernel;
    }

    /**
     * One page.
     *
     * @param after what {@code next} said on the page before it; null for the first
     * @throws ApiProblem 400, where that is no cursor of this order, or where closed peers are to
     *     be in an order of the kernel's; 501, where the kernel does not tell
     */
    PeerPage page(PeerFilter filter, PeerSort sort, int limit, @Nullable String after) {
        Cursors cursors = new Cursors(sort, registry.boot());
        Place place = after == null ? null : cursors.parse(after);
        Foremost<Supplier<PeerRow>> first = new Foremost<>(limit + 1, place);
        long total =
                switch (sort.key()) {
                    case OwnKey key when key == OwnKey.CONNECTED_AT && filter.isPlain() ->
                            walk(filter, sort, place, first);
                    case OwnKey key -> scan(filter, sort, key, first);
                    case KernelKey key -> scan(filter, sort, key, dump(filter, sort), first);
                };
        List<Foremost.Entry<Supplier<PeerRow>>> entries = first.inOrder();
        String next = null;
        if (entries.size() > limit) {
            entries = entries.subList(0, limit);
            next = cursors.print(entries.getLast().place());
        }
        List<PeerRow> rows = entries.stream().map(entry -> entry.what().get()).toList();
        return new PeerPage(total, limit, next, rows);
    }

    /**
     * Takes peers as the registry has them, in this very order: costs what the page costs, however
     * many there are.
     *
     * @return how many match
     */
    private long walk(
            PeerFilter filter,
            PeerSort sort,
            @Nullable Place after,
            Foremost<Supplier<PeerRow>> first) {
        PeerId from = after == null ? null : after.id();
        Collection<PeerSession> inOrder =
                sort.descending() ? registry.sessionsBefore(from) : registry.sessionsAfter(from);
        for (PeerSession session : inOrder) {
            if (filter.matches(session)) {
                first.offer(place(sort, OwnKey.CONNECTED_AT, session), () -> row(session));
                if (first.isFull()) {
                    break;
                }
            }
        }
        Listener listener = filter.listener();
        return listener == null ? registry.sessions().size() : listener.counters().peers();
    }

    private long scan(
            PeerFilter filter, PeerSort sort, OwnKey key, Foremost<Supplier<PeerRow>> first) {
        Collection<PeerSession> live = live(filter);
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
                first.offer(place(sort, key, session), () -> row(session));
            }
        }
        return first.offered();
    }

    private long scan(
            PeerFilter filter,
            PeerSort sort,
            KernelKey key,
            SocketDump dump,
            Foremost<Supplier<PeerRow>> first) {
        for (PeerSession session : live(filter)) {
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
    private Collection<PeerSession> live(PeerFilter filter) {
        return switch (filter.state()) {
            case OPEN -> indexed(filter);
            case CLOSED -> List.of();
            case ANY -> new ArrayList<>(indexed(filter));
        };
    }

    private Collection<PeerSession> indexed(PeerFilter filter) {
        String name = filter.name();
        String group = filter.group();
        if (name != null) {
            return registry.named(name);
        }
        return group == null ? registry.sessions() : registry.group(group);
    }

    private static Place place(PeerSort sort, OwnKey key, PeerSession session) {
        return new Place(sort.rank(key.of(session)), session.id());
    }

    private static PeerRow row(PeerSession session) {
        return PeerRow.of(session.facts());
    }

    private SocketDump dump(PeerFilter filter, PeerSort sort) {
        if (filter.state() != PeerFilter.State.OPEN) {
            throw ApiProblem.badRequest(
                    "sort="
                            + sort.word()
                            + " is what the kernel knows, of open peers only: leave out state");
        }
        if (!kernel.available()) {
            throw new ApiProblem(
                    HttpStatus.NOT_IMPLEMENTED,
                    "not_available",
                    "sort="
                            + sort.word()
                            + " is not available here: this system's kernel does not tell");
        }
        SocketDump dump = new SocketDump();
        kernel.forEach(dump);
        return dump;
    }

    /** One live peer, with all that is known of its socket. */
    PeerRow one(PeerSession session) {
        SocketOptions options = session.options().orElse(null);
        Ends ends = SocketDump.ends(session);
        Optional<SocketFigures> known = ends == null ? Optional.empty() : kernel.find(ends);
        SocketView socket =
                known.map(figures -> SocketView.of(figures, options))
                        .orElseGet(() -> SocketView.unknown(options));
        return new PeerRow(session.facts(), socket);
    }
}
