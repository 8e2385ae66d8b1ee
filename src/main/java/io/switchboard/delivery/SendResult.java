package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;

/** The result of {@link SendService#send}. */
public sealed interface SendResult extends IdempotencyStore.Result {

    /** How far a message has come. */
    enum Progress {
        /** Every target reached what {@link Send#until} asks for. */
        COMPLETE,
        /** No target failed, and some have not come so far at the end of {@link Send#timeout}. */
        PENDING,
        /** Some targets failed, or some nodes did not answer. */
        INCOMPLETE
    }

    /**
     * The message was offered to its targets.
     *
     * @param results which of the report's targets to list
     */
    record Reported(Progress progress, DeliveryReport report, Send.Results results)
            implements SendResult {}

    /**
     * The only target is one peer, and the message failed there.
     *
     * @param reference the id or name by which the sender named the peer
     */
    record PeerFailed(String reference, Outcome.Failed outcome) implements SendResult {}

    /**
     * Nothing was sent, unless the reason is {@link Reason#SHUTTING_DOWN}.
     *
     * @param detail a sentence for people that names the fault, the value and the remedy
     */
    @JsonTypeName("rejected")
    record Rejected(Reason reason, String detail)
            implements SendResult, NodeResult, SendService.Resolution {

        /** Another node may leave out fields, or give a reason that this release does not know. */
        public Rejected {
            reason = Objects.requireNonNullElse(reason, Reason.OTHER);
            detail = Objects.requireNonNullElse(detail, "the peer's node rejects the message");
        }
    }

    /** Why a message is rejected as a whole. */
    enum Reason {
        /** A target names a listener that does not exist. */
        UNKNOWN_LISTENER("unknown_listener"),
        /** A target is a UDP address at a listener of another transport. */
        NO_UDP_LISTENER("no_udp_listener"),
        /** No listener may send to a UDP address. */
        NOT_ALLOWED("not_allowed"),
        /** More than one listener may send to a UDP address. */
        AMBIGUOUS("ambiguous"),
        /** The listener of a UDP address has as many peers as it takes, or is stopping. */
        TOO_MANY_PEERS("too_many_peers"),
        /** No target matches a peer, and the sender requires one. */
        NO_PEER("no_peer"),
        /** The kernel of this node does not tell of acknowledgements. */
        NOT_AVAILABLE("not_available"),
        /** The framing of a target's listener cannot carry the payload. */
        BAD_PAYLOAD("bad_payload"),
        /** A frame is longer than the transport of a target's listener takes. */
        TOO_LARGE("too_large"),
        /** The idempotency key stands for another message. */
        KEY_REUSED("idempotency_key_reused"),
        /** This node stops; messages that an outbox holds are still flushed. */
        SHUTTING_DOWN("shutting_down"),
        /** Another node runs a later release and gives a reason that this one does not know. */
        OTHER("other");

        private final String word;

        Reason(String word) {
            this.word = word;
        }

        /** Returns the word for it in answers. */
        @JsonValue
        public String word() {
            return word;
        }
    }
}
