package io.switchboard.peer;

/** Why a message did not reach a peer's socket. */
public sealed interface Failure permits CloseReason, Refusal {

    /** The word for it, the same in answers, logs and metrics. */
    String word();
}
