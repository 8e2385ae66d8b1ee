package io.switchboard.bridge;

import org.jspecify.annotations.Nullable;

/**
 * One record that a bridge has read from its broker.
 *
 * @param id identifies the record; it has the same id when the broker delivers it again
 * @param key the key of the record, as the order of records with the same key is kept; null if it
 *     has none
 * @param name the peer to which the body goes unchanged; null if the body is a request in JSON
 * @param body the bytes; nobody modifies the array
 * @param correlation what the sender wants to find in the report; null if there is none
 */
@SuppressWarnings("ArrayRecordComponent") // records are not compared
record SendRecord(
        String id,
        @Nullable String key,
        @Nullable String name,
        byte[] body,
        byte @Nullable [] correlation) {}
