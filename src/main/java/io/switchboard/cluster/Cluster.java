package io.switchboard.cluster;

import io.switchboard.cluster.RpcResult.RpcFailure;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The nodes that form one service. A single node is a cluster of one: {@link #others} is empty and
 * costs nothing.
 *
 * <p>Thread-safe.
 */
public interface Cluster {

    /** Returns this node. */
    Node self();

    /**
     * Returns the other nodes that have renewed their membership in the last few seconds, ordered
     * by id. Never blocks.
     */
    List<Node> others();

    /** Returns whether this node is configured to run alone, so that it never has other nodes. */
    boolean single();

    /** Returns whether requests can be sent to other nodes now. */
    boolean connected();

    /**
     * Returns the other node with this id. If it is not among {@link #others}, it may have joined a
     * moment ago: the look-up may then block for up to a second.
     */
    Optional<Node> find(String id);

    /**
     * Sends a request to one other node. Requests to one node arrive in the order of these calls.
     *
     * @return the pending result. It completes about one second after the node last reported
     *     progress, at the latest, and never exceptionally. The thread that completes it must not
     *     block.
     */
    <Q, A> CompletableFuture<RpcResult<A>> call(Node node, RpcMethod<Q, A> method, Q request);

    /**
     * Sends the same request to several other nodes. If these are all other nodes, the request is
     * published once.
     *
     * @return the pending result of each node, which completes as that of {@link #call}
     */
    <Q, A> Map<Node, CompletableFuture<RpcResult<A>>> callAll(
            Collection<Node> nodes, RpcMethod<Q, A> method, Q request);

    /** The cluster of a node that runs alone. */
    final class SingleNode implements Cluster {
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
}
