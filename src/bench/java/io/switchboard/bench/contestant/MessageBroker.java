package io.switchboard.bench.contestant;

import java.util.List;

/** A broker to which a bridge of the service is connected, and a client that publishes to it. */
public interface MessageBroker extends AutoCloseable {
    /** The topic or stream of the events. */
    String EVENTS = "events";

    /** The topic or stream of the sends. */
    String SENDS = "sends";

    /** Returns the name in the results. */
    String name();

    /** Returns the arguments with which the service has a bridge {@code bench} to the broker. */
    List<String> arguments();

    /**
     * Publishes a record to {@link #SENDS}; may block while many are on their way. Records with the
     * same key stay in order. Called by one thread.
     */
    void publish(String key, String body) throws Exception;

    @Override
    void close();
}
