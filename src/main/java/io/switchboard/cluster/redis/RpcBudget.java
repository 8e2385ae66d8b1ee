package io.switchboard.cluster.redis;

import io.switchboard.net.MemoryBudget;

/**
 * The memory limit of the requests of other nodes that this node executes, a tenth of the maximum
 * heap. A quarter of it is for requests with short bodies: whoever fills the rest with long ones,
 * which may wait for a reply, does not refuse the short ones of others.
 */
final class RpcBudget extends MemoryBudget {
    /** The longest body of a request that may use the whole budget. */
    static final int SHORT_BODY = 4 * 1024;

    /** The thread of a request, and what it keeps beside the body. */
    private static final int REQUEST_BYTES = 1_024;

    RpcBudget() {
        this(Runtime.getRuntime().maxMemory() / 10);
    }

    RpcBudget(long limit) {
        super(
                "cluster.requests",
                "Memory of the requests of other nodes that are being executed",
                limit);
    }

    /** Returns what a request takes: its body as it was sent, and decoded. */
    static long held(int bodyBytes) {
        return REQUEST_BYTES + 2L * bodyBytes;
    }

    /** Reserves the memory of a request; returns false, and reserves nothing, if it is too much. */
    boolean admits(int bodyBytes) {
        boolean mayFillAll = bodyBytes <= SHORT_BODY;
        return (mayFillAll || used() + held(bodyBytes) <= limit() - limit() / 4)
                && tryReserve(held(bodyBytes));
    }
}
