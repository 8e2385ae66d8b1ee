package io.switchboard.cluster;

/** Answers the requests of one {@link RpcMethod} that other nodes send to this node. */
public interface RpcHandler<Q, A> {

    /** Returns the method that this handler answers. No other handler answers it. */
    RpcMethod<Q, A> method();

    /**
     * Executes one request. Runs on a virtual thread of its own and may block: meanwhile this node
     * reports to the caller that the request is in progress.
     *
     * @param sentAt the latest time at which the caller can have sent the request, on the scale of
     *     this node's {@link System#nanoTime}
     * @throws RuntimeException if the request fails; this node logs the exception and the caller
     *     receives {@link RpcFailure#FAULTY}
     */
    A handle(Q request, long sentAt) throws InterruptedException;
}
