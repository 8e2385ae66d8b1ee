package io.switchboard.webhook;

import io.switchboard.events.EventType;
import java.time.Duration;
import java.util.Set;
import org.springframework.util.unit.DataSize;

/** How events wait until a back end or a broker has accepted them. Immutable. */
public interface EventQueueSettings {

    /** Returns the types of events that are sent. */
    Set<EventType> events();

    /** Returns the number of waiting events at which the queue is full. */
    int queue();

    /** Returns the memory of waiting events at which the queue is full. */
    DataSize queueBytes();

    /** Returns what happens to messages while the queue is full. */
    WebhookProperties.WhenFull whenFull();

    /**
     * Returns the time after the first attempt at an event, after which no other attempt begins;
     * not used if the events are durable.
     */
    Duration giveUpAfter();

    /** Returns the longest time from the first attempt at an event to the end of its last. */
    default Duration longestPost() {
        return giveUpAfter();
    }

    /** Returns whether events stay in the store until they are accepted. */
    boolean durable();

    /** Returns the age of an event from which it is not sent, if the events are durable. */
    Duration maxAge();

    /** Returns the maximum number of attempts at the same time, each for a different peer. */
    int parallel();
}
