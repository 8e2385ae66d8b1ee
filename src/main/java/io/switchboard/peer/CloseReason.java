package io.switchboard.peer;

import io.switchboard.peer.DeliveryCallback.Failure;

/** The reason why a session ended. Every closed session has exactly one. */
public enum CloseReason implements Failure {
    /** The peer ended its stream with a FIN. */
    PEER_CLOSED,
    /** The connection broke: the peer sent an RST, or the network failed (timeout, no route). */
    RESET,
    /** An operator closed the session. */
    KICKED,
    /** The outbox held data, and the socket accepted no byte during the write deadline. */
    SLOW_CONSUMER,
    /** The peer's TCP stack acknowledged no byte during the write deadline. */
    UNACKNOWLEDGED,
    /** A received frame exceeded the listener's {@code max-frame}. */
    FRAME_TOO_LARGE,
    /** The received bytes cannot be a frame in the listener's framing, whatever follows them. */
    BAD_FRAME,
    /** The first frame was an HTTP request, on a listener that refuses it. */
    HTTP_REQUEST,
    /** A received frame was not complete within the listener's frame deadline. */
    FRAME_DEADLINE,
    /** The peer had the oldest unfinished frame when memory for unfinished frames was full. */
    RECEIVE_BUDGET,
    /** No byte was sent or received during the idle timeout. */
    IDLE_TIMEOUT,
    /** Another peer took over the name, because the listener's duplicate policy is "replace". */
    REPLACED,
    /** The peer's name belongs to another peer, and the listener's duplicate policy is "reject". */
    DUPLICATE_NAME,
    /** The peer sent an invalid name or group, or no name within the identification deadline. */
    NOT_IDENTIFIED,
    /** The one message for which this service had connected was sent, or its timeout passed. */
    SEND_ENDED,
    /** The service is stopping. */
    SHUTTING_DOWN,
    /** An unexpected exception occurred in this service. The log contains its stack trace. */
    INTERNAL_ERROR
}
