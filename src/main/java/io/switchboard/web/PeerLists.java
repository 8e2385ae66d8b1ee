package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.kernel.Ends;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.SocketOptions;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Finds this node's peers, for lists and one by one. Only the rows that are asked for are built; of
 * all other peers {@link PeerScan} reads no more than what the filter and the order ask for.
 */
@Component
final class PeerLists {
    private final PeerRegistry registry;
    private final KernelSockets kernel;
    private final Cluster nodes;

    PeerLists(PeerRegistry registry, KernelSockets kernel, Cluster nodes) {
        this.registry = registry;
        this.kernel = kernel;
        this.nodes = nodes;
    }

    /**
     * Some of those that match, in order.
     *
     * @param total how many match
     * @param first the first of them behind a place
     */
    record Found(long total, List<Foremost.Entry<Supplier<PeerRow>>> first) {}

    /**
     * Finds the first of this node's peers that match.
     *
     * @param most at most so many
     * @param after behind this place; null from the beginning
     * @throws ApiProblem 400, where closed peers are to be in an order of the kernel's; 501, where
     *     the kernel does not tell
     */
    Found find(PeerQuery query, int most, @Nullable Place after) {
        PeerFilter filter = query.filter();
        Foremost<Supplier<PeerRow>> first = new Foremost<>(most, after);
        Function<PeerSession, PeerRow> rows = query.socket() ? this::withSocket : this::row;
        PeerScan scan = new PeerScan(registry, filter, query.sort(), first, rows);
        long total =
                switch (query.sort().key()) {
                    case OwnKey key when query.inOrderOfConnecting() -> scan.inOrder(after);
                    case OwnKey key -> scan.by(key);
                    case KernelKey key -> scan.by(key, dump(filter, query.sort()));
                };
        return new Found(total, first.inOrder());
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

    /** A closed one. */
    PeerRow row(Peer closed) {
        return PeerRow.of(closed).at(node());
    }

    /** The name of this node, where there are others. */
    @Nullable String node() {
        return nodes.self().name();
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
        return new PeerRow(session.facts(), socket).at(node());
    }
}
