package io.switchboard.cluster;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The result of a request to another node. */
public sealed interface RpcResult<A> {

    /** The node executed the request. */
    record Answered<A>(A answer) implements RpcResult<A> {}

    /** The node returned no answer. */
    record Failed<A>(RpcFailure failure) implements RpcResult<A> {}

    /** Returns the answer, if there is one. */
    default Optional<A> toOptional() {
        return this instanceof Answered<A>(A answer) ? Optional.of(answer) : Optional.empty();
    }

    /** Blocks until the result is there, which it always is within {@link Cluster#call}'s time. */
    static <A> RpcResult<A> await(CompletableFuture<RpcResult<A>> pending)
            throws InterruptedException {
        try {
            return pending.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a request to a node never fails exceptionally", e);
        }
    }
}
