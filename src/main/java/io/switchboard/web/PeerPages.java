package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import io.switchboard.peer.PeerRegistry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Pages of {@code GET /peers}, over all nodes.
 *
 * <p>A page begins behind the place where the one before it ended, whoever has come, gone or moved
 * since. So a walk over all pages sees every peer exactly once that is there throughout and stays
 * in its place; one whose value moves meanwhile may be missed, or seen again. In the order of
 * connecting nobody ever moves: it goes from node to node, and a page asks no more of them than it
 * takes. In any other order, and with a filter, each node finds the first of its own.
 */
@Component
final class PeerPages {

    /** A peer and its place. */
    private record Placed(Place place, Supplier<ListedPeer> peer) {}

    private final PeerLists lists;
    private final PeerRegistry registry;
    private final Cluster nodes;
    private final JsonMapper json;

    PeerPages(PeerLists lists, PeerRegistry registry, Cluster nodes, JsonMapper json) {
        this.lists = lists;
        this.registry = registry;
        this.nodes = nodes;
        this.json = json;
    }

    /**
     * One page.
     *
     * @param after what {@code next} said on the page before it; null for the first
     * @throws ApiProblem 400, where that is no cursor of this order; as {@link PeerLists#find}
     */
    PeerPage page(PeerQuery query, int limit, @Nullable String after) {
        // of a cluster, any node takes what another has said
        Cursors cursors = new Cursors(query.sort(), nodes.single() ? registry.boot() : "");
        Place place = after == null ? null : cursors.parse(after);
        Gathering gathering = new Gathering(query, limit + 1, place);
        boolean byNode = query.inOrderOfConnecting() && query.filter().listener() == null;
        List<Placed> first = byNode ? gathering.byNode() : gathering.merged();
        String next = null;
        if (first.size() > limit) {
            first = first.subList(0, limit);
            next = cursors.print(first.getLast().place());
        }
        boolean partial = gathering.partial();
        return new PeerPage(
                gathering.total,
                limit,
                next,
                partial ? true : null,
                partial ? gathering.missing : null,
                first.stream().map(each -> each.peer().get()).toList());
    }

    /** What the nodes have of one page. */
    private final class Gathering {
        private final PeerQuery query;
        private final int most;
        private final @Nullable Place after;
        private final List<String> missing = new ArrayList<>(0);
        private long total;

        Gathering(PeerQuery query, int most, @Nullable Place after) {
            this.query = query;
            this.most = most;
            this.after = after;
        }

        boolean partial() {
            return !missing.isEmpty() || !nodes.connected();
        }

        /** One node after the other, by their ids. */
        List<Placed> byNode() {
            List<Placed> first = new ArrayList<>();
            String own = nodes.self().id();
            String from = after == null ? null : after.id().node();
            Comparator<Node> order = Comparator.comparing(Node::id);
            List<Node> all =
                    Stream.concat(Stream.of(nodes.self()), nodes.others().stream())
                            .sorted(query.sort().descending() ? order.reversed() : order)
                            .toList();
            boolean reached = from == null;
            for (Node node : all) {
                int passed = from == null ? 1 : node.id().compareTo(from);
                reached |= query.sort().descending() ? passed <= 0 : passed >= 0;
                int wanted = most - first.size();
                if (!reached || wanted == 0) {
                    total += node.peers();
                } else {
                    Place behind = passed == 0 ? after : null;
                    first.addAll(
                            node.id().equals(own)
                                    ? here(wanted, behind)
                                    : there(node, ask(node, wanted, behind)));
                }
            }
            return first;
        }

        /** The first of each, merged. */
        List<Placed> merged() {
            PeersThere.Asked asked = PeersThere.Asked.of(query, most, after);
            List<Node> others = nodes.others();
            Map<Node, CompletableFuture<RpcResult<byte[]>>> answers =
                    others.isEmpty()
                            ? Map.of()
                            : nodes.callAll(
                                    others, PeersThere.METHOD, json.writeValueAsBytes(asked));
            List<Placed> all = new ArrayList<>(here(most, after));
            answers.forEach((node, answer) -> all.addAll(there(node, answer)));
            return all.stream().sorted(Comparator.comparing(Placed::place)).limit(most).toList();
        }

        private List<Placed> here(int wanted, @Nullable Place behind) {
            PeerLists.Found found = lists.find(query, wanted, behind);
            total += found.total();
            String node = lists.node();
            return found.first().stream()
                    .map(
                            entry ->
                                    new Placed(
                                            entry.place(),
                                            () -> new ListedPeer.Here(entry.what().get().at(node))))
                    .toList();
        }

        private CompletableFuture<RpcResult<byte[]>> ask(
                Node node, int wanted, @Nullable Place behind) {
            PeersThere.Asked asked = PeersThere.Asked.of(query, wanted, behind);
            return nodes.call(node, PeersThere.METHOD, json.writeValueAsBytes(asked));
        }

        private List<Placed> there(Node node, CompletableFuture<RpcResult<byte[]>> asked) {
            byte[] given = Carrier.await(asked).toOptional().orElse(null);
            if (given == null) {
                missing.add(node.label());
                return List.of();
            }
            PeersThere.Found found = json.readValue(given, PeersThere.Found.class);
            total += found.total();
            return found.rows().stream()
                    .map(
                            row ->
                                    new Placed(
                                            row.at().place(),
                                            () -> new ListedPeer.There(row.peer(), row.cells())))
                    .toList();
        }
    }
}
