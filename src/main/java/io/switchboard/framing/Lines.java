package io.switchboard.framing;

import java.util.List;
import java.util.Optional;

/**
 * A frame is a line.
 *
 * <p>{@code line} takes what people's clients send: LF, or CR LF, of which neither belongs to the
 * payload; it writes LF. {@code lf} and {@code crlf} take and write just that one ending: under
 * {@code lf} a CR before it is payload, under {@code crlf} a bare LF is.
 */
public enum Lines implements Framing {
    LINE("line", "\n"),
    LF("lf", "\n"),
    CRLF("crlf", "\r\n");

    private final String word;
    private final String ending;

    Lines(String word, String ending) {
        this.word = word;
        this.ending = ending;
    }

    @Override
    public String word() {
        return word;
    }

    @Override
    public boolean cut(Cut cut, byte[] bytes, int from, int to, int resume) {
        for (int at = resume; at < to; at++) {
            if (bytes[at] != '\n') {
                continue;
            }
            boolean afterCr = at > from && bytes[at - 1] == '\r';
            if (this == CRLF && !afterCr) {
                continue;
            }
            return cut.found(from, afterCr && this != LF ? at - 1 : at, at + 1);
        }
        return cut.unfinished(from, to);
    }

    @Override
    public int encodedLength(int length) {
        return length + ending.length();
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        return Delimited.append(payload, ending, target, at);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A bare LF is refused under {@code crlf} too, and a CR at the end under every ending that
     * would swallow it: many devices end a line at either, and a payload must never become two.
     */
    @Override
    public Optional<String> objection(byte[] payload) {
        for (int at = 0; at < payload.length; at++) {
            if (payload[at] == '\n') {
                return Optional.of("byte " + at + " of the payload is a line feed (0x0a)");
            }
        }
        int last = payload.length - 1;
        if (this != LF && last >= 0 && payload[last] == '\r') {
            return Optional.of("the last byte of the payload is a carriage return (0x0d)");
        }
        return Optional.empty();
    }

    /** Splits at either ending: a text that is pasted has what its editor wrote. */
    @Override
    public List<byte[]> split(byte[] payload) {
        return Cut.parts(LINE, payload);
    }
}
