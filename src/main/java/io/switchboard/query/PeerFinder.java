package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.Cluster;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.kernel.SocketFigures.Ends;
import io.switchboard.peer.Link.SocketOptions;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.query.PeerListService.PeerQuery;
import io.switchboard.query.PeerSort.SortPosition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Finds the peers of this node. Rows are built only for the peers of the page; of all other peers
 * only what the filter and the order need is read. Thread-safe.
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
     * @param total how many peers match
     * @param first the first of them after a position; a row is built when it is asked for
     */
    record Found(long total, List<TopK.Entry<Supplier<PeerRow>>> first) {}

    /**
     * Returns the first peers of this node that match.
     *
     * @param most how many at most
     * @param after only peers after this position; null from the beginning
     * @throws RefusedException closed peers are to be sorted by the kernel's numbers, or this
     *     system's kernel does not provide them
     */
    Found find(PeerQuery query, int most, @Nullable SortPosition after) {
        Search search = new Search(query, new TopK<>(most, after));
        long total = query.inOrderOfConnecting() ? search.inOrderOfConnecting(after) : search.all();
        return new Found(total, search.first.inOrder());
    }

    /** Returns a live peer with everything that is known of its socket. */
    PeerRow one(PeerSession session) {
        SocketOptions options = session.link().options().orElse(null);
        SocketView socket =
                figures(session)
                        .map(figures -> SocketView.of(figures, options))
                        .orElseGet(() -> SocketView.unknown(options));
        return row(session.facts(), socket);
    }

    PeerRow row(Peer peer, @Nullable SocketView socket) {
        return new PeerRow(peer, socket, cluster.self().name(), Instant.now());
    }

    private Optional<SocketFigures> figures(PeerSession session) {
        Ends ends = ends(session);
        return ends == null ? Optional.empty() : kernel.find(ends);
    }

    /** Returns what identifies the socket to the kernel; null unless it is a TCP socket. */
    static @Nullable Ends ends(PeerSession session) {
        return session.listener().transport().isTcp()
                ? Ends.of(session.link().local(), session.link().remote())
                : null;
    }

    private Map<Ends, SocketFigures> dump(PeerQuery query) {
        if (query.filter().states() != PeerFilter.State.OPEN) {
            throw Refusal.badRequest(
                    "sort=%s is what the kernel knows, of open peers only: leave out state"
                            .formatted(query.sort().word()));
        }
        if (!kernel.available()) {
            throw Refusal.of(
                    Refusal.Reason.NOT_AVAILABLE,
                    "sort=%s is not available here: this system's kernel does not tell"
                            .formatted(query.sort().word()));
        }
        Map<Ends, SocketFigures> sockets = new HashMap<>();
        kernel.forEach(figures -> sockets.put(figures.ends(), figures));
        return sockets;
    }

    private final class Search {
        private final PeerQuery query;
        private final PeerFilter filter;
        private final TopK<Supplier<PeerRow>> first;

        Search(PeerQuery query, TopK<Supplier<PeerRow>> first) {
            this.query = query;
            this.filter = query.filter();
            this.first = first;
        }

        /**
         * Reads the peers in the registry's own order, which costs what the page costs.
         *
         * @return how many match
         */
        long inOrderOfConnecting(@Nullable SortPosition after) {
            // any of this node's peers may come after another node's peer
            PeerId from =
                    after == null || !after.id().node().equals(registry.boot()) ? null : after.id();
            Collection<PeerSession> sessions =
                    query.sort().descending()
                            ? registry.sessionsBefore(from)
                            : registry.sessionsAfter(from);
            for (PeerSession session : sessions) {
                if (filter.matches(session)) {
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
         * Reads all peers that may match, closed ones too.
         *
         * @return how many match
         */
        long all() {
            Map<Ends, SocketFigures> sockets =
                    query.sort().key().fromKernel() ? dump(query) : Map.of();
            Collection<PeerSession> live = live();
            Set<PeerId> gone = new HashSet<>();
            if (filter.states() != PeerFilter.State.OPEN) {
                for (Peer peer : registry.recentlyClosed()) {
                    gone.add(peer.id());
                    if (filter.matches(peer)) {
                        first.offer(
                                position(query.sort().key().of(peer, null), peer.id()),
                                () -> row(peer, null));
                    }
                }
            }
            for (PeerSession session : live) {
                if (!gone.contains(session.id()) && filter.matches(session)) {
                    offer(session, sockets.isEmpty() ? null : sockets.get(ends(session)));
                }
            }
            return first.offered();
        }

        private void offer(PeerSession session, @Nullable SocketFigures socket) {
            SortPosition position = position(query.sort().key().of(session, socket), session.id());
            first.offer(position, () -> listed(session, socket));
        }

        private SortPosition position(long number, PeerId id) {
            return new SortPosition(query.sort().rank(number), id);
        }

        private PeerRow listed(PeerSession session, @Nullable SocketFigures known) {
            SocketFigures socket =
                    known == null && query.socket() ? figures(session).orElse(null) : known;
            return row(session.facts(), socket == null ? null : SocketView.inList(socket));
        }

        /**
         * Returns the live peers that may match. If closed ones are listed too, this is a copy: a
         * peer that closes from now on is in both, and never in neither.
         */
        private Collection<PeerSession> live() {
            return switch (filter.states()) {
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
    }

    /**
     * A peer in a list, or by itself.
     *
     * @param socket of a single live peer, and in lists that ask for it or are sorted by it
     * @param node the name of the node that has the peer; null outside a cluster
     * @param readAt when that node read all this, by its own clock
     */
    public record PeerRow(
            Peer peer,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SocketView socket,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String node,
            Instant readAt) {}
}
