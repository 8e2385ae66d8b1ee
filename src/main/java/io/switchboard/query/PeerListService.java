package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.Scoped;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerView;
import io.switchboard.peer.Reach;
import io.switchboard.query.PeerFinder.FoundPeer;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerSort.PageCursors;
import io.switchboard.query.PeerSort.SortKey;
import io.switchboard.query.PeerSort.SortPosition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Lists peers over all nodes, page by page. Thread-safe.
 *
 * <p>A page begins after the position at which the previous page ended, whatever has changed since.
 * A walk over all pages therefore contains each peer exactly once that stays connected and keeps
 * its position. A peer whose sorted value changes meanwhile may be missed or repeated.
 *
 * <p>In connection order, positions never change. This order lists the peers of one node after the
 * other, so that a page needs requests only to the nodes whose peers it contains. In any other
 * order, and with a filter, every node returns its first peers, and this node merges them.
 */
@Component
public final class PeerListService
        implements RpcHandler<PeerListService.Request, PeerListService.Answer> {
    /** Asks a node for its first peers after a position. */
    record Request(PeerQuery query, int most, @Nullable SortPosition after) implements Scoped {
        @Override
        public Reach reach() {
            return query.reach();
        }
    }

    /** A peer and its position in the order. */
    record Entry(SortPosition position, PeerRow row) {}

    /**
     * The first peers of one node.
     *
     * @param total the number of peers of the node that match, on all pages
     */
    record Answer(long total, List<Entry> entries) {}

    private final PeerFinder finder;
    private final Listeners listeners;
    private final Cluster cluster;

    PeerListService(PeerFinder finder, Listeners listeners, Cluster cluster) {
        this.finder = finder;
        this.listeners = listeners;
        this.cluster = cluster;
    }

    /**
     * Returns one page of the peers of all nodes. Blocks until the nodes have answered or failed
     * to.
     *
     * @param limit the maximum number of peers on the page
     * @param after the {@code next} of the previous page; null for the first page
     * @throws RefusedException the cursor or a filter is not valid; see also {@link
     *     PeerFinder#find}
     */
    public PeerPage page(PeerQuery query, int limit, @Nullable String after) {
        check(query.filter(), query.reach());
        PageCursors cursors =
                new PageCursors(query.sort(), cluster.single() ? cluster.self().id() : "");
        SortPosition position = after == null ? null : cursors.decode(after);
        PageCollector collector = new PageCollector(query, limit + 1, position);
        boolean nodeByNode = query.inConnectionOrder() && query.filter().listener() == null;
        List<TopK.Entry<FoundPeer>> first =
                nodeByNode ? collector.nodeByNode() : collector.merged();
        String next = null;
        if (first.size() > limit) {
            first = first.subList(0, limit);
            next = cursors.encode(first.getLast().position());
        }
        boolean partial = !collector.missing.isEmpty() || !cluster.connected();
        return new PeerPage(
                collector.total,
                limit,
                next,
                partial ? true : null,
                partial ? collector.missing : null,
                first.stream().flatMap(each -> each.item().row().stream()).toList());
    }

    /**
     * Returns the maximum number of rows that a page collects from other nodes while it waits for
     * all of them; 0 if this node runs alone. In a restricted reach, it does not depend on how many
     * peers the nodes have.
     */
    public int maxCollected(int limit, Reach reach) {
        return cluster.others().stream()
                .mapToInt(node -> reach.includesAll() ? Math.min(limit, node.peers()) : limit)
                .sum();
    }

    private void check(PeerFilter filter, Reach reach) {
        Rejection.checkValid("name", filter.name(), Names::nameError);
        Rejection.checkValid("group", filter.group(), Names::groupError);
        String q = filter.q();
        if (q != null && q.isEmpty()) {
            throw Rejection.badRequest("q is empty: leave it out, or give the text to search for");
        }
        String listener = filter.listener();
        if (listener != null
                && (listeners.find(listener).isEmpty() || !reach.includesListener(listener))) {
            throw Rejection.badRequest(
                    "listener='%s': known are %s"
                            .formatted(
                                    listener,
                                    reach.within(listeners.all()).stream()
                                            .map(Listener::name)
                                            .collect(Collectors.joining(", "))));
        }
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return new RpcMethod<>("peers", Request.class, Answer.class);
    }

    /**
     * Returns the first peers of this node. If the filter names a listener that this node does not
     * have, the result is empty.
     */
    @Override
    public Answer handle(Request request, long sentAt) {
        PeerFinder.Found found = finder.find(request.query(), request.most(), request.after());
        return new Answer(
                found.total(),
                found.first().stream()
                        .flatMap(
                                each ->
                                        each.item().row().stream()
                                                .map(row -> new Entry(each.position(), row)))
                        .toList());
    }

    /** Collects the peers of one page from the nodes. Used by one thread. */
    private final class PageCollector {
        private final PeerQuery query;
        private final int limit;
        private final @Nullable SortPosition after;
        private final List<String> missing = new ArrayList<>(0);
        private long total;

        PageCollector(PeerQuery query, int limit, @Nullable SortPosition after) {
            this.query = query;
            this.limit = limit;
            this.after = after;
        }

        /**
         * Requests the peers of one node after the other, in the order of the node ids, until the
         * page is full. Nodes before the cursor and after the end of the page receive no request:
         * the number of their peers is the one that they announced last.
         */
        List<TopK.Entry<FoundPeer>> nodeByNode() {
            List<TopK.Entry<FoundPeer>> first = new ArrayList<>();
            String own = cluster.self().id();
            String cursorNode = after == null ? null : after.id().node();
            Comparator<Node> order = Comparator.comparing(Node::id);
            boolean descending = query.sort().descending();
            List<Node> all =
                    Stream.concat(Stream.of(cluster.self()), cluster.others().stream())
                            .sorted(descending ? order.reversed() : order)
                            .toList();
            boolean reached = cursorNode == null;
            for (Node node : all) {
                int comparison = cursorNode == null ? 1 : node.id().compareTo(cursorNode);
                reached |= descending ? comparison <= 0 : comparison >= 0;
                int rest = limit - first.size();
                if (!reached || rest == 0) {
                    total += node.peers();
                } else {
                    SortPosition nodeAfter = comparison == 0 ? after : null;
                    Request request = new Request(query, rest, nodeAfter);
                    first.addAll(
                            node.id().equals(own)
                                    ? local(rest, nodeAfter)
                                    : remote(node, cluster.call(node, method(), request)));
                }
            }
            return first;
        }

        /** Merges the first peers of every node. */
        List<TopK.Entry<FoundPeer>> merged() {
            List<Node> others = cluster.others();
            var pending = cluster.callAll(others, method(), new Request(query, limit, after));
            List<TopK.Entry<FoundPeer>> all = new ArrayList<>(local(limit, after));
            pending.forEach((node, result) -> all.addAll(remote(node, result)));
            return all.stream()
                    .sorted(Comparator.comparing(TopK.Entry::position))
                    .limit(limit)
                    .toList();
        }

        private List<TopK.Entry<FoundPeer>> local(int count, @Nullable SortPosition from) {
            PeerFinder.Found found = finder.find(query, count, from);
            total += found.total();
            return found.first();
        }

        private static TopK.Entry<FoundPeer> entry(SortPosition position, PeerRow row) {
            return new TopK.Entry<>(position, () -> Optional.of(row));
        }

        private List<TopK.Entry<FoundPeer>> remote(
                Node node, CompletableFuture<RpcResult<Answer>> pending) {
            Answer answer = ClusterFanOut.await(pending).toOptional().orElse(null);
            if (answer == null) {
                missing.add(node.label());
                return List.of();
            }
            total += answer.total();
            return answer.entries().stream()
                    // a node of an earlier release ignores a filter that it does not know
                    .filter(each -> query.matches(each.row().peer()))
                    .map(each -> entry(each.position(), each.row()))
                    .toList();
        }
    }

    /**
     * The peers to list and their order.
     *
     * @param socket whether rows contain kernel information about the peer's socket; if the order
     *     needs it, they always do
     * @param reach only peers in it are listed and counted
     */
    public record PeerQuery(PeerFilter filter, PeerSort sort, boolean socket, Reach reach) {

        public PeerQuery {
            reach = Reach.orAll(reach);
        }

        /** Returns whether the registry keeps the selected peers in this order. */
        boolean inConnectionOrder() {
            return sort.key() == SortKey.CONNECTED_AT
                    && filter.filtersOnlyByListener()
                    && reach.includesAll();
        }

        /**
         * Returns whether this peer is selected, but for its state. The filter is not applied to a
         * peer out of reach, because the time would tell what it matches.
         */
        boolean matches(PeerView peer) {
            return reach.includes(peer) && filter.matches(peer);
        }
    }

    /**
     * A page of a list of peers.
     *
     * @param total the number of peers that match, on all pages
     * @param limit the maximum number of peers on a page
     * @param next the cursor of the next page; null on the last page
     * @param partial true if nodes that did not answer may have more peers; otherwise null
     * @param missing the names of those nodes, as far as they are known; null unless {@code
     *     partial}
     */
    public record PeerPage(
            long total,
            int limit,
            @Nullable String next,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean partial,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> missing,
            List<PeerRow> peers) {}
}
