package io.switchboard.query;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.query.Refusal.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Sends a request to one other node or to all of them, and waits for the answers. Thread-safe. */
@Component
final class ClusterFanOut {

    /**
     * The answers.
     *
     * @param partial whether there may be nodes that did not answer
     * @param missing the names of those nodes, as far as they are known
     */
    record Answers<A>(List<A> answers, boolean partial, List<String> missing) {

        /** Returns {@link #partial} for documents that contain it only if it is true. */
        @Nullable Boolean partialOrNull() {
            return partial ? true : null;
        }

        /** Returns {@link #missing} for documents that contain it only if answers are missing. */
        @Nullable List<String> missingOrNull() {
            return partial ? missing : null;
        }
    }

    private final Cluster cluster;

    ClusterFanOut(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Sends a request to one node and waits for the answer.
     *
     * @throws RefusedException there is no answer
     */
    <Q, A> A call(Node node, RpcMethod<Q, A> method, Q request) {
        return switch (await(cluster.call(node, method, request))) {
            case RpcResult.Answered<A>(A answer) -> answer;
            case RpcResult.Failed<A>(RpcFailure failure) -> throw Refusal.of(node, failure);
        };
    }

    /** Sends a request to all other nodes and does not wait. */
    <Q, A> Map<Node, CompletableFuture<RpcResult<A>>> callAll(RpcMethod<Q, A> method, Q request) {
        List<Node> others = cluster.others();
        return others.isEmpty() ? Map.of() : cluster.callAll(others, method, request);
    }

    /** Waits for the answers. */
    <A> Answers<A> gather(Map<Node, CompletableFuture<RpcResult<A>>> pending) {
        List<A> answers = new ArrayList<>();
        List<String> missing = new ArrayList<>(0);
        pending.forEach(
                (node, result) ->
                        await(result)
                                .toOptional()
                                .ifPresentOrElse(answers::add, () -> missing.add(node.label())));
        return new Answers<>(answers, !missing.isEmpty() || !cluster.connected(), missing);
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
