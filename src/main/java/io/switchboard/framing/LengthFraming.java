package io.switchboard.framing;

import java.util.Optional;

/**
 * Frames that start with a length field, or with a header that contains one.
 *
 * <pre>
 *   frame    offset bytes of header │ length field │ body
 *   payload  offset bytes of header │                body
 *
 *   length of the frame = (inclusive ? 0 : offset + length field) + value × unit + adjust
 * </pre>
 *
 * @param inclusive whether the length counts the whole frame, including the header and the length
 *     field; otherwise it counts the body only
 * @param offset the number of header bytes before the field; they belong to the payload
 * @param adjust the bytes that the length does not count; negative if it counts too many
 * @param mask the bits of the field that are the length; -1 for all
 * @param unit the bytes that the length counts as one
 */
record LengthFraming(
        LengthField field, boolean inclusive, int offset, int adjust, long mask, int unit)
        implements Framing {

    private static final int MAX_HEADER = 255;
    private static final int MAX_ADJUST = 65_535;
    private static final int MAX_UNIT = 65_535;

    static LengthFraming parse(String width, FramingOptions options) {
        LengthField field = LengthField.parse(width, options);
        boolean inclusive = options.flag("inclusive");
        int offset = options.number("offset", 0, MAX_HEADER).orElse(0);
        int adjust = options.number("adjust", -MAX_ADJUST, MAX_ADJUST).orElse(0);
        int unit = options.number("unit", 1, MAX_UNIT).orElse(1);
        return new LengthFraming(field, inclusive, offset, adjust, field.mask(options), unit);
    }

    /** Returns whether all options are those of {@link #word()}. */
    boolean isPlain() {
        return field.isPlain() && adjust == 0 && mask == -1 && unit == 1;
    }

    @Override
    public String word() {
        return "length:"
                + field.word()
                + (inclusive ? ",inclusive" : "")
                + (offset > 0 ? ",offset=" + offset : "");
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        long frame = measure(scan, bytes, from, to);
        if (frame < 0) {
            return false;
        }
        int at = from + offset;
        int start = field.end(bytes, at, to);
        if (frame > to - from) {
            return scan.announced(from, to, frame - (start - at));
        }
        int end = from + (int) frame;
        return scan.found(from, at, start, end, end);
    }

    /**
     * Returns the length of the frame that begins at {@code from}; -1 if the header is incomplete
     * or invalid, which {@code scan} has recorded.
     */
    long measure(FrameScan scan, byte[] bytes, int from, int to) {
        int at = from + offset;
        int start = field.end(bytes, at, to);
        if (start < 0) {
            String fault = field.fault(bytes, from, at, to);
            boolean found = fault == null ? scan.unfinished(from, to) : scan.invalid(fault);
            return found ? 0 : -1;
        }
        long length = field.read(bytes, at, start) & mask;
        int header = start - from;
        long frame = (inclusive ? 0 : header) + length * unit + adjust;
        if (frame < header) {
            scan.invalid(
                    ("a frame's length is %d, less than its header and length field, which it"
                                    + " includes")
                            .formatted(frame));
            return -1;
        }
        return frame;
    }

    /** Returns the greatest number of bytes up to the end of the length field. */
    int longestHeader() {
        return offset + field.longest();
    }

    /** Returns the length of the field in a complete header. */
    int fieldLength(byte[] header) {
        return field.end(header, offset, header.length) - offset;
    }

    /** Returns the payload of a frame. */
    byte[] withoutField(byte[] frame) {
        int field = fieldLength(frame);
        byte[] payload = new byte[frame.length - field];
        System.arraycopy(frame, 0, payload, 0, offset);
        System.arraycopy(frame, offset + field, payload, offset, payload.length - offset);
        return payload;
    }

    @Override
    public int longestFrame(int length) {
        return Math.max(length, offset) + field.longest();
    }

    @Override
    public int encodedLength(byte[] payload) {
        return payload.length + fieldLength(payload.length);
    }

    /** Returns the length of the field in the frame of a payload. */
    private int fieldLength(int payloadLength) {
        int length = field.shortest();
        while (length < field.longest() && fieldValue(payloadLength, length) > field.max(length)) {
            length++;
        }
        return length;
    }

    private long fieldValue(long payloadLength, int fieldLength) {
        return payloadLength - adjust + (inclusive ? fieldLength : -offset);
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        System.arraycopy(payload, 0, target, at, offset);
        int length = fieldLength(payload.length);
        int start = at + offset + length;
        field.write(fieldValue(payload.length, length), target, at + offset, start);
        System.arraycopy(payload, offset, target, start, payload.length - offset);
        return start + payload.length - offset;
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        if (field.notation() == LengthField.Notation.DIGITS || mask != -1 || unit != 1) {
            return Optional.of(
                    "%s can be sent only with keep, where the payload is the frame with its length"
                            .formatted(
                                    mask != -1
                                            ? "a length with mask"
                                            : unit != 1 ? "a length with unit" : "length:ascii"));
        }
        if (payload.length < offset) {
            return Optional.of(
                    ("the payload's length is %d, less than the %d bytes of the header that it must"
                                    + " begin with")
                            .formatted(payload.length, offset));
        }
        int length = fieldLength(payload.length);
        long value = fieldValue(payload.length, length);
        if (value < 0) {
            return Optional.of(
                    "the payload's length is %d, less than the %d bytes that a length of 0 stands for"
                            .formatted(payload.length, payload.length - value));
        }
        if (value > field.max(length)) {
            return Optional.of(
                    "the payload's length is %d, more than a length field of %d bytes can hold"
                            .formatted(payload.length, length));
        }
        return Optional.empty();
    }
}
