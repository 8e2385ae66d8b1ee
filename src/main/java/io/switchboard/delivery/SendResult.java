package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonValue;
import io.switchboard.net.SocketError;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The result of {@link SendService#send}. */
public sealed interface SendResult extends IdempotencyStore.Result {

    /** How far a message has come at all targets together. */
    enum Progress {
        /** The message reached {@link Send#until} at every target. */
        COMPLETE,
        /** No target failed; some had not reached {@link Send#until} when the timeout passed. */
        PENDING,
        /** Some targets failed, or some nodes did not answer. */
        INCOMPLETE
    }

    /**
     * The message was offered to its targets.
     *
     * @param results which of the report's targets to show to the client
     */
    record Reported(Progress progress, DeliveryReport report, Send.Results results)
            implements SendResult {

        /** Returns the same result, of which no target is shown. */
        public Reported withoutTargets() {
            return new Reported(progress, report, Send.Results.NONE);
        }
    }

    /**
     * The message had one peer as its only target, and failed there.
     *
     * @param reference the id or name by which the sender named the peer
     */
    record PeerFailed(String reference, Outcome.Failed outcome) implements SendResult {}

    /**
     * The message was rejected as a whole. Nothing was sent, unless the reason is {@link
     * Reason#SHUTTING_DOWN}.
     *
     * @param detail the error for people to read: the fault, the value that caused it and the
     *     remedy
     * @param error the error of connect(2); null unless the target is a {@link Target.Remote}
     */
    @JsonTypeName("rejected")
    record Rejected(Reason reason, String detail, @Nullable SocketError error)
            implements SendResult, NodeResult, UdpPeerResolver.Resolution {

        public Rejected(Reason reason, String detail) {
            this(reason, detail, null);
        }

        /**
         * Sets a default for a field that another node left out or that this release cannot read.
         */
        public Rejected {
            reason = Objects.requireNonNullElse(reason, Reason.OTHER);
            detail = Objects.requireNonNullElse(detail, "the peer's node rejected the message");
        }
    }

    /** Why a message is rejected as a whole. */
    enum Reason {
        /** A target cannot be used: its listener is not TCP, or its SSL bundle is unknown. */
        BAD_REQUEST("bad_request"),
        /** The connection to a {@link Target.Remote} failed. */
        CONNECT_FAILED("connect_failed"),
        /** The connection to a {@link Target.Remote} was not made in time. */
        CONNECT_TIMEOUT("timeout"),
        /** The listener of a {@link Target.Remote} has all the connections that it may have. */
        TOO_MANY_CONNECTIONS("too_many_connections"),
        /** A target names a listener that does not exist. */
        UNKNOWN_LISTENER("unknown_listener"),
        /** A target is a UDP address at a listener whose transport is not UDP. */
        NO_UDP_LISTENER("no_udp_listener"),
        /** No listener may send to a UDP address. */
        NOT_ALLOWED("not_allowed"),
        /** More than one listener has the UDP address as a peer, or may send to it. */
        AMBIGUOUS("ambiguous"),
        /**
         * The listener of a UDP address has reached its maximum number of peers, or is stopping.
         */
        TOO_MANY_PEERS("too_many_peers"),
        /** No peer matches the targets, and the client requires one. */
        NO_PEER("no_peer"),
        /** The kernel of this node does not report acknowledgements. */
        NOT_AVAILABLE("not_available"),
        /** The framing or the transport of a target's listener cannot carry the payload. */
        BAD_PAYLOAD("bad_payload"),
        /** A frame is longer than the transport of a target's listener can carry. */
        TOO_LARGE("too_large"),
        /** The messages in progress have too little memory left for the targets of this one. */
        MEMORY_FULL("memory_full"),
        /** The idempotency key was used for a different message. */
        KEY_REUSED("idempotency_key_reused"),
        /** This node is stopping; messages that an outbox holds are still flushed. */
        SHUTTING_DOWN("shutting_down"),
        /** Another node runs a later release and gave a reason that this release does not know. */
        OTHER("other");

        private final String word;

        Reason(String word) {
            this.word = word;
        }

        /** Returns the word for this reason in HTTP answers. */
        @JsonValue
        public String word() {
            return word;
        }
    }
}
