package io.switchboard.webhook;

import io.switchboard.events.Event;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Sends the events of a bridge to its broker. */
public interface EventPublisher extends AutoCloseable {

    /**
     * An event as the broker receives it.
     *
     * @param seq the number of the event, for people
     * @param event null after a restart, when only the body is left
     * @param delivery the id of the delivery, the same at each attempt
     * @param body the JSON that a webhook posts; the receiver does not modify it
     */
    @SuppressWarnings("ArrayRecordComponent") // events are not compared
    record Publishing(long seq, @Nullable Event event, String delivery, byte[] body) {}

    /** The result of one attempt. */
    sealed interface Outcome {

        /** The broker has the event. */
        record Accepted() implements Outcome {}

        /** The attempt failed, and another one follows, after this delay at least. */
        record Failed(String reason, Duration retryAfter) implements Outcome {}

        /** The broker can never take the event, which is dropped and counted. */
        record Refused(String reason) implements Outcome {}
    }

    /**
     * Sends an event, and waits until the broker has it or the attempt has failed. Called on a
     * virtual thread, for one event of a peer at a time; never throws.
     */
    Outcome publish(Publishing event);

    /** Ends the attempts in progress, which return {@link Outcome.Failed}. */
    @Override
    void close();
}
