package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Names;
import io.switchboard.query.PeerFinder.PeerRow;
import io.switchboard.query.PeerSort.PageCursors;
import io.switchboard.query.PeerSort.SortKey;
import io.switchboard.query.PeerSort.SortPosition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Lists peers over all nodes, page by page. Thread-safe.
 *
 * <p>A page begins after the position at which the page before it ended, whatever has changed
 * since. A walk over all pages therefore contains every peer exactly once that is connected
 * throughout and keeps its position; a peer whose number changes may be missed or repeated. In the
 * order of connecting, positions never change: that order goes from node to node, and a page asks
 * only the nodes that it reaches. In any other order, and with a filter, every node returns its
 * first peers, which are merged.
 */
@Component
public final class PeerListService
        implements RpcHandler<PeerListService.Request, PeerListService.Answer> {
    /** Asks a node for its first peers after a position. */
    record Request(PeerQuery query, int most, @Nullable SortPosition after) {}

    record Entry(SortPosition position, PeerRow row) {}

    /** The first peers of one node, and how many match there. */
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
     * Returns one page.
     *
     * @param after the {@code next} of the page before it; null for the first page
     * @throws RefusedException the cursor or a filter is not valid; see {@link PeerFinder#find}
     */
    public PeerPage page(PeerQuery query, int limit, @Nullable String after) {
        check(query.filter());
        PageCursors cursors =
                new PageCursors(query.sort(), cluster.single() ? cluster.self().id() : "");
        SortPosition position = after == null ? null : cursors.parse(after);
        Gathering gathering = new Gathering(query, limit + 1, position);
        boolean byNode = query.inOrderOfConnecting() && query.filter().listener() == null;
        List<TopK.Entry<Supplier<PeerRow>>> first =
                byNode ? gathering.byNode() : gathering.merged();
        String next = null;
        if (first.size() > limit) {
            first = first.subList(0, limit);
            next = cursors.print(first.getLast().position());
        }
        boolean partial = !gathering.missing.isEmpty() || !cluster.connected();
        return new PeerPage(
                gathering.total,
                limit,
                next,
                partial ? true : null,
                partial ? gathering.missing : null,
                first.stream().map(each -> each.what().get()).toList());
    }

    private void check(PeerFilter filter) {
        Refusal.refuse("name", filter.name(), Names::objectionToName);
        Refusal.refuse("group", filter.group(), Names::objectionToGroup);
        String q = filter.q();
        if (q != null && q.isEmpty()) {
            throw Refusal.badRequest("q is empty: leave it out, or say what to look for");
        }
        String listener = filter.listener();
        if (listener != null && listeners.find(listener).isEmpty()) {
            throw Refusal.badRequest(
                    "listener='%s': known are %s"
                            .formatted(
                                    listener,
                                    listeners.all().stream()
                                            .map(Listener::name)
                                            .collect(Collectors.joining(", "))));
        }
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return new RpcMethod<>("peers", Request.class, Answer.class);
    }

    /** A listener that this node does not have has no peers here. */
    @Override
    public Answer handle(Request request, long askedAt) {
        PeerFinder.Found found = finder.find(request.query(), request.most(), request.after());
        return new Answer(
                found.total(),
                found.first().stream()
                        .map(each -> new Entry(each.position(), each.what().get()))
                        .toList());
    }

    /** What the nodes have of one page. */
    private final class Gathering {
        private final PeerQuery query;
        private final int most;
        private final @Nullable SortPosition after;
        private final List<String> missing = new ArrayList<>(0);
        private long total;

        Gathering(PeerQuery query, int most, @Nullable SortPosition after) {
            this.query = query;
            this.most = most;
            this.after = after;
        }

        /** Asks one node after the other, in the order of their ids, until the page is full. */
        List<TopK.Entry<Supplier<PeerRow>>> byNode() {
            List<TopK.Entry<Supplier<PeerRow>>> first = new ArrayList<>();
            String own = cluster.self().id();
            String from = after == null ? null : after.id().node();
            Comparator<Node> order = Comparator.comparing(Node::id);
            boolean descending = query.sort().descending();
            List<Node> all =
                    Stream.concat(Stream.of(cluster.self()), cluster.others().stream())
                            .sorted(descending ? order.reversed() : order)
                            .toList();
            boolean reached = from == null;
            for (Node node : all) {
                int passed = from == null ? 1 : node.id().compareTo(from);
                reached |= descending ? passed <= 0 : passed >= 0;
                int wanted = most - first.size();
                if (!reached || wanted == 0) {
                    total += node.peers();
                } else {
                    SortPosition behind = passed == 0 ? after : null;
                    Request request = new Request(query, wanted, behind);
                    first.addAll(
                            node.id().equals(own)
                                    ? here(wanted, behind)
                                    : there(node, cluster.call(node, method(), request)));
                }
            }
            return first;
        }

        /** Merges the first peers of every node. */
        List<TopK.Entry<Supplier<PeerRow>>> merged() {
            List<Node> others = cluster.others();
            var pending = cluster.callAll(others, method(), new Request(query, most, after));
            List<TopK.Entry<Supplier<PeerRow>>> all = new ArrayList<>(here(most, after));
            pending.forEach((node, result) -> all.addAll(there(node, result)));
            return all.stream()
                    .sorted(Comparator.comparing(TopK.Entry::position))
                    .limit(most)
                    .toList();
        }

        private List<TopK.Entry<Supplier<PeerRow>>> here(
                int wanted, @Nullable SortPosition behind) {
            PeerFinder.Found found = finder.find(query, wanted, behind);
            total += found.total();
            return found.first();
        }

        private List<TopK.Entry<Supplier<PeerRow>>> there(
                Node node, CompletableFuture<RpcResult<Answer>> pending) {
            Answer answer = Nodes.await(pending).toOptional().orElse(null);
            if (answer == null) {
                missing.add(node.label());
                return List.of();
            }
            total += answer.total();
            return answer.entries().stream()
                    // a node of an earlier release ignores a filter that it does not know
                    .filter(each -> query.filter().matches(each.row().peer()))
                    .map(each -> new TopK.Entry<Supplier<PeerRow>>(each.position(), each::row))
                    .toList();
        }
    }

    /**
     * Which peers to list, and in which order.
     *
     * @param socket whether rows contain what the kernel knows of the peer's socket; if the
     *     kernel's numbers determine the order, they always do
     */
    public record PeerQuery(PeerFilter filter, PeerSort sort, boolean socket) {

        /** Returns whether the registry keeps the peers in this very order. */
        boolean inOrderOfConnecting() {
            return sort.key() == SortKey.CONNECTED_AT && filter.isPlain();
        }
    }

    /**
     * A page of a list of peers.
     *
     * @param total how many peers match, on all pages
     * @param limit how many peers a page contains at most
     * @param next the cursor of the next page; null on the last
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
