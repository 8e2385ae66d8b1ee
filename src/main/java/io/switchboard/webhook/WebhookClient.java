package io.switchboard.webhook;

import io.switchboard.tracing.TraceSpan;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Posts the events of a listener's peers to the back end of its webhook. */
interface WebhookClient extends AutoCloseable {

    /** The result of one attempt. */
    sealed interface Outcome {

        /**
         * The back end accepted the event.
         *
         * @param answer the response body, to be written to the peer; empty if there is none; null
         *     if it is too long or there was too little memory for it
         * @param release to be run once, when the answer has been offered to the peer's outbox
         */
        @SuppressWarnings("ArrayRecordComponent") // outcomes are not compared
        record Accepted(byte @Nullable [] answer, Runnable release) implements Outcome {

            /** An answer that has reserved no memory. */
            Accepted(byte[] answer) {
                this(answer, () -> {});
            }
        }

        /**
         * The attempt failed, and another one may succeed.
         *
         * @param retryAfter the minimum delay that the back end asked for; zero if it asked for
         *     none
         */
        record Failed(String reason, Duration retryAfter) implements Outcome {}

        /** The back end refused the event; another attempt would fail too. */
        record Refused(String reason) implements Outcome {}
    }

    /** Posts an event. Blocks the calling thread, which is a virtual thread; never throws. */
    Outcome post(WebhookQueue.PeerEventQueue peerQueue, QueuedEvent event);

    /** Adds what is known of the receiver to the span of an attempt. */
    default void describe(TraceSpan span) {}

    /** Returns whether an accepted event may have an answer for the peer. */
    default boolean answers() {
        return true;
    }

    /** Cancels the attempts in progress; they return {@link Outcome.Failed}. */
    @Override
    void close();
}
