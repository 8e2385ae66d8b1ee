package io.switchboard.bridge;

import io.switchboard.webhook.EventPublisher.Outcome;
import java.util.Optional;

/**
 * The connection of one bridge to its broker. It connects when it is needed, and again after a
 * failure. Thread-safe.
 */
interface Broker extends AutoCloseable {

    /**
     * Publishes a record. Blocks the calling thread, which is a virtual one, until the broker has
     * the record or the attempt has failed; throws no exception.
     */
    Outcome publish(Outgoing record);

    /**
     * Begins to read records, and passes them to the intake. Does not wait for the broker. Called
     * once at most.
     */
    void startSends(SendIntake intake);

    /** Ends reading. A record whose send has not ended stays with the broker. */
    void stopSends();

    /** Returns why records cannot be read; empty if they can. */
    Optional<String> problem();

    /** Closes the connection. */
    @Override
    void close();
}
