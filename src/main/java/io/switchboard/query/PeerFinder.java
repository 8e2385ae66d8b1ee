package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.Cluster;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Link.SocketOptions;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Reach;
import io.switchboard.query.PeerListService.PeerQuery;
import io.switchboard.query.PeerSort.SortPosition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Finds peers of this node and builds their rows. A search builds rows only for the peers of the
 * page. From all other peers it reads only the values that the filter and the order need.
 * Thread-safe.
 */
@Component
public final class PeerFinder {
    private final PeerRegistry registry;
    private final Listeners listeners;
    private final KernelSockets kernel;
    private final Cluster cluster;

    PeerFinder(PeerRegistry registry, Listeners listeners, KernelSockets kernel, Cluster cluster) {
        this.registry = registry;
        this.listeners = listeners;
        this.kernel = kernel;
        this.cluster = cluster;
    }

    /**
     * The result of a search.
     *
     * @param total the number of peers that match, on all pages
     * @param first the first matching peers after a position, in order
     */
    record Found(long total, List<TopK.Entry<FoundPeer>> first) {}

    /** A peer that a search has found. */
    @FunctionalInterface
    interface FoundPeer {
        /** Returns the row; empty if the peer has left the reach since it was found. */
        Optional<PeerRow> row();
    }

    /**
     * Returns the first peers of this node that match.
     *
     * @param limit the maximum number of peers to return
     * @param after the position after which to begin; null to begin with the first peer
     * @throws RefusedException the order needs numbers of the kernel, and the query selects closed
     *     peers or this system's kernel does not provide the numbers
     */
    Found find(PeerQuery query, int limit, @Nullable SortPosition after) {
        Search search = new Search(query, new TopK<>(limit, after));
        long total = query.inConnectionOrder() ? search.inConnectionOrder(after) : search.all();
        return new Found(total, search.first.inOrder());
    }

    /**
     * Returns the row of a live peer with all kernel information about its socket; empty if the
     * peer has left the reach.
     *
     * @param reach the peers that the reader may know of
     */
    Optional<PeerRow> detailedRow(PeerSession session, Reach reach) {
        return detailedRow(session, reach, _ -> false);
    }

    /**
     * Returns the row of a live peer that the reader has changed; empty if the peer has left the
     * reach for another reason.
     *
     * @param reach the peers that the reader may know of
     * @param explained whether the change alone may have led to this state of the peer
     */
    Optional<PeerRow> detailedRow(
            PeerSession session, Reach reach, Predicate<PeerSnapshot> explained) {
        SocketOptions options = session.link().options().orElse(null);
        SocketView socket =
                socketInfo(session)
                        .map(info -> SocketView.of(info, options, reach))
                        .orElseGet(() -> SocketView.unknown(options));
        return row(session.snapshot(), socket, reach, explained);
    }

    /**
     * Returns the row of a peer; empty if it is not in reach. What is decided and what is shown are
     * of one moment: a live peer may leave the reach at any time.
     *
     * @param reach the peers that the reader may know of
     */
    Optional<PeerRow> row(PeerSnapshot peer, @Nullable SocketView socket, Reach reach) {
        return row(peer, socket, reach, _ -> false);
    }

    private Optional<PeerRow> row(
            PeerSnapshot peer,
            @Nullable SocketView socket,
            Reach reach,
            Predicate<PeerSnapshot> explained) {
        return reach.includes(peer) || explained.test(peer)
                ? Optional.of(
                        new PeerRow(
                                shown(peer, reach), socket, cluster.self().name(), Instant.now()))
                : Optional.empty();
    }

    /**
     * Returns what a reader may know of a peer. The detail of a close for the sake of a name ends
     * with the id of the peer that has the name, which may be out of reach.
     */
    private PeerSnapshot shown(PeerSnapshot peer, Reach reach) {
        String detail = peer.closeDetail();
        boolean byName =
                peer.closeReason() == CloseReason.REPLACED
                        || peer.closeReason() == CloseReason.DUPLICATE_NAME;
        if (reach.includesAll() || detail == null || !byName) {
            return peer;
        }
        String id = detail.substring(detail.lastIndexOf(' ') + 1);
        return registry.find(id, reach) instanceof PeerRegistry.Lookup.Unknown
                ? peer.withCloseDetail(detail.replace("peer " + id, "another peer"))
                : peer;
    }

    private Optional<TcpSocketInfo> socketInfo(PeerSession session) {
        SocketPair addresses = socketPair(session);
        return addresses == null ? Optional.empty() : kernel.find(addresses);
    }

    /**
     * Returns the addresses that identify a peer's socket to the kernel, or null if it is not a TCP
     * socket.
     */
    static @Nullable SocketPair socketPair(PeerSession session) {
        return session.listener().transport().isTcp()
                ? SocketPair.of(session.link().local(), session.link().remote())
                : null;
    }

    private void requireKernel(PeerQuery query) {
        if (query.filter().includesClosed()) {
            throw Rejection.badRequest(
                    "sort=%s sorts by a number that the kernel has of open peers only: leave out state"
                            .formatted(query.sort().word()));
        }
        if (!kernel.available()) {
            throw Rejection.of(
                    Rejection.Reason.NOT_AVAILABLE,
                    "sort=%s is not available: the kernel of this system does not report socket information"
                            .formatted(query.sort().word()));
        }
    }

    /** One search. Used by one thread. */
    private final class Search {
        private final PeerQuery query;
        private final PeerFilter filter;
        private final TopK<FoundPeer> first;

        Search(PeerQuery query, TopK<FoundPeer> first) {
            this.query = query;
            this.filter = query.filter();
            this.first = first;
        }

        /**
         * Reads the peers in the order of the registry and stops when the page is full. The cost
         * depends only on the size of the page, unless the peers of other listeners must be
         * skipped.
         *
         * @return the number of peers that match
         */
        long inConnectionOrder(@Nullable SortPosition after) {
            // if the position is that of another node's peer, any peer of this node may follow it
            PeerId from =
                    after == null || !after.id().node().equals(registry.boot()) ? null : after.id();
            Collection<PeerSession> sessions =
                    query.sort().descending()
                            ? registry.sessionsBefore(from)
                            : registry.sessionsAfter(from);
            for (PeerSession session : sessions) {
                if (query.matches(session.view())) {
                    offer(session, null);
                    if (first.isFull()) {
                        break;
                    }
                }
            }
            String listener = filter.listener();
            return listener == null
                    ? registry.sessions().size()
                    : listeners.find(listener).map(each -> each.counters().peers()).orElse(0);
        }

        /**
         * Reads all peers that may match.
         *
         * @return the number of peers that match
         */
        long all() {
            if (!query.sort().key().fromKernel()) {
                return all(Map.of());
            }
            requireKernel(query);
            return kernel.withAll(this::all);
        }

        private long all(Map<SocketPair, TcpSocketInfo> sockets) {
            Collection<PeerSession> live = liveCandidates();
            Set<PeerId> closed = new HashSet<>();
            if (filter.includesClosed()) {
                for (PeerSnapshot peer : registry.recentlyClosed()) {
                    closed.add(peer.id());
                    if (query.matches(peer)) {
                        first.offer(
                                query.sort().position(peer, null),
                                () -> row(peer, null, query.reach()));
                    }
                }
            }
            for (PeerSession session : live) {
                if (!closed.contains(session.id()) && query.matches(session.view())) {
                    offer(session, sockets.isEmpty() ? null : sockets.get(socketPair(session)));
                }
            }
            return first.offered();
        }

        private void offer(PeerSession session, @Nullable TcpSocketInfo socket) {
            SortPosition position = query.sort().position(session.view(), socket);
            first.offer(position, () -> listRow(session, socket));
        }

        private Optional<PeerRow> listRow(PeerSession session, @Nullable TcpSocketInfo known) {
            TcpSocketInfo socket =
                    known == null && query.socket() ? socketInfo(session).orElse(null) : known;
            return row(
                    session.snapshot(),
                    socket == null ? null : SocketView.forList(socket, query.reach()),
                    query.reach());
        }

        /**
         * Returns the live peers that may match. If closed peers are searched too, this is a copy
         * that is made before the closed peers are read. A peer that closes from then on is in the
         * copy and may also be among the closed peers, but is never missing from both.
         */
        private Collection<PeerSession> liveCandidates() {
            return switch (filter.effectiveState()) {
                case OPEN, HALF_CLOSED -> byIndex();
                case CLOSED -> List.of();
                case ANY -> new ArrayList<>(byIndex());
            };
        }

        /**
         * Returns the live peers that an index of the registry finds by name, group or reach, else
         * all.
         */
        private Collection<PeerSession> byIndex() {
            String name = filter.name();
            String group = filter.group();
            if (name != null) {
                return registry.named(name);
            }
            return group == null
                    ? query.reach().candidates(registry)
                    : query.reach().candidates(registry, group);
        }
    }

    /**
     * A peer, as the API shows it.
     *
     * @param socket kernel information about the peer's socket; null if the kernel has none, and in
     *     lists unless the query asks for it or the order needs it
     * @param node the name of the node that has the peer; null outside a cluster
     * @param readAt when that node read these facts, by its own clock
     */
    public record PeerRow(
            PeerSnapshot peer,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SocketView socket,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String node,
            Instant readAt) {}
}
