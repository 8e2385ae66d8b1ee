package io.switchboard.framing;

import java.util.List;
import java.util.Optional;

/**
 * Frames of one fixed length that contain only the payload.
 *
 * @param length the length of each frame in bytes
 */
public record FixedFraming(int length) implements Framing {
    private static final int MAX_LENGTH = 64 * 1024 * 1024;

    static FixedFraming parse(String value) {
        return new FixedFraming(FramingParser.number("fixed:N", value, 1, MAX_LENGTH));
    }

    @Override
    public String word() {
        return "fixed:" + length;
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        return to - from < length
                ? scan.unfinished(from, to)
                : scan.found(from, from + length, from + length);
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        return payload.length == length
                ? Optional.empty()
                : Optional.of(
                        "the payload's length is %d, but a frame has %d bytes"
                                .formatted(payload.length, length));
    }

    /** Splits the payload into parts of the frame length; the last part may be shorter. */
    @Override
    public List<byte[]> split(byte[] payload) {
        return FrameScan.parts(this, payload);
    }
}
