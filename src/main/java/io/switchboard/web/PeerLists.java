package io.switchboard.web;

import io.switchboard.kernel.Ends;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.SocketOptions;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Pages of {@code GET /peers}. Only the rows of the page are built; of all other peers {@link
 * PeerScan} reads no more than what the filter and the order ask for.
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
     * @param socket whether rows have what the kernel knows of a peer's socket; they always do in
     *     an order of the kernel's
     * @throws ApiProblem 400, where that is no cursor of this order, or where closed peers are to
     *     be in an order of the kernel's; 501, where the kernel does not tell
     */
    PeerPage page(
            PeerFilter filter, PeerSort sort, int limit, @Nullable String after, boolean socket) {
        Cursors cursors = new Cursors(sort, registry.boot());
        Place place = after == null ? null : cursors.parse(after);
        Foremost<Supplier<PeerRow>> first = new Foremost<>(limit + 1, place);
        PeerScan scan =
                new PeerScan(registry, filter, sort, first, socket ? this::withSocket : this::row);
        long total =
                switch (sort.key()) {
                    case OwnKey key when key == OwnKey.CONNECTED_AT && filter.isPlain() ->
                            scan.inOrder(place);
                    case OwnKey key -> scan.by(key);
                    case KernelKey key -> scan.by(key, dump(filter, sort));
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

    private PeerRow row(PeerSession session) {
        return PeerRow.of(session.facts());
    }

    private PeerRow withSocket(PeerSession session) {
        SocketView socket = figures(session).map(SocketView::inList).orElse(null);
        return new PeerRow(session.facts(), socket);
    }

    private Optional<SocketFigures> figures(PeerSession session) {
        Ends ends = SocketDump.ends(session);
        return ends == null ? Optional.empty() : kernel.find(ends);
    }

    /** One live peer, with all that is known of its socket. */
    PeerRow one(PeerSession session) {
        SocketOptions options = session.options().orElse(null);
        SocketView socket =
                figures(session)
                        .map(figures -> SocketView.of(figures, options))
                        .orElseGet(() -> SocketView.unknown(options));
        return new PeerRow(session.facts(), socket);
    }
}
