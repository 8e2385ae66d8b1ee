package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonValue;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DeliveryCallback.Failure;
import io.switchboard.peer.RejectReason;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** Why a message failed at one target: the target did not receive it, or only part of it. */
public enum FailureReason {
    /** No peer with this id or name has been known since the service started. */
    UNKNOWN("unknown"),
    /** The peer did not reply in time; it may have received the message. */
    NO_REPLY("no_reply"),
    /** Earlier requests to the peer had no reply in time, so that this one was not sent. */
    BUSY("busy"),
    /** The peer's node received the request and does not answer; it may have sent the message. */
    NO_ANSWER("no_answer"),
    /** The peer's node no longer receives requests, so that it did not get this one. */
    OWNER_LOST("owner_lost"),
    /** Redis cannot be reached, and so no other node can. */
    BUS_UNAVAILABLE("bus_unavailable"),
    /**
     * The peer's node has too many requests in progress, or runs a release without this request.
     */
    NODE_BUSY("node_busy"),
    /** A frame is longer than the transport of the peer's listener can carry. */
    TOO_LARGE("too_large"),
    /** The peer's node has sent a different message with the same idempotency key. */
    KEY_REUSED("idempotency_key_reused"),
    OUTBOX_FULL(RejectReason.OUTBOX_FULL),
    MEMORY_FULL(RejectReason.MEMORY_FULL),
    BAD_PAYLOAD(RejectReason.BAD_PAYLOAD),
    DRAINING(RejectReason.DRAINING),
    /** The peer has ended its stream: it gets no further sends, or cannot reply. */
    HALF_CLOSED(RejectReason.HALF_CLOSED),
    FINISHED(RejectReason.FINISHED),
    CLOSED(RejectReason.CLOSED),
    PEER_CLOSED(CloseReason.PEER_CLOSED),
    RESET(CloseReason.RESET),
    KICKED(CloseReason.KICKED),
    SLOW_CONSUMER(CloseReason.SLOW_CONSUMER),
    UNACKNOWLEDGED(CloseReason.UNACKNOWLEDGED),
    FRAME_TOO_LARGE(CloseReason.FRAME_TOO_LARGE),
    BAD_FRAME(CloseReason.BAD_FRAME),
    HTTP_REQUEST(CloseReason.HTTP_REQUEST),
    FRAME_DEADLINE(CloseReason.FRAME_DEADLINE),
    RECEIVE_BUDGET(CloseReason.RECEIVE_BUDGET),
    IDLE_TIMEOUT(CloseReason.IDLE_TIMEOUT),
    REPLACED(CloseReason.REPLACED),
    DUPLICATE_NAME(CloseReason.DUPLICATE_NAME),
    NOT_IDENTIFIED(CloseReason.NOT_IDENTIFIED),
    SEND_ENDED(CloseReason.SEND_ENDED),
    SHUTTING_DOWN(CloseReason.SHUTTING_DOWN),
    INTERNAL_ERROR(CloseReason.INTERNAL_ERROR),
    /** The peer's node runs a later release and gave a reason that this release does not know. */
    OTHER("other");

    private static final Map<String, FailureReason> BY_WORD =
            Arrays.stream(values()).collect(Collectors.toMap(FailureReason::word, each -> each));

    private final String word;

    FailureReason(String word) {
        this.word = word;
    }

    FailureReason(Failure failure) {
        this(failure.word());
    }

    /** Returns the reason with this word, or {@link #OTHER}. */
    static FailureReason of(String word) {
        return BY_WORD.getOrDefault(word, OTHER);
    }

    /** Returns the word for this reason in HTTP answers and events. */
    @JsonValue
    public String word() {
        return word;
    }
}
