package io.switchboard.framing;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Optional;

/**
 * Finds frames in a byte stream and encodes payloads as frames.
 *
 * <p>Implementations are immutable and hold no state of a connection. The caller keeps the bytes of
 * an unfinished frame and the offset at which the search resumes, so a peer without an unfinished
 * frame needs no memory.
 *
 * <p>If {@link #objection} is empty for a payload, then {@link #scan} finds exactly that payload in
 * its frame, regardless of how the network splits the bytes.
 */
public sealed interface Framing
        permits LineFraming,
                RawFraming,
                DelimitedFraming,
                StxEtxFraming,
                LengthFraming,
                MllpFraming,
                FixedFraming,
                OctetCountedFraming,
                AlternativesFraming,
                DelimitersFraming,
                EscapedFraming,
                JsonFraming {

    /**
     * Returns the name by which the configuration and the API select this framing; see {@link #of}.
     */
    @JsonValue
    String word();

    /**
     * Looks for the first frame in {@code bytes[from, to)}.
     *
     * @param scan receives the result. After {@code true} it contains the bounds of the payload and
     *     the offset after the frame, or {@link FrameScan#isSkipped}. After {@code false} it
     *     contains either a fault, or the range of bytes to keep until more arrive
     * @param resume the offset between {@code from} and {@code to} at which the search starts; an
     *     earlier call has searched the bytes before it
     * @return whether a complete frame was found, or bytes that are no frame
     */
    boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume);

    /** Returns the length in bytes of the longest frame for a payload of {@code length} bytes. */
    default int longestFrame(int length) {
        return length;
    }

    /** Returns the length in bytes of the frame for this payload. */
    default int encodedLength(byte[] payload) {
        return longestFrame(payload.length);
    }

    /** Returns whether frames are of several kinds, so that no message can be sent in it. */
    default boolean hasAlternatives() {
        return false;
    }

    /**
     * Returns whether an unfinished frame at the end of a stream is more likely a message without
     * its delimiter than a damaged one, so that it is delivered unless the listener says otherwise.
     *
     * @param bytes begins with the unfinished frame, of {@code length} bytes
     */
    default boolean deliversUnfinished(byte[] bytes, int length) {
        return false;
    }

    /**
     * Appends one frame.
     *
     * @param payload one for which {@link #objection} is empty
     * @param target has space for {@link #encodedLength(byte[])} bytes from {@code at} on
     * @return the offset after the frame
     */
    default int encode(byte[] payload, byte[] target, int at) {
        System.arraycopy(payload, 0, target, at, payload.length);
        return at + payload.length;
    }

    /**
     * Returns why this payload cannot be sent as one frame; empty if it can. The text is a sentence
     * without a full stop. It names the invalid byte and its offset, or says what is wrong with the
     * length.
     */
    Optional<String> objection(byte[] payload);

    /** Splits a payload at this framing's delimiters; returns it unsplit if there are none. */
    default List<byte[]> split(byte[] payload) {
        return List.of(payload);
    }

    /** Returns the frame of a payload as a new array. */
    default byte[] encode(byte[] payload) {
        byte[] frame = new byte[encodedLength(payload)];
        encode(payload, frame, 0);
        return frame;
    }

    /**
     * Returns the framing with this name. For a name without a value it returns a constant; a name
     * with a value, such as {@code fixed:8}, is parsed on each call.
     *
     * @throws IllegalArgumentException if the name is unknown or its value is invalid; the message
     *     gives the name, the invalid part and the valid values
     */
    @JsonCreator
    static Framing of(String word) {
        return switch (word) {
            case "line" -> LineFraming.LINE;
            case "lf" -> LineFraming.LF;
            case "crlf" -> LineFraming.CRLF;
            case "nul" -> DelimitedFraming.NUL;
            case "stx-etx" -> StxEtxFraming.PLAIN;
            case "stx-etx:lrc" -> StxEtxFraming.LRC;
            case "mllp" -> MllpFraming.MLLP;
            case "mllp:lenient" -> MllpFraming.LENIENT;
            case "octet-counted" -> OctetCountedFraming.OCTET_COUNTED;
            case "raw" -> RawFraming.RAW;
            default -> FramingParser.parse(word);
        };
    }
}
