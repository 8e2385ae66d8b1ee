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
import io.switchboard.query.Refusal.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.springframework.stereotype.Component;

/**
 * Finds the node that has a peer: an id contains it; for a name, all nodes are asked. Thread-safe.
 */
@Component
final class PeerLocator implements RpcHandler<PeerLocator.Request, PeerLocator.Answer> {
    static final RpcMethod<Request, Answer> METHOD =
            new RpcMethod<>("name", Request.class, Answer.class);

    record Request(String name) {}

    /**
     * The peers of one node that have the name.
     *
     * @param live their ids
     * @param closed whether none is live and the last one is closed
     */
    record Answer(List<String> live, boolean closed) {}

    private final Cluster cluster;
    private final PeerRegistry registry;

    PeerLocator(Cluster cluster, PeerRegistry registry) {
        this.cluster = cluster;
        this.registry = registry;
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return METHOD;
    }

    @Override
    public Answer handle(Request request, long askedAt) {
        return switch (registry.find(request.name())) {
            case Lookup.Live(PeerSession session) ->
                    new Answer(List.of(session.id().toString()), false);
            case Lookup.Several(List<PeerSession> several) ->
                    new Answer(several.stream().map(each -> each.id().toString()).toList(), false);
            case Lookup.Closed _ -> new Answer(List.of(), true);
            case Lookup.Unknown _ -> new Answer(List.of(), false);
        };
    }

    /**
     * Returns the other node that has the peer; nothing if this node has it, or no node.
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
        Map<Node, CompletableFuture<RpcResult<Answer>>> pending =
                cluster.callAll(cluster.others(), METHOD, request);
        Answer here = handle(request, System.nanoTime());
        List<String> live = new ArrayList<>(here.live());
        Optional<Node> owner = Optional.empty();
        Optional<Node> last = Optional.empty();
        Optional<RefusedException> silent = Optional.empty();
        for (Map.Entry<Node, CompletableFuture<RpcResult<Answer>>> each : pending.entrySet()) {
            switch (ClusterFanOut.await(each.getValue())) {
                case RpcResult.Failed<Answer>(RpcFailure failure) ->
                        silent = Optional.of(Refusal.of(each.getKey(), failure));
                case RpcResult.Answered<Answer>(Answer answer) -> {
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
}
