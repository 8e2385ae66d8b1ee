package io.switchboard.framing;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Optional;

/**
 * Cuts frames out of what a peer's bytes bring and encodes payloads as frames.
 *
 * <p>Implementations hold no state of a connection: the caller keeps the bytes of an unfinished
 * frame and a {@link Cut} that says how far they were searched, so a quiet peer costs nothing.
 *
 * <p>A payload without {@link #objection} comes out of the cut as it went into the frame, however
 * the network cuts it on the way.
 */
public sealed interface Framing
        permits Lines, Raw, Delimited, StxEtx, LengthPrefixed, Mllp, Fixed, OctetCounted {

    /** By which configuration and the API name this framing; {@link #of} makes an equal one. */
    @JsonValue
    String word();

    /**
     * Looks for the first frame in {@code bytes[from, to)}.
     *
     * @param cut where the answer goes: on {@code true} the payload's bounds and the start of what
     *     follows, on {@code false} what is to be kept until more has come, or a fault
     * @param resume where to search from, between {@code from} and {@code to}: bytes before it were
     *     searched already
     * @return whether a whole frame is there
     */
    boolean cut(Cut cut, byte[] bytes, int from, int to, int resume);

    /** Returns the length in bytes of the frame for a payload of {@code length} bytes. */
    default int encodedLength(int length) {
        return length;
    }

    /**
     * Appends one frame.
     *
     * @param payload one without {@link #objection}
     * @param target has room for {@link #encodedLength} bytes from {@code at} on
     * @return the offset behind the frame
     */
    default int encode(byte[] payload, byte[] target, int at) {
        System.arraycopy(payload, 0, target, at, payload.length);
        return at + payload.length;
    }

    /**
     * Why this payload cannot be one frame.
     *
     * @return a sentence without its full stop that names the offending byte and its offset, or
     *     what is wrong with the length; nothing where it can
     */
    Optional<String> objection(byte[] payload);

    /** Splits a payload at the framing's own delimiters; without any it is the only part. */
    default List<byte[]> split(byte[] payload) {
        return List.of(payload);
    }

    /** One frame as bytes of its own. */
    default byte[] encode(byte[] payload) {
        byte[] frame = new byte[encodedLength(payload.length)];
        encode(payload, frame, 0);
        return frame;
    }

    /**
     * The framing of this word. Words that take no value cost nothing; others are parsed each time.
     *
     * @throws IllegalArgumentException for any other word; the message names it, what is wrong with
     *     which part, and what would be right
     */
    @JsonCreator
    static Framing of(String word) {
        return switch (word) {
            case "line" -> Lines.LINE;
            case "lf" -> Lines.LF;
            case "crlf" -> Lines.CRLF;
            case "nul" -> Delimited.NUL;
            case "stx-etx" -> StxEtx.PLAIN;
            case "stx-etx:lrc" -> StxEtx.LRC;
            case "mllp" -> Mllp.MLLP;
            case "octet-counted" -> OctetCounted.OCTET_COUNTED;
            case "raw" -> Raw.RAW;
            default -> Spelling.parse(word);
        };
    }
}
