package io.switchboard.peer;

import io.switchboard.peer.Receipt.Failure;

/** Why a session ended. Every close has exactly one. */
public enum CloseReason implements Failure {
    /** The peer ended its stream (FIN). */
    PEER_CLOSED,
    /** The peer reset the connection, or the network did (RST, time-out, no route). */
    RESET,
    /** An operator closed it. */
    KICKED,
    /** The peer took no byte for the write deadline. */
    SLOW_CONSUMER,
    /** The peer's TCP acknowledged nothing for the write deadline. */
    UNACKNOWLEDGED,
    /** A frame grew past the listener's limit. */
    FRAME_TOO_LARGE,
    /** What it sent is no frame of the listener's framing and cannot become one. */
    BAD_FRAME,
    /** A frame was not finished within the listener's frame deadline. */
    FRAME_DEADLINE,
    /** No byte went either way for the listener's idle time-out. */
    IDLE_TIMEOUT,
    /** Another peer has come with its name. */
    REPLACED,
    /** Another peer has the name it came with. */
    DUPLICATE_NAME,
    /** It gave no name that can be one, or none in time. */
    NOT_IDENTIFIED,
    /** This service is stopping. */
    SHUTTING_DOWN,
    /** A fault of our own; the log has its stack trace. */
    INTERNAL_ERROR
}
