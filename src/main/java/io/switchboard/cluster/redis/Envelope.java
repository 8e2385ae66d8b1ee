package io.switchboard.cluster.redis;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.cluster.RpcCodec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One message on a channel. Fields that its kind does not use are null or zero and are not sent.
 *
 * @param version of the encoding; a node ignores all but {@link #VERSION}
 * @param kind null for one that this release does not know
 * @param from the id of the sending node
 * @param id of the request, unique at the node that made it
 * @param at when the request was made, at the latest, in microseconds of Redis' time
 * @param expires when the caller stops waiting for its start, in microseconds of Redis' time
 * @param method the name of the request's method
 * @param body the encoded request or answer
 * @param outcome of a request; null for one that this release does not know
 * @param ids of the requests in progress
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
        long @Nullable [] ids) {
    static final int VERSION = 1;

    enum Kind {
        REQUEST,
        RESULT,
        /** The sender is executing the requests {@code ids} of the receiver. */
        IN_PROGRESS,
        /** The sender has joined or has changed. */
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
            String from, long id, long at, long expires, String method, byte[] body) {
        return new Envelope(VERSION, Kind.REQUEST, from, id, at, expires, method, body, null, null);
    }

    static Envelope result(String from, long id, Outcome outcome, byte @Nullable [] body) {
        return new Envelope(VERSION, Kind.RESULT, from, id, 0, 0, null, body, outcome, null);
    }

    static Envelope inProgress(String from, long[] ids) {
        return new Envelope(VERSION, Kind.IN_PROGRESS, from, 0, 0, 0, null, null, null, ids);
    }

    static Envelope notice(String from, Kind kind) {
        return new Envelope(VERSION, kind, from, 0, 0, 0, null, null, null, null);
    }

    byte[] bytes() {
        return RpcCodec.encode(this);
    }

    /** Returns the message that these bytes encode, if this release can read its version. */
    static Optional<Envelope> of(byte[] bytes) {
        return RpcCodec.decode(bytes, Envelope.class)
                .filter(read -> read.version == VERSION && read.from != null);
    }
}
