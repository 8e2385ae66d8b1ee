package io.switchboard.cluster.redis;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.RpcCodec;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One message on a Redis channel. Fields that its kind does not use are null or zero and are not
 * sent. Times are in microseconds since 1970 by Redis' clock.
 *
 * @param version the version of the encoding; a node ignores every version but {@link #VERSION}
 * @param kind the kind of the message; null if this release does not know it
 * @param from the id of the sending node
 * @param id the id of the request, unique at the node that sent the request
 * @param at the latest time at which the caller can have sent the request
 * @param expires the time at which the caller stops waiting for the request to start
 * @param method the name of the request's method
 * @param body the encoded request or answer
 * @param outcome the outcome of the request; null if this release does not know it
 * @param ids the ids of the requests in progress
 * @param trace the trace that the request belongs to, as HTTP headers; empty if there is none
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
@SuppressWarnings("ArrayRecordComponent") // messages are not compared
record Envelope(
        int version,
        @Nullable Kind kind,
        @Nullable String from,
        long id,
        long at,
        long expires,
        @Nullable String method,
        byte @Nullable [] body,
        @Nullable Outcome outcome,
        long @Nullable [] ids,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, String> trace) {
    static final int VERSION = 1;

    enum Kind {
        REQUEST,
        RESULT,
        /** The sender is executing the requests {@code ids}, which the receiver sent. */
        IN_PROGRESS,
        /** The sender has joined, or its description has changed. */
        CHANGED,
        LEFT
    }

    enum Outcome {
        ANSWERED,
        FAULTY,
        BUSY,
        UNSUPPORTED
    }

    static Envelope request(
            String from,
            long id,
            long at,
            long expires,
            String method,
            byte[] body,
            Map<String, String> trace) {
        return new Envelope(
                VERSION, Kind.REQUEST, from, id, at, expires, method, body, null, null, trace);
    }

    static Envelope result(String from, long id, Outcome outcome, byte @Nullable [] body) {
        return new Envelope(
                VERSION, Kind.RESULT, from, id, 0, 0, null, body, outcome, null, Map.of());
    }

    static Envelope inProgress(String from, long[] ids) {
        return new Envelope(
                VERSION, Kind.IN_PROGRESS, from, 0, 0, 0, null, null, null, ids, Map.of());
    }

    static Envelope notice(String from, Kind kind) {
        return new Envelope(VERSION, kind, from, 0, 0, 0, null, null, null, null, Map.of());
    }

    byte[] bytes() {
        return RpcCodec.encode(this);
    }

    /** Returns the message that the bytes encode, if it has {@link #VERSION} and a sender. */
    static Optional<Envelope> of(byte[] bytes) {
        return RpcCodec.decode(bytes, Envelope.class)
                .filter(read -> read.version == VERSION && read.from != null);
    }
}
