package io.switchboard.delivery;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a message at one target when the report was made. A status that this release does
 * not know, from a node that runs another release, is read as {@link Failed}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "status", defaultImpl = Outcome.Failed.class)
public sealed interface Outcome {

    /** The outbox holds the message. */
    @JsonTypeName("queued")
    record Queued() implements Outcome {}

    /** The kernel accepted every byte; the number of bytes includes framing. */
    @JsonTypeName("written")
    record Written(int bytes) implements Outcome {}

    /** The peer's TCP acknowledged every byte; the number of bytes includes framing. */
    @JsonTypeName("acked")
    record Acked(int bytes) implements Outcome {}

    /**
     * The peer answered with a frame.
     *
     * @param bytes the length of the message, framing included
     * @param reply the peer's reply without framing; nobody modifies the array
     * @param incomplete whether the peer ended its stream before the end of the reply; named so
     *     that it is false in what earlier releases send
     * @param charset the charset of its text; null, as from a node of an earlier release, for UTF-8
     */
    @JsonTypeName("replied")
    @SuppressWarnings("ArrayRecordComponent") // replies are not compared
    record Replied(int bytes, byte[] reply, boolean incomplete, @Nullable String charset)
            implements Outcome {
        public Replied {
            reply = Objects.requireNonNullElseGet(reply, () -> new byte[0]);
        }
    }

    /**
     * The peer will not receive the message, or, after {@link FailureReason#NO_REPLY} and {@link
     * FailureReason#NO_ANSWER}, may have received it.
     *
     * @param accepted whether the message may have been handed to the peer's outbox, so that part
     *     of it or all of it may have been written
     */
    @JsonTypeName("failed")
    record Failed(boolean accepted, FailureReason reason) implements Outcome {
        public Failed {
            reason = Objects.requireNonNullElse(reason, FailureReason.OTHER);
        }
    }
}
