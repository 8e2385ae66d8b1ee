package io.switchboard.framing;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Frames with a length field that counts the bytes before they were escaped. An {@link Alternative}
 * has matched the start, which has no escapes, before it calls this class.
 */
final class EscapedFraming implements Framing {
    private final LengthFraming kind;
    private final int startLength;
    private final EscapeRules escapes;
    private final boolean keep;

    EscapedFraming(LengthFraming kind, StartPattern start, EscapeRules escapes, boolean keep) {
        this.kind = kind;
        this.startLength = start.length();
        this.escapes = escapes;
        this.keep = keep;
    }

    @Override
    public String word() {
        return kind.word();
    }

    /**
     * {@inheritDoc}
     *
     * <p>The progress is how many unescaped bytes the bytes before {@code resume} stand for. Only
     * the header, which is short, is read again.
     */
    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        long progress = scan.progress();
        int at = from + startLength;
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.write(bytes, from, startLength);
        while (at < to && header.size() < kind.longestHeader()) {
            int sequence = escapes.sequenceAt(bytes, at, to);
            if (sequence < 0) {
                break;
            }
            int end = at + Math.max(1, sequence);
            escapes.unescape(bytes, at, end, to, header);
            at = end;
        }
        byte[] begin = header.toByteArray();
        long frame = kind.measure(scan, begin, 0, begin.length);
        if (frame < 0) {
            return scan.fault() == null && scan.unfinished(from, from);
        }
        long done = progress > 0 ? progress : startLength;
        int next = progress > 0 ? resume : from + startLength;
        while (done < frame) {
            int limit = (int) Math.min(to, next + frame - done);
            int plain = escapes.nextSequence(bytes, next, limit);
            done += plain - next;
            next = plain;
            if (done == frame) {
                break;
            }
            int sequence = next == to ? -1 : escapes.sequenceAt(bytes, next, to);
            if (sequence < 0) {
                scan.announced(from, next, frame - (keep ? 0 : kind.fieldLength(begin)));
                return done > 0 && scan.withProgress(done);
            }
            done += escapes.meaningAt(bytes, next, sequence);
            next += Math.max(1, sequence);
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream(next - from);
        whole.write(bytes, from, startLength);
        escapes.unescape(bytes, from + startLength, next, to, whole);
        byte[] unescaped = whole.toByteArray();
        return scan.foundUnescaped(keep ? unescaped : kind.withoutField(unescaped), next);
    }

    @Override
    public int longestFrame(int length) {
        return kind.longestFrame(length) * escapes.expansion();
    }

    @Override
    public int encodedLength(byte[] payload) {
        return objection(payload).isPresent() ? payload.length : frame(payload).length;
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        byte[] frame = frame(payload);
        System.arraycopy(frame, 0, target, at, frame.length);
        return at + frame.length;
    }

    private byte[] frame(byte[] payload) {
        byte[] plain = keep ? payload : kind.encode(payload);
        int begin = Math.min(startLength, plain.length);
        ByteArrayOutputStream frame = new ByteArrayOutputStream(plain.length + 16);
        frame.write(plain, 0, begin);
        escapes.escape(plain, begin, plain.length, Arrays.copyOf(plain, begin), frame);
        return frame.toByteArray();
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        return keep ? Optional.empty() : kind.objection(payload);
    }
}
