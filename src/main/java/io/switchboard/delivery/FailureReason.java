package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonValue;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Receipt.Failure;
import io.switchboard.peer.Refusal;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** Why one target of a message did not receive it, or only part of it. */
public enum FailureReason {
    /** No peer with this id or name has been known since the service started. */
    UNKNOWN("unknown"),
    /** The peer did not answer in time. */
    NO_REPLY("no_reply"),
    /** Other questions to the peer were not answered in time, so that this one was not sent. */
    BUSY("busy"),
    /** The peer's node received the request and does not answer. */
    NO_ANSWER("no_answer"),
    /** The peer's node no longer listens. */
    OWNER_LOST("owner_lost"),
    /** Redis cannot be reached, so that no other node can be asked. */
    BUS_UNAVAILABLE("bus_unavailable"),
    /** The peer's node holds too many requests, or runs a release that cannot send. */
    NODE_BUSY("node_busy"),
    /** A frame is longer than the transport of the peer's listener takes. */
    TOO_LARGE("too_large"),
    /** The peer's node has sent another message with the same idempotency key. */
    KEY_REUSED("idempotency_key_reused"),
    OUTBOX_FULL(Refusal.OUTBOX_FULL),
    MEMORY_FULL(Refusal.MEMORY_FULL),
    BAD_PAYLOAD(Refusal.BAD_PAYLOAD),
    DRAINING(Refusal.DRAINING),
    CLOSED(Refusal.CLOSED),
    PEER_CLOSED(CloseReason.PEER_CLOSED),
    RESET(CloseReason.RESET),
    KICKED(CloseReason.KICKED),
    SLOW_CONSUMER(CloseReason.SLOW_CONSUMER),
    UNACKNOWLEDGED(CloseReason.UNACKNOWLEDGED),
    FRAME_TOO_LARGE(CloseReason.FRAME_TOO_LARGE),
    BAD_FRAME(CloseReason.BAD_FRAME),
    FRAME_DEADLINE(CloseReason.FRAME_DEADLINE),
    IDLE_TIMEOUT(CloseReason.IDLE_TIMEOUT),
    REPLACED(CloseReason.REPLACED),
    DUPLICATE_NAME(CloseReason.DUPLICATE_NAME),
    NOT_IDENTIFIED(CloseReason.NOT_IDENTIFIED),
    SHUTTING_DOWN(CloseReason.SHUTTING_DOWN),
    INTERNAL_ERROR(CloseReason.INTERNAL_ERROR),
    /** The peer's node runs a later release and gives a reason that this release does not know. */
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

    /** Returns the word for it in answers and events. */
    @JsonValue
    public String word() {
        return word;
    }
}
