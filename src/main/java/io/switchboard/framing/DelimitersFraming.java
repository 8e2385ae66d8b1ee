package io.switchboard.framing;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Frames that end with the first of several delimiters, with what {@link DelimitedFraming} lacks:
 * escapes, check bytes after the delimiter, and a start that is the same mark as the end. An {@link
 * Alternative} has matched the start before it calls this class.
 *
 * <pre>
 *   frame    start │ content │ delimiter │ check bytes
 *   payload  start │ content │             check bytes     start ≠ delimiter
 *                    content │             check bytes     start = delimiter
 *            start │ content │ delimiter │ check bytes     keep
 * </pre>
 */
final class DelimitersFraming implements Framing {
    /** The first is the one that is sent. */
    private final List<byte[]> delimiters;

    private final List<byte[]> longestFirst;
    private final int trailer;
    private final int startLength;

    /** The mark that is both start and end; null if there is none. */
    private final byte @Nullable [] mark;

    private final EscapeRules escapes;

    /** Whether a byte can be the first of a delimiter or of an escape sequence. */
    private final boolean[] special = new boolean[256];

    /** The first bytes of the delimiters and of the start, which are escaped with XOR. */
    private final byte[] firstBytes;

    private final boolean keep;

    /** Whether frames without content are skipped. */
    private final boolean skipsEmpty;

    DelimitersFraming(
            List<byte[]> delimiters,
            int trailer,
            StartPattern start,
            EscapeRules escapes,
            boolean keep) {
        this.delimiters = delimiters;
        this.longestFirst = new ArrayList<>(delimiters);
        longestFirst.sort(Comparator.comparingInt(delimiter -> -delimiter.length));
        this.trailer = trailer;
        this.startLength = start.length();
        this.mark = delimiters.stream().filter(start::isOnly).findFirst().orElse(null);
        this.escapes = escapes;
        for (int value = 0; value < special.length; value++) {
            byte[] candidate = {(byte) value};
            special[value] =
                    escapes.sequenceAt(candidate, 0, 1) != 0 || delimiterAt(candidate, 0, 1) != 0;
        }
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        first.writeBytes(start.first());
        delimiters.forEach(delimiter -> first.write(delimiter[0]));
        this.firstBytes = first.toByteArray();
        this.keep = keep;
        this.skipsEmpty =
                trailer == 0
                        && (mark != null
                                || (startLength == 0
                                        && (delimiters.size() > 1 || !escapes.isEmpty())));
    }

    @Override
    public String word() {
        return "delimiter";
    }

    /** Returns whether a payload is split at the delimiters, and no start or escape prevents it. */
    boolean splits() {
        return startLength == 0 && escapes.isEmpty();
    }

    /** Only a frame without start, escapes and check bytes is a message when its end is missing. */
    @Override
    public boolean deliversUnfinished(byte[] bytes, int length) {
        return startLength == 0 && escapes.isEmpty() && trailer == 0;
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        int content = from + startLength;
        int at = Math.max(content, resume);
        while (true) {
            while (at < to && !special[bytes[at] & 0xff]) {
                at++;
            }
            if (at >= to) {
                break;
            }
            int sequence = escapes.sequenceAt(bytes, at, to);
            int delimiter = sequence == 0 ? delimiterAt(bytes, at, to) : 0;
            if (sequence < 0 || delimiter < 0) {
                break;
            }
            if (delimiter > 0) {
                return end(scan, bytes, from, to, at, delimiter);
            }
            at += Math.max(1, sequence);
        }
        return scan.unfinished(from, Math.min(at, to));
    }

    /**
     * Returns the length of the delimiter at {@code at}; 0 if there is none, -1 if more bytes are
     * needed to know.
     */
    private int delimiterAt(byte[] bytes, int at, int to) {
        for (byte[] delimiter : longestFirst) {
            int compared = Math.min(delimiter.length, to - at);
            int same = 0;
            while (same < compared && bytes[at + same] == delimiter[same]) {
                same++;
            }
            if (same == compared) {
                return compared == delimiter.length ? compared : -1;
            }
        }
        return 0;
    }

    private boolean end(FrameScan scan, byte[] bytes, int from, int to, int at, int delimiter) {
        int content = from + startLength;
        int after = at + delimiter;
        if (skipsEmpty && at == content) {
            boolean begins = mark != null && EscapeRules.startsWith(bytes, at, after, mark);
            return scan.skipped(begins ? at : after);
        }
        int end = after;
        for (int left = trailer; left > 0 && end <= to; ) {
            int sequence = end == to ? -1 : escapes.sequenceAt(bytes, end, to);
            if (sequence < 0) {
                return scan.unfinished(from, at);
            }
            left -= escapes.meaningAt(bytes, end, sequence);
            end += Math.max(1, sequence);
        }
        int payload = mark != null && !keep ? content : from;
        if (escapes.isEmpty()) {
            return keep ? scan.found(from, end, end) : scan.found(payload, at, after, end, end);
        }
        ByteArrayOutputStream unescaped = new ByteArrayOutputStream(end - from);
        unescaped.write(bytes, payload, content - payload);
        escapes.unescape(bytes, content, at, to, unescaped);
        unescaped.write(bytes, at, keep ? delimiter : 0);
        escapes.unescape(bytes, after, end, to, unescaped);
        return scan.foundUnescaped(unescaped.toByteArray(), end);
    }

    @Override
    public int longestFrame(int length) {
        int marks = mark == null ? 0 : mark.length;
        return length * escapes.expansion() + marks + longestFirst.getFirst().length;
    }

    @Override
    public int encodedLength(byte[] payload) {
        if (!escapes.isEmpty()) {
            return frame(payload).length;
        }
        int marks = delimiters.getFirst().length + (mark == null ? 0 : mark.length);
        return payload.length + (keep ? 0 : marks);
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        byte[] frame = frame(payload);
        System.arraycopy(frame, 0, target, at, frame.length);
        return at + frame.length;
    }

    private byte[] frame(byte[] payload) {
        if (keep && escapes.isEmpty()) {
            return payload;
        }
        int checkBytes = Math.max(0, payload.length - trailer);
        byte[] delimiter = keep ? suffix(payload, checkBytes) : delimiters.getFirst();
        int begin = mark != null && !keep ? 0 : Math.min(startLength, payload.length);
        int contentEnd = Math.max(begin, checkBytes - (keep ? delimiter.length : 0));
        ByteArrayOutputStream frame = new ByteArrayOutputStream(payload.length + 16);
        if (mark != null && !keep) {
            frame.writeBytes(mark);
        }
        frame.write(payload, 0, begin);
        escapes.escape(payload, begin, contentEnd, firstBytes, frame);
        frame.writeBytes(delimiter);
        escapes.escape(payload, Math.max(begin, checkBytes), payload.length, firstBytes, frame);
        return frame.toByteArray();
    }

    /** Returns the longest delimiter with which {@code bytes[0, end)} ends; empty if none. */
    private byte[] suffix(byte[] bytes, int end) {
        for (byte[] delimiter : longestFirst) {
            int at = end - delimiter.length;
            if (at >= startLength && EscapeRules.startsWith(bytes, at, end, delimiter)) {
                return delimiter;
            }
        }
        return new byte[0];
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        int end = payload.length - trailer;
        if (end < 0) {
            return Optional.of(
                    "the payload's length is %d, less than the %d check bytes that it must end with"
                            .formatted(payload.length, trailer));
        }
        for (int at = mark == null ? startLength : 0;
                !keep && escapes.isEmpty() && at < end;
                at++) {
            if (delimiterAt(payload, at, end) > 0) {
                int length = delimiterAt(payload, at, end);
                return Optional.of(
                        "at byte %d of the payload is the delimiter 0x%s"
                                .formatted(at, HexFormat.of().formatHex(payload, at, at + length)));
            }
        }
        return Optional.empty();
    }
}
