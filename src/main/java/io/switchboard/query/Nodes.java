package io.switchboard.query;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Printable;
import io.switchboard.query.Refusal.RefusedException;
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
 * The nodes of the cluster: finds one by reference or by its peer, sends requests to one or to all
 * others, and waits for the answers. Thread-safe.
 */
@Component
public final class Nodes implements RpcHandler<Nodes.Request, Nodes.Owned> {

    /** Asks a node for its peers with a name. */
    record Request(String name) {}

    /**
     * The peers of one node that have the name.
     *
     * @param live their ids
     * @param closed whether none is live and the last one is closed
     */
    record Owned(List<String> live, boolean closed) {}

    /** An answer to a request that may be refused. */
    interface Refusable {
        /** Returns why nothing was done; null if it was. */
        @Nullable Refusal refusal();
    }

    /**
     * The answers of the other nodes.
     *
     * @param partial true if there may be nodes that did not answer; otherwise null
     * @param missing the names of those nodes, as far as they are known; null unless partial
     */
    record Answers<A>(List<A> answers, @Nullable Boolean partial, @Nullable List<String> missing) {}

    private final Cluster cluster;
    private final PeerRegistry registry;

    Nodes(Cluster cluster, PeerRegistry registry) {
        this.cluster = cluster;
        this.registry = registry;
    }

    /**
     * Returns this node or another, by id or by name. An unknown id may take some milliseconds.
     *
     * @throws RefusedException there is no such node, or several have the name
     */
    public Node find(String reference) {
        List<Node> all = new ArrayList<>();
        all.add(cluster.self());
        all.addAll(cluster.others());
        Optional<Node> byId = all.stream().filter(each -> each.id().equals(reference)).findFirst();
        if (byId.isPresent()) {
            return byId.get();
        }
        List<Node> named = all.stream().filter(each -> reference.equals(each.name())).toList();
        return switch (named.size()) {
            case 0 -> joinedNow(reference).orElseThrow(() -> unknown(reference, all));
            case 1 -> named.getFirst();
            default ->
                    throw Refusal.of(
                            Refusal.Reason.AMBIGUOUS,
                            "%d nodes have the name '%s': say which by id, %s"
                                    .formatted(
                                            named.size(),
                                            reference,
                                            joined(named, Node::id, " or ")));
        };
    }

    /** Returns the node that {@link #find} finds, unless it is this node. */
    Optional<Node> other(String reference) {
        return Optional.of(find(reference)).filter(each -> !each.id().equals(cluster.self().id()));
    }

    /** Looks up an id, because a node that joined a moment ago is not listed yet. */
    private Optional<Node> joinedNow(String reference) {
        return PeerId.parse(reference + "-1").flatMap(_ -> cluster.find(reference));
    }

    private static RefusedException unknown(String reference, List<Node> all) {
        return Refusal.of(
                Refusal.Reason.UNKNOWN_NODE,
                "no node '%s' is there: known are %s"
                        .formatted(Printable.of(reference), joined(all, Nodes::spelled, ", ")));
    }

    private static String joined(List<Node> nodes, Function<Node, String> text, String between) {
        return nodes.stream().map(text).collect(Collectors.joining(between));
    }

    private static String spelled(Node node) {
        return node.name() == null ? node.id() : node.name() + " (" + node.id() + ")";
    }

    /**
     * Returns the other node that has the peer; nothing if this node has it, or no node. An id
     * contains the node; for a name, all nodes are asked.
     *
     * @throws RefusedException several peers have the name, or a node that may have the peer does
     *     not answer
     */
    Optional<Node> owner(String reference) {
        if (cluster.single()) {
            return Optional.empty();
        }
        return PeerId.parse(reference).map(this::ofId).orElseGet(() -> ofName(reference));
    }

    private Optional<Node> ofId(PeerId id) {
        if (id.node().equals(cluster.self().id())) {
            return Optional.empty();
        }
        Optional<Node> node = cluster.find(id.node());
        if (node.isEmpty() && !cluster.connected()) {
            throw Refusal.busUnavailable("peer '" + id + "'");
        }
        return node;
    }

    private Optional<Node> ofName(String name) {
        Request request = new Request(name);
        var pending = callAll(method(), request);
        Owned here = handle(request, System.nanoTime());
        List<String> live = new ArrayList<>(here.live());
        Optional<Node> owner = Optional.empty();
        Optional<Node> last = Optional.empty();
        Optional<RefusedException> silent = Optional.empty();
        for (Map.Entry<Node, CompletableFuture<RpcResult<Owned>>> each : pending.entrySet()) {
            switch (await(each.getValue())) {
                case RpcResult.Failed<Owned>(RpcFailure failure) ->
                        silent = Optional.of(Refusal.of(each.getKey(), failure));
                case RpcResult.Answered<Owned>(Owned answer) -> {
                    live.addAll(answer.live());
                    if (!answer.live().isEmpty()) {
                        owner = Optional.of(each.getKey());
                    } else if (answer.closed()) {
                        last = Optional.of(each.getKey());
                    }
                }
            }
        }
        if (live.size() > 1) {
            throw Refusal.ambiguousPeer(name, live);
        }
        if (live.isEmpty() && silent.isPresent()) {
            throw silent.get();
        }
        if (live.isEmpty() && !cluster.connected()) {
            throw Refusal.busUnavailable("peer '" + name + "'");
        }
        return live.isEmpty() && !here.closed() ? last : owner;
    }

    @Override
    public RpcMethod<Request, Owned> method() {
        return new RpcMethod<>("name", Request.class, Owned.class);
    }

    @Override
    public Owned handle(Request request, long askedAt) {
        return switch (registry.find(request.name())) {
            case Lookup.Live(PeerSession session) -> new Owned(ids(List.of(session)), false);
            case Lookup.Several(List<PeerSession> several) -> new Owned(ids(several), false);
            case Lookup.Closed _ -> new Owned(List.of(), true);
            case Lookup.Unknown _ -> new Owned(List.of(), false);
        };
    }

    static List<String> ids(List<PeerSession> sessions) {
        return sessions.stream().map(each -> each.id().toString()).toList();
    }

    /**
     * Executes a request at another node, or at this one if there is none, and returns the answer.
     *
     * @throws RefusedException the request is refused, there is no answer, or this thread is
     *     interrupted because the service stops
     */
    <Q, A extends Refusable> A execute(Optional<Node> other, RpcHandler<Q, A> handler, Q request) {
        try {
            A answer =
                    other.isEmpty()
                            ? handler.handle(request, System.nanoTime())
                            : call(other.get(), handler.method(), request);
            Refusal refusal = answer.refusal();
            if (refusal != null) {
                throw new RefusedException(refusal);
            }
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Refusal.shuttingDown();
        }
    }

    private <Q, A> A call(Node node, RpcMethod<Q, A> method, Q request)
            throws InterruptedException {
        return switch (RpcResult.await(cluster.call(node, method, request))) {
            case RpcResult.Answered<A>(A answer) -> answer;
            case RpcResult.Failed<A>(RpcFailure failure) -> throw Refusal.of(node, failure);
        };
    }

    /** Sends a request to all other nodes and does not wait. */
    <Q, A> Map<Node, CompletableFuture<RpcResult<A>>> callAll(RpcMethod<Q, A> method, Q request) {
        List<Node> others = cluster.others();
        return others.isEmpty() ? Map.of() : cluster.callAll(others, method, request);
    }

    <A> Answers<A> gather(Map<Node, CompletableFuture<RpcResult<A>>> pending) {
        List<A> answers = new ArrayList<>();
        List<String> missing = new ArrayList<>(0);
        pending.forEach(
                (node, result) ->
                        await(result)
                                .toOptional()
                                .ifPresentOrElse(answers::add, () -> missing.add(node.label())));
        boolean partial = !missing.isEmpty() || !cluster.connected();
        return new Answers<>(answers, partial ? true : null, partial ? missing : null);
    }

    /**
     * Waits for one result.
     *
     * @throws RefusedException this thread is interrupted because the service stops
     */
    static <A> RpcResult<A> await(CompletableFuture<RpcResult<A>> pending) {
        try {
            return RpcResult.await(pending);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Refusal.shuttingDown();
        }
    }
}
