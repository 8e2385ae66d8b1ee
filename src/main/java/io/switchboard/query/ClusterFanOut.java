package io.switchboard.query;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.query.Rejection.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Sends a typed request to one node or to all other nodes and gathers the answers. Thread-safe.
 *
 * <p>A caller that waits blocks its thread. The wait ends with a failure if a node reports no
 * progress for a second; see {@link Cluster#call}.
 */
@Component
final class ClusterFanOut {

    /** An answer to a request that the receiving node may refuse. */
    interface Refusable {
        /** Returns why the request was refused, or null if it was executed. */
        @Nullable Rejection refusal();
    }

    /**
     * The answers of the other nodes.
     *
     * @param partial true if there may be nodes that did not answer; otherwise null
     * @param missing the names of those nodes, as far as they are known; null unless partial
     */
    record Answers<A>(List<A> answers, @Nullable Boolean partial, @Nullable List<String> missing) {}

    private final Cluster cluster;

    ClusterFanOut(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Executes a request at one node and returns the answer.
     *
     * @param other the node that executes the request; if empty, this node does
     * @throws RefusedException the request is refused, there is no answer, or this thread is
     *     interrupted because the service stops
     */
    <Q, A extends Refusable> A execute(Optional<Node> other, RpcHandler<Q, A> handler, Q request) {
        try {
            A answer =
                    other.isEmpty()
                            ? handler.handle(request, System.nanoTime())
                            : call(other.get(), handler.method(), request);
            Rejection refusal = answer.refusal();
            if (refusal != null) {
                throw new RefusedException(refusal);
            }
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Rejection.shuttingDown();
        }
    }

    private <Q, A> A call(Node node, RpcMethod<Q, A> method, Q request)
            throws InterruptedException {
        return switch (RpcResult.await(cluster.call(node, method, request))) {
            case RpcResult.Answered<A>(A answer) -> answer;
            case RpcResult.Failed<A>(RpcFailure failure) -> throw Rejection.of(node, failure);
        };
    }

    /**
     * Sends a request to all other nodes and does not wait for the answers. The caller can execute
     * the request at this node meanwhile, and then {@link #gather} the answers.
     */
    <Q, A> Map<Node, CompletableFuture<RpcResult<A>>> callAll(RpcMethod<Q, A> method, Q request) {
        List<Node> others = cluster.others();
        return others.isEmpty() ? Map.of() : cluster.callAll(others, method, request);
    }

    /**
     * Waits for all results of {@link #callAll} and returns the answers.
     *
     * @throws RefusedException this thread is interrupted because the service stops
     */
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
            throw Rejection.shuttingDown();
        }
    }
}
