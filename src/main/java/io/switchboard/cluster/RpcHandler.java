package io.switchboard.cluster;

/** Answers the requests of one {@link RpcMethod} that other nodes send to this node. */
public interface RpcHandler<Q, A> {

    /** Returns the method that this handler answers. No other handler answers it. */
    RpcMethod<Q, A> method();

    /**
     * Executes one request. Runs on a virtual thread of its own and may block: meanwhile the caller
     * is told that the request is in progress.
     *
     * @param askedAt when the request was sent, at the latest, by this node's {@link
     *     System#nanoTime}
     * @throws RuntimeException the request fails; this node logs it and the caller receives {@link
     *     RpcFailure#FAULTY}
     */
    A handle(Q request, long askedAt) throws InterruptedException;
}
