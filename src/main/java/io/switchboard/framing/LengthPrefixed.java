package io.switchboard.framing;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A frame says how long it is.
 *
 * <pre>
 *   frame    offset bytes of header │ length field │ body
 *   payload  offset bytes of header │                body
 * </pre>
 *
 * @param inclusive whether the length counts the whole frame, header and field with it, rather than
 *     the body alone
 * @param offset header bytes before the field; they belong to the payload
 */
record LengthPrefixed(Field field, boolean inclusive, int offset) implements Framing {
    private static final int LONGEST_HEADER = 255;

    /**
     * The length field: an unsigned binary number, or ASCII digits with leading zeros.
     *
     * @param width in bytes: 1, 2 or 4 if binary, 1 to 9 if decimal
     * @param little whether a binary number's lowest byte is the first
     */
    private record Field(int width, boolean decimal, boolean little) {

        String word() {
            return decimal ? "ascii" + width : width + (little ? ",little" : "");
        }

        private int base() {
            return decimal ? 10 : 1 << Byte.SIZE;
        }

        private int zero() {
            return decimal ? '0' : 0;
        }

        /** Returns the greatest length that the field can hold. */
        long most() {
            return (long) Math.pow(base(), width) - 1;
        }

        boolean takes(byte value) {
            return !decimal || (value >= '0' && value <= '9');
        }

        /** Returns the length, from bytes that the field {@link #takes}. */
        long read(byte[] bytes, int at) {
            long length = 0;
            for (int i = 0; i < width; i++) {
                byte next = bytes[little ? at + width - 1 - i : at + i];
                length = base() * length + (next & 0xff) - zero();
            }
            return length;
        }

        void write(long length, byte[] target, int at) {
            long rest = length;
            for (int i = 0; i < width; i++) {
                target[little ? at + i : at + width - 1 - i] = (byte) (zero() + rest % base());
                rest /= base();
            }
        }
    }

    static Framing parse(String value) {
        String[] options = value.split(",", -1);
        Set<String> given = new HashSet<>();
        boolean little = false;
        boolean inclusive = false;
        int offset = 0;
        for (int at = 1; at < options.length; at++) {
            String option = options[at];
            if (option.equals("little") || option.equals("big")) {
                little = option.equals("little");
                option = "order";
            } else if (option.equals("inclusive")) {
                inclusive = true;
            } else if (option.startsWith("offset=")) {
                String number = option.substring("offset=".length());
                offset = Spelling.number("offset=N", number, 0, LONGEST_HEADER);
                option = "offset";
            } else {
                throw new IllegalArgumentException(
                        "unknown option '%s': known are big, little, inclusive and offset=N"
                                .formatted(option));
            }
            if (!given.add(option)) {
                throw new IllegalArgumentException(
                        "'" + options[at] + "' is one option too many: each is given once");
            }
        }
        return new LengthPrefixed(field(options[0], given, little), inclusive, offset);
    }

    private static Field field(String width, Set<String> given, boolean little) {
        if (Set.of("1", "2", "4").contains(width)) {
            return new Field(Integer.parseInt(width), false, little);
        }
        if (!width.startsWith("ascii")) {
            throw new IllegalArgumentException(
                    "'" + width + "' is no width: it takes 1, 2, 4 or ascii1 to ascii9");
        }
        if (given.contains("order")) {
            throw new IllegalArgumentException(
                    "digits come as they are read: leave out big and little");
        }
        String digits = width.substring("ascii".length());
        return new Field(Spelling.number("asciiN", digits, 1, 9), true, false);
    }

    @Override
    public String word() {
        return "length:"
                + field.word()
                + (inclusive ? ",inclusive" : "")
                + (offset > 0 ? ",offset=" + offset : "");
    }

    @Override
    public boolean cut(Cut cut, byte[] bytes, int from, int to, int resume) {
        int at = from + offset;
        int start = at + field.width();
        for (int i = at; i < Math.min(start, to); i++) {
            if (!field.takes(bytes[i])) {
                return cut.invalid(
                        "byte %d of a frame is 0x%02x, where its length's %d digits stand"
                                .formatted(i - from, bytes[i], field.width()));
            }
        }
        if (to < start) {
            return cut.unfinished(from, to);
        }
        long said = field.read(bytes, at);
        long body = inclusive ? said - offset - field.width() : said;
        if (body < 0) {
            return cut.invalid(
                    ("a frame's length is %d, less than its header and length field, which it"
                                    + " counts too")
                            .formatted(said));
        }
        if (body > to - start) {
            return cut.announced(from, to, offset + body);
        }
        int end = start + (int) body;
        return cut.found(from, at, start, end, end);
    }

    @Override
    public int encodedLength(int length) {
        return length + field.width();
    }

    private long said(long length) {
        return inclusive ? length + field.width() : length - offset;
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        System.arraycopy(payload, 0, target, at, offset);
        field.write(said(payload.length), target, at + offset);
        int start = at + offset + field.width();
        System.arraycopy(payload, offset, target, start, payload.length - offset);
        return start + payload.length - offset;
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        if (payload.length < offset) {
            return Optional.of(
                    ("the payload's length is %d, less than the header of %d bytes that it begins"
                                    + " with")
                            .formatted(payload.length, offset));
        }
        if (said(payload.length) > field.most()) {
            return Optional.of(
                    "the payload's length is %d, more than a length field of %d bytes can say"
                            .formatted(payload.length, field.width()));
        }
        return Optional.empty();
    }
}
