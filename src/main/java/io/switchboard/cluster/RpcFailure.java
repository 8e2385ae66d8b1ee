package io.switchboard.cluster;

/** Why a request to another node has no answer. */
public enum RpcFailure {
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
