package io.switchboard.web;

import org.jspecify.annotations.Nullable;

/**
 * A request that another node is to answer, as it came.
 *
 * @param path as spelled in the request line
 * @param query likewise; null without one
 * @param accept what the client takes; null where it did not say
 * @param contentType of the body; null without one
 */
@SuppressWarnings("ArrayRecordComponent") // requests are not compared
record CarriedRequest(
        String method,
        String path,
        @Nullable String query,
        @Nullable String accept,
        @Nullable String contentType,
        byte[] body) {}
