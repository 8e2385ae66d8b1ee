package io.switchboard.framing;

import java.util.List;
import java.util.Optional;

/**
 * Frames that are lines. The line ending is not part of the payload.
 *
 * <p>{@code line} accepts both LF and CR LF, because clients differ, and sends LF. {@code lf} and
 * {@code crlf} accept and send only that ending: with {@code lf} a CR before the LF is payload,
 * with {@code crlf} a bare LF is payload.
 */
public enum LineFraming implements Framing {
    LINE("line", "\n"),
    LF("lf", "\n"),
    CRLF("crlf", "\r\n");

    private final String word;
    private final String ending;

    LineFraming(String word, String ending) {
        this.word = word;
        this.ending = ending;
    }

    @Override
    public String word() {
        return word;
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        for (int at = ByteSearch.indexOf((byte) '\n', bytes, resume, to);
                at < to;
                at = ByteSearch.indexOf((byte) '\n', bytes, at + 1, to)) {
            boolean afterCr = at > from && bytes[at - 1] == '\r';
            if (this == CRLF && !afterCr) {
                continue;
            }
            return scan.found(from, afterCr && this != LF ? at - 1 : at, at + 1);
        }
        return scan.unfinished(from, to);
    }

    @Override
    public boolean deliversUnfinished(byte[] bytes, int length) {
        return true;
    }

    @Override
    public int longestFrame(int length) {
        return length + ending.length();
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        return DelimitedFraming.append(payload, ending, target, at);
    }

    /**
     * {@inheritDoc}
     *
     * <p>With {@code crlf} a bare LF is refused too, because many devices end a line at LF or CR LF
     * and one payload must never arrive as two. A final CR is refused with {@code line} and {@code
     * crlf}, because the receiver may take it as part of the line ending.
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

    /**
     * Splits at LF and at CR LF, because the line ending of a pasted text depends on its editor.
     */
    @Override
    public List<byte[]> split(byte[] payload) {
        return FrameScan.parts(LINE, payload);
    }
}
