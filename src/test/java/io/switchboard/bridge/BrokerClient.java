package io.switchboard.bridge;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A back end's side of a broker that runs for a test. */
interface BrokerClient extends AutoCloseable {

    /**
     * A record that the broker has.
     *
     * @param key null if it has none
     * @param values headers, user properties or fields
     */
    record Received(@Nullable String key, Map<String, String> values, String body) {}

    /**
     * Returns the records of a topic or stream that have arrived since the last call, in order,
     * waiting for the first one for a moment.
     */
    List<Received> poll(String topic) throws Exception;

    /**
     * Publishes a record.
     *
     * @param key null for none
     * @param correlation null for none
     */
    void publish(String topic, @Nullable String key, String body, @Nullable String correlation)
            throws Exception;

    /** Waits until the broker takes records. */
    default void awaitReady() {}

    /** Ends the broker at once. What it had is kept, and there after {@link #startAgain}. */
    void kill() throws Exception;

    void startAgain() throws Exception;

    /** Stops the broker without closing its sockets (SIGSTOP), until {@link #resume}. */
    void pause() throws Exception;

    void resume() throws Exception;

    @Override
    void close() throws IOException;
}
