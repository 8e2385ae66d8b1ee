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

    /** Why a request to another node has no answer. */
    enum RpcFailure {
        /** The node no longer listens. The request was certainly not executed. */
        LOST,

        /** The node received the request and has been silent for a second. */
        SILENT,

        /** Redis cannot be reached. The request was certainly not executed. */
        UNAVAILABLE,

        /** The node holds too many requests. The request was certainly not executed. */
        BUSY,

        /** The node failed while it executed the request; its log has the cause. */
        FAULTY,

        /** The node runs a release that does not know the request, and did not execute it. */
        UNSUPPORTED;

        /** Returns whether the request may have been executed all the same. */
        public boolean mayHaveRun() {
            return switch (this) {
                case SILENT, FAULTY -> true;
                case LOST, UNAVAILABLE, BUSY, UNSUPPORTED -> false;
            };
        }
    }
}
