package io.switchboard.framing;

import java.util.List;
import java.util.Optional;

/**
 * Frames of one fixed length that contain only the payload.
 *
 * @param length in bytes
 */
public record Fixed(int length) implements Framing {
    private static final int LONGEST = 64 * 1024 * 1024;

    static Framing parse(String value) {
        return new Fixed(Spelling.number("fixed:N", value, 1, LONGEST));
    }

    @Override
    public String word() {
        return "fixed:" + length;
    }

    @Override
    public boolean cut(Cut cut, byte[] bytes, int from, int to, int resume) {
        return to - from < length
                ? cut.unfinished(from, to)
                : cut.found(from, from + length, from + length);
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        return payload.length == length
                ? Optional.empty()
                : Optional.of(
                        "the payload's length is %d and a frame's %d"
                                .formatted(payload.length, length));
    }

    /** Splits into frames; the last part is shorter if the payload is not a multiple of them. */
    @Override
    public List<byte[]> split(byte[] payload) {
        return Cut.parts(this, payload);
    }
}
