package io.switchboard.bridge;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a bridge publishes: an event, the report of a send, or a record that is no request.
 *
 * @param to the topic or stream
 * @param key what decides the partition, so that records with the same key stay in order; null for
 *     none
 * @param headers further values, as headers, user properties or fields
 * @param json whether the body is JSON
 * @param correlation what tells the receiver which request it belongs to; null for none
 * @param retained whether an MQTT broker keeps it for later subscribers
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record Outgoing(
        String to,
        @Nullable String key,
        Map<String, String> headers,
        byte[] body,
        boolean json,
        byte @Nullable [] correlation,
        boolean retained) {

    /** Returns a JSON document that is not retained. */
    static Outgoing json(
            String to, @Nullable String key, Map<String, String> headers, byte[] body) {
        return new Outgoing(to, key, headers, body, true, null, false);
    }
}
