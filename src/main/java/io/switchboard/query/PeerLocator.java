package io.switchboard.query;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.cluster.Scoped;
import io.switchboard.net.Printable;
import io.switchboard.peer.NameHolders;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.query.Rejection.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Finds the node that a reference means, and the node that has a peer. Thread-safe.
 *
 * <p>The id of a peer contains the id of its node. The node of a peer's name is found by a request
 * to all nodes, which this class also handles for other nodes.
 */
@Component
public final class PeerLocator
        implements RpcHandler<PeerLocator.Request, PeerLocator.Owned>, NameHolders {

    /** Asks a node for its peers in reach that have a name. */
    record Request(String name, Reach reach) implements Scoped {
        Request {
            reach = Reach.orAll(reach);
        }
    }

    /**
     * The peers of one node that have the name.
     *
     * @param live the ids of the live peers
     * @param closed whether no live peer has the name, but a recently closed one had it
     * @param outOfReach whether a live peer out of reach has the name; null in what earlier
     *     releases send. It decides whether a client may give the name; no client is told it
     */
    record Owned(List<String> live, boolean closed, @Nullable Boolean outOfReach) {}

    private final Cluster cluster;
    private final ClusterFanOut fanOut;
    private final PeerRegistry registry;

    PeerLocator(Cluster cluster, ClusterFanOut fanOut, PeerRegistry registry) {
        this.cluster = cluster;
        this.fanOut = fanOut;
        this.registry = registry;
    }

    /**
     * Returns the node, this one or another, that has this id or name. If a node may have joined a
     * moment ago, the look-up of its id blocks for up to a second.
     *
     * @throws RefusedException no node has this id or name, or several nodes have this name
     */
    public Node findNode(String reference) {
        List<Node> all = new ArrayList<>();
        all.add(cluster.self());
        all.addAll(cluster.others());
        Optional<Node> byId = all.stream().filter(each -> each.id().equals(reference)).findFirst();
        if (byId.isPresent()) {
            return byId.get();
        }
        List<Node> named = all.stream().filter(each -> reference.equals(each.name())).toList();
        return switch (named.size()) {
            case 0 -> findUnlistedNode(reference).orElseThrow(() -> unknown(reference, all));
            case 1 -> named.getFirst();
            default ->
                    throw Rejection.of(
                            Rejection.Reason.AMBIGUOUS,
                            "%d nodes have the name '%s': say which by id, %s"
                                    .formatted(
                                            named.size(),
                                            reference,
                                            joined(named, Node::id, " or ")));
        };
    }

    /**
     * Returns the node that {@link #findNode} returns, or nothing if it is this node.
     *
     * @throws RefusedException no node has this id or name, or several nodes have this name
     */
    Optional<Node> findOtherNode(String reference) {
        return Optional.of(findNode(reference))
                .filter(each -> !each.id().equals(cluster.self().id()));
    }

    /** Looks up a node by id that is not listed yet because it joined a moment ago. */
    private Optional<Node> findUnlistedNode(String reference) {
        return PeerId.parse(reference + "-1").flatMap(_ -> cluster.find(reference));
    }

    private static RefusedException unknown(String reference, List<Node> all) {
        return Rejection.of(
                Rejection.Reason.UNKNOWN_NODE,
                "no node '%s' is there: known are %s"
                        .formatted(
                                Printable.of(reference),
                                joined(all, PeerLocator::nameAndId, ", ")));
    }

    private static String joined(List<Node> nodes, Function<Node, String> text, String separator) {
        return nodes.stream().map(text).collect(Collectors.joining(separator));
    }

    private static String nameAndId(Node node) {
        return node.name() == null ? node.id() : node.name() + " (" + node.id() + ")";
    }

    /**
     * Returns the other node that has this peer, or nothing if this node has it or no node has it.
     * For a name, blocks until all nodes have answered or failed to.
     *
     * @param reference the id or the name of a peer
     * @param reach peers that are not in it do not exist for the caller
     * @throws RefusedException several peers have the name, or a node that may have the peer does
     *     not answer
     */
    Optional<Node> findOwner(String reference, Reach reach) {
        if (cluster.single()) {
            return Optional.empty();
        }
        return PeerId.parse(reference)
                .map(this::findOwnerOfId)
                .orElseGet(() -> findOwnerOfName(reference, reach));
    }

    private Optional<Node> findOwnerOfId(PeerId id) {
        if (id.node().equals(cluster.self().id())) {
            return Optional.empty();
        }
        Optional<Node> node = cluster.find(id.node());
        if (node.isEmpty() && !cluster.connected()) {
            throw Rejection.busUnavailable("peer '" + id + "'");
        }
        return node;
    }

    private Optional<Node> findOwnerOfName(String name, Reach reach) {
        Request request = new Request(name, reach);
        var pending = fanOut.callAll(method(), request);
        Owned here = handle(request, System.nanoTime());
        List<String> live = new ArrayList<>(here.live());
        Optional<Node> owner = Optional.empty();
        Optional<Node> ownerOfClosed = Optional.empty();
        Optional<RefusedException> failed = Optional.empty();
        for (Map.Entry<Node, CompletableFuture<RpcResult<Owned>>> each : pending.entrySet()) {
            switch (ClusterFanOut.await(each.getValue())) {
                case RpcResult.Failed<Owned>(RpcFailure failure) ->
                        failed = Optional.of(Rejection.of(each.getKey(), failure));
                case RpcResult.Answered<Owned>(Owned answer) -> {
                    live.addAll(answer.live());
                    if (!answer.live().isEmpty()) {
                        owner = Optional.of(each.getKey());
                    } else if (answer.closed()) {
                        ownerOfClosed = Optional.of(each.getKey());
                    }
                }
            }
        }
        if (live.size() > 1) {
            throw Rejection.ambiguousPeer(name, live);
        }
        if (live.isEmpty() && failed.isPresent()) {
            throw failed.get();
        }
        if (live.isEmpty() && !cluster.connected()) {
            throw Rejection.busUnavailable("peer '" + name + "'");
        }
        return live.isEmpty() && !here.closed() ? ownerOfClosed : owner;
    }

    @Override
    public boolean outOfReach(Reach reach, String name) {
        if (reach.includesAll()) {
            return false;
        }
        var pending = fanOut.callAll(method(), new Request(name, reach));
        boolean known = cluster.connected();
        boolean held = hasOutOf(reach, name);
        for (CompletableFuture<RpcResult<Owned>> each : pending.values()) {
            // all are awaited, so that the time does not tell which node has the peer
            Boolean there =
                    ClusterFanOut.await(each).toOptional().map(Owned::outOfReach).orElse(null);
            known &= there != null;
            held |= there != null && there;
        }
        return held || !known;
    }

    private boolean hasOutOf(Reach reach, String name) {
        return !reach.includesAll()
                && registry.named(name).stream().anyMatch(each -> !reach.includes(each));
    }

    @Override
    public RpcMethod<Request, Owned> method() {
        return new RpcMethod<>("name", Request.class, Owned.class);
    }

    @Override
    public Owned handle(Request request, long sentAt) {
        boolean outOfReach = hasOutOf(request.reach(), request.name());
        return switch (registry.find(request.name(), request.reach())) {
            case Lookup.Live(PeerSession session) ->
                    new Owned(ids(List.of(session)), false, outOfReach);
            case Lookup.Several(List<PeerSession> several) ->
                    new Owned(ids(several), false, outOfReach);
            case Lookup.Closed _ -> new Owned(List.of(), true, outOfReach);
            case Lookup.Unknown _ -> new Owned(List.of(), false, outOfReach);
        };
    }

    static List<String> ids(List<PeerSession> sessions) {
        return sessions.stream().map(each -> each.id().toString()).toList();
    }
}
