package io.switchboard.framing;

import java.util.List;
import java.util.Optional;

/**
 * Cuts frames out of what a peer's bytes bring and encodes payloads as frames.
 *
 * <p>Implementations hold no state of a connection: the caller keeps the bytes of an unfinished
 * frame and a {@link Cut} that says how far they were searched, so a quiet peer costs nothing.
 */
public sealed interface Framing permits Lines, Raw {

    /** The word by which configuration and the API name this framing. */
    String word();

    /**
     * Looks for the first frame in {@code bytes[from, to)}.
     *
     * @param cut where the answer goes: on {@code true} the payload's bounds and the start of what
     *     follows, on {@code false} the offset from which the search goes on when more has come
     * @param resume where to search from, between {@code from} and {@code to}: bytes before it were
     *     searched already
     * @return whether a whole frame is there
     */
    boolean cut(Cut cut, byte[] bytes, int from, int to, int resume);

    /** How many bytes an encoded payload of {@code length} bytes takes. */
    int encodedLength(int length);

    /**
     * Appends one frame.
     *
     * @param target has room for {@link #encodedLength} bytes from {@code at} on
     * @return the offset behind the frame
     */
    int encode(byte[] payload, byte[] target, int at);

    /**
     * Why this payload cannot be one frame.
     *
     * @return a sentence that names the offending byte and its offset, or nothing where it can
     */
    Optional<String> objection(byte[] payload);

    /** The payloads of the frames that {@code payload} holds when its own delimiters count. */
    List<byte[]> split(byte[] payload);

    /** One frame as bytes of its own. */
    default byte[] encode(byte[] payload) {
        byte[] frame = new byte[encodedLength(payload.length)];
        encode(payload, frame, 0);
        return frame;
    }

    /**
     * The framing of this word.
     *
     * @throws IllegalArgumentException for any other word; the message lists the known ones
     */
    static Framing of(String word) {
        return switch (word) {
            case "line" -> Lines.LINE;
            case "lf" -> Lines.LF;
            case "crlf" -> Lines.CRLF;
            case "raw" -> Raw.RAW;
            default ->
                    throw new IllegalArgumentException(
                            "unknown framing '" + word + "': known are line, lf, crlf and raw");
        };
    }
}
