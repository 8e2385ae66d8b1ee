package io.switchboard.peer;

import io.switchboard.peer.Receipt.Failure;

/** Why a session ended. Every close has exactly one. */
public enum CloseReason implements Failure {
    /** The peer ended its stream (FIN). */
    PEER_CLOSED("peer_closed"),
    /** The peer reset the connection, or the network did (RST, time-out, no route). */
    RESET("reset"),
    /** An operator closed it. */
    KICKED("kicked"),
    /** The peer took no byte for the write deadline. */
    SLOW_CONSUMER("slow_consumer"),
    /**
     * The peer's TCP acknowledged nothing for the write deadline: it is gone, or its network is.
     */
    UNACKNOWLEDGED("unacknowledged"),
    /** A frame grew past the listener's limit. */
    FRAME_TOO_LARGE("frame_too_large"),
    /** What it sent is no frame of the listener's framing and cannot become one. */
    BAD_FRAME("bad_frame"),
    /** A frame was not finished within the listener's frame deadline. */
    FRAME_DEADLINE("frame_deadline"),
    /** No byte went either way for the listener's idle time-out. */
    IDLE_TIMEOUT("idle_timeout"),
    /** Another peer has come with its name. */
    REPLACED("replaced"),
    /** Another peer has the name it came with. */
    DUPLICATE_NAME("duplicate_name"),
    /** It gave no name that can be one, or none in time. */
    NOT_IDENTIFIED("not_identified"),
    /** This service is stopping. */
    SHUTTING_DOWN("shutting_down"),
    /** A fault of our own; the log has its stack trace. */
    INTERNAL_ERROR("internal_error");

    private final String word;

    CloseReason(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
