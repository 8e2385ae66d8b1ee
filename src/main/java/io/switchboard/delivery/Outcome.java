package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.Objects;

/**
 * What became of a message at one target, as far as the report knows. Between nodes a status that
 * this release does not know counts as {@link Failed}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "status", defaultImpl = Outcome.Failed.class)
public sealed interface Outcome {

    /** The outbox holds it. */
    @JsonTypeName("queued")
    record Queued() implements Outcome {}

    /** The kernel accepted every byte; the number of bytes includes framing. */
    @JsonTypeName("written")
    record Written(int bytes) implements Outcome {}

    /** The peer's TCP acknowledged every byte; the number of bytes includes framing. */
    @JsonTypeName("acked")
    record Acked(int bytes) implements Outcome {}

    /**
     * The peer answered.
     *
     * @param bytes of the message, framing included
     * @param reply the answer without framing; not modified
     */
    @JsonTypeName("replied")
    @SuppressWarnings("ArrayRecordComponent") // replies are not compared
    record Replied(int bytes, byte[] reply) implements Outcome {
        public Replied {
            reply = Objects.requireNonNullElseGet(reply, () -> new byte[0]);
        }
    }

    /**
     * The peer will not receive it; part of it may have been written if the session ended
     * meanwhile.
     *
     * @param accepted whether an outbox held it before
     */
    @JsonTypeName("failed")
    record Failed(boolean accepted, FailureReason reason) implements Outcome {
        public Failed {
            reason = Objects.requireNonNullElse(reason, FailureReason.OTHER);
        }
    }
}
