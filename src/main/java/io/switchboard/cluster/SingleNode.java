package io.switchboard.cluster;

import io.switchboard.cluster.RpcResult.RpcFailure;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The cluster of a node that runs alone. */
public final class SingleNode implements Cluster {
    private final Supplier<Node> self;

    /** Creates a cluster of the node that {@code self} describes. */
    public SingleNode(Supplier<Node> self) {
        this.self = self;
    }

    @Override
    public Node self() {
        return self.get();
    }

    @Override
    public List<Node> others() {
        return List.of();
    }

    @Override
    public boolean single() {
        return true;
    }

    @Override
    public boolean connected() {
        return true;
    }

    @Override
    public Optional<Node> find(String id) {
        return Optional.empty();
    }

    @Override
    public <Q, A> CompletableFuture<RpcResult<A>> call(
            Node node, RpcMethod<Q, A> method, Q request) {
        return CompletableFuture.completedFuture(new RpcResult.Failed<>(RpcFailure.LOST));
    }

    @Override
    public <Q, A> Map<Node, CompletableFuture<RpcResult<A>>> callAll(
            Collection<Node> nodes, RpcMethod<Q, A> method, Q request) {
        return Map.of();
    }
}
