package io.switchboard.web;

import io.switchboard.kernel.Ends;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.SocketOptions;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Pages of {@code GET /peers}. */
@Component
final class PeerLists {

    /**
     * @param total how many match, on all pages
     * @param next what to pass as {@code after} for the next page; null on the last
     */
    record Page(long total, int limit, @Nullable String next, List<PeerRow> peers) {}

    /**
     * Which peers are wanted.
     *
     * @param state open, closed or any
     */
    record Filter(String state, @Nullable String listener, @Nullable String transport) {

        boolean matches(PeerSession session) {
            return !state.equals("closed")
                    && wanted(listener, session.listener().name())
                    && wanted(transport, session.listener().transport().word());
        }

        boolean matches(Peer closed) {
            return wanted(listener, closed.listener()) && wanted(transport, closed.transport());
        }

        boolean takesEveryLivePeer() {
            return state.equals("open") && listener == null && transport == null;
        }

        private static boolean wanted(@Nullable String filter, String value) {
            return filter == null || filter.equals(value);
        }
    }

    private record Seen(PeerSession session, SocketFigures figures) {}

    private final PeerRegistry registry;
    private final KernelSockets kernel;

    PeerLists(PeerRegistry registry, KernelSockets kernel) {
        this.registry = registry;
        this.kernel = kernel;
    }

    /** In the order of their connecting, from behind the cursor on. */
    Page byConnecting(Filter filter, int limit, @Nullable PeerId cursor) {
        List<Peer> closed = closed(filter);
        Stream<Peer> live =
                registry.sessionsAfter(cursor).stream()
                        .filter(filter::matches)
                        .limit(limit + 1L)
                        .map(PeerSession::facts);
        Stream<Peer> gone =
                closed.stream().filter(peer -> cursor == null || peer.id().compareTo(cursor) > 0);
        List<Peer> peers =
                Stream.concat(live, gone)
                        .sorted(Comparator.comparing(Peer::id))
                        .limit(limit + 1L)
                        .toList();
        boolean more = peers.size() > limit;
        List<Peer> page = more ? peers.subList(0, limit) : peers;
        long total = closed.size() + liveTotal(filter);
        String next = more ? page.getLast().id().toString() : null;
        return new Page(total, limit, next, page.stream().map(PeerRow::of).toList());
    }

    private List<Peer> closed(Filter filter) {
        return filter.state().equals("open")
                ? List.of()
                : registry.recentlyClosed().stream().filter(filter::matches).toList();
    }

    private long liveTotal(Filter filter) {
        return filter.takesEveryLivePeer()
                ? registry.sessions().size()
                : registry.sessions().stream().filter(filter::matches).count();
    }

    /**
     * In an order of what the kernel knows, from one dump: the first page, and there is no next.
     */
    Page byKernel(Filter filter, int limit, Comparator<SocketFigures> order) {
        if (!kernel.available()) {
            throw new ApiProblem(
                    HttpStatus.NOT_IMPLEMENTED,
                    "not_available",
                    "this sort is not available here: this system's kernel does not tell");
        }
        Map<Ends, SocketFigures> sockets = new HashMap<>();
        kernel.forEach(each -> sockets.put(each.ends(), each));
        List<Seen> seen =
                registry.sessions().stream()
                        .filter(filter::matches)
                        .map(session -> seen(session, sockets))
                        .filter(Objects::nonNull)
                        .toList();
        List<PeerRow> rows =
                seen.stream()
                        .sorted(Comparator.comparing(Seen::figures, order))
                        .limit(limit)
                        .map(each -> row(each.session(), each.figures()))
                        .toList();
        return new Page(seen.size(), limit, null, rows);
    }

    private static @Nullable Seen seen(PeerSession session, Map<Ends, SocketFigures> sockets) {
        SocketFigures figures = sockets.get(ends(session));
        return figures == null ? null : new Seen(session, figures);
    }

    private static PeerRow row(PeerSession session, SocketFigures figures) {
        return new PeerRow(session.facts(), SocketView.inList(figures));
    }

    /** One live peer, with all that is known of its socket. */
    PeerRow one(PeerSession session) {
        SocketOptions options = session.options().orElse(null);
        SocketView socket =
                kernel.find(ends(session))
                        .map(figures -> SocketView.of(figures, options))
                        .orElseGet(() -> SocketView.unknown(options));
        return new PeerRow(session.facts(), socket);
    }

    private static Ends ends(PeerSession session) {
        return new Ends(session.local(), session.remote());
    }
}
