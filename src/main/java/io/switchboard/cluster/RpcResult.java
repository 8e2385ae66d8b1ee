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

    /** Returns the result when it is complete. {@link Cluster#call} limits how long this blocks. */
    static <A> RpcResult<A> await(CompletableFuture<RpcResult<A>> pending)
            throws InterruptedException {
        try {
            return pending.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "the result of a request to a node completed exceptionally", e);
        }
    }

    /** Why a request to another node has no answer. */
    enum RpcFailure {
        /** The node has left Redis. The request was certainly not executed. */
        LOST,

        /**
         * The node has not answered, and either reported no progress for a second or was in
         * progress for eleven minutes.
         */
        SILENT,

        /** Redis cannot be reached. The request was certainly not executed. */
        UNAVAILABLE,

        /** The node is executing too many requests. The request was certainly not executed. */
        BUSY,

        /** The node failed while it executed the request; its log has the cause. */
        FAULTY,

        /** The node's release does not know the method. The request was certainly not executed. */
        UNSUPPORTED;

        /** Returns whether the request may have been executed although it has no answer. */
        public boolean mayHaveRun() {
            return switch (this) {
                case SILENT, FAULTY -> true;
                case LOST, UNAVAILABLE, BUSY, UNSUPPORTED -> false;
            };
        }
    }
}
