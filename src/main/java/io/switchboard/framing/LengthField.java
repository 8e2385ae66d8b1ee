package io.switchboard.framing;

import org.jspecify.annotations.Nullable;

/**
 * The length field of a frame: an unsigned number in one of six notations.
 *
 * @param width in bytes; 0 if the field says where it ends
 * @param little whether a binary number is in little-endian byte order
 */
record LengthField(Notation notation, int width, boolean little) {
    /** The most decimal digits, so that a length fits into an int. */
    private static final int MAX_DIGITS = 9;

    private static final int MAX_VARINT = 10;
    private static final int VARINT_BITS = 7;

    /** Greater than any length that could be accepted. */
    private static final long HUGE = 1L << 40;

    enum Notation {
        BINARY(256, "binary digits"),
        DECIMAL(10, "digits"),
        HEX(16, "hex digits"),
        BCD(100, "bytes of BCD digits"),
        /** Decimal digits up to another byte, which belongs to the field. */
        DIGITS(10, "digits"),
        VARINT(1 << VARINT_BITS, "bytes of a varint");

        private final int base;
        private final String text;

        Notation(int base, String text) {
            this.base = base;
            this.text = text;
        }
    }

    static LengthField parse(String width, FramingOptions options) {
        boolean big = options.flag("big");
        boolean little = options.flag("little");
        if (big && little) {
            throw new IllegalArgumentException(
                    "'%s' is one option too many: each may be given once"
                            .formatted(options.last("big", "little")));
        }
        if (width.matches("[1-4]")) {
            return new LengthField(Notation.BINARY, Integer.parseInt(width), little);
        }
        LengthField field =
                width.equals("ascii")
                        ? new LengthField(Notation.DIGITS, 0, false)
                        : width.equals("varint")
                                ? new LengthField(Notation.VARINT, 0, false)
                                : width.startsWith("ascii")
                                        ? digits("ascii", width, MAX_DIGITS, Notation.DECIMAL)
                                        : width.startsWith("hex")
                                                ? digits("hex", width, 8, Notation.HEX)
                                                : width.startsWith("bcd")
                                                        ? digits("bcd", width, 4, Notation.BCD)
                                                        : null;
        if (field == null) {
            throw new IllegalArgumentException(
                    "'%s' is not a width: it takes 1, 2, 3, 4, ascii1 to ascii9, hex1 to hex8, bcd1 to bcd4, ascii or varint"
                            .formatted(width));
        }
        if (big || little) {
            throw new IllegalArgumentException(
                    field.notation == Notation.DECIMAL || field.notation == Notation.DIGITS
                            ? "ASCII digits have no byte order: leave out big and little"
                            : "a length of %s has no choice of byte order: leave out big and little"
                                    .formatted(field.notation.text));
        }
        return field;
    }

    private static LengthField digits(String name, String width, int max, Notation notation) {
        String number = width.substring(name.length());
        int bytes = FramingParser.number(name + "N", number, 1, max);
        return new LengthField(notation, bytes, false);
    }

    /** Returns the bits that option {@code mask} selects; -1 without it. */
    long mask(FramingOptions options) {
        if (options.text("mask").isEmpty()) {
            return -1;
        }
        String mask = options.text("mask").get();
        if (notation != Notation.BINARY) {
            throw new IllegalArgumentException(
                    "mask=%s is for lengths of 1 to 4 bytes: leave it out".formatted(mask));
        }
        if (!mask.matches("0x[0-9a-fA-F]{1,8}")
                || Long.decode(mask) == 0
                || Long.decode(mask) > max(width)) {
            throw new IllegalArgumentException(
                    "mask=%s is not a mask: it takes 0x1 to 0x%x, as in mask=0x7fff"
                            .formatted(mask, max(width)));
        }
        return Long.decode(mask);
    }

    /** Returns whether {@link #word} describes the field. */
    boolean isPlain() {
        return notation == Notation.DECIMAL || (notation == Notation.BINARY && width != 3);
    }

    String word() {
        return switch (notation) {
            case BINARY -> width + (little ? ",little" : "");
            case DECIMAL -> "ascii" + width;
            case HEX -> "hex" + width;
            case BCD -> "bcd" + width;
            case DIGITS -> "ascii";
            case VARINT -> "varint";
        };
    }

    int shortest() {
        return Math.max(1, width);
    }

    int longest() {
        return width > 0 ? width : MAX_VARINT;
    }

    /** Returns the greatest number in a field of this length. */
    long max(int length) {
        long max = 1;
        for (int i = 0; i < length && max < HUGE; i++) {
            max *= notation.base;
        }
        return max - 1;
    }

    /**
     * Returns the offset after the field that begins at {@code at}; -1 if it is incomplete or
     * invalid.
     */
    int end(byte[] bytes, int at, int to) {
        if (notation == Notation.BINARY) {
            return at + width <= to ? at + width : -1;
        }
        if (width > 0) {
            int valid = at;
            while (valid < to && valid < at + width && accepts(bytes[valid])) {
                valid++;
            }
            return valid == at + width ? valid : -1;
        }
        int last = at;
        int longest = Math.min(to, at + longest());
        while (last < longest && continues(bytes[last])) {
            last++;
        }
        boolean empty = notation == Notation.DIGITS && last == at;
        return last < longest && !empty ? last + 1 : -1;
    }

    /** Returns why there is no field at {@code at}; null if it is only incomplete. */
    @Nullable String fault(byte[] bytes, int from, int at, int to) {
        if (notation == Notation.BINARY) {
            return null;
        }
        if (width == 0) {
            int last = at;
            while (last < to && last < at + longest() && continues(bytes[last])) {
                last++;
            }
            if (last == at + longest()) {
                return "a frame's length has more than %d %s"
                        .formatted(
                                longest() - (notation == Notation.DIGITS ? 1 : 0), notation.text);
            }
            return last >= to || last > at
                    ? null
                    : "byte %d of a frame is 0x%02x, but its length begins with digits there"
                            .formatted(at - from, bytes[at]);
        }
        for (int i = at; i < Math.min(at + width, to); i++) {
            if (!accepts(bytes[i])) {
                return "byte %d of a frame is 0x%02x, but its length has %d %s there"
                        .formatted(i - from, bytes[i], width, notation.text);
            }
        }
        return null;
    }

    private boolean continues(byte value) {
        return notation == Notation.VARINT ? value < 0 : (value >= '0' && value <= '9');
    }

    private boolean accepts(byte value) {
        return notation == Notation.BCD
                ? (value & 0x0f) < 10 && (value & 0xf0) < 0xa0
                : value >= 0 && Character.digit(value, notation.base) >= 0;
    }

    /** Returns the length in a complete field. */
    long read(byte[] bytes, int at, int end) {
        long length = 0;
        if (notation == Notation.BINARY) {
            for (int i = 0; i < width; i++) {
                length = (length << 8) | (bytes[little ? end - 1 - i : at + i] & 0xff);
            }
            return length;
        }
        if (notation == Notation.VARINT) {
            for (int i = end - 1; i >= at; i--) {
                length = (Math.min(HUGE, length) << VARINT_BITS) | (bytes[i] & 0x7f);
            }
            return Math.min(HUGE, length);
        }
        int digits = notation == Notation.DIGITS ? end - 1 : end;
        for (int i = at; i < digits; i++) {
            length = notation.base * length + digit(bytes[i]);
        }
        return length;
    }

    private int digit(byte value) {
        return switch (notation) {
            case BINARY, VARINT -> value & 0xff;
            case DECIMAL, DIGITS -> value - '0';
            case HEX -> Character.digit(value, 16);
            case BCD -> ((value >> 4) & 0x0f) * 10 + (value & 0x0f);
        };
    }

    /** Writes a number that is not greater than {@link #max} into a field of this length. */
    void write(long length, byte[] target, int at, int end) {
        long rest = length;
        for (int i = at; i < end; i++) {
            boolean fromLow = little || notation == Notation.VARINT;
            int digit = (int) (rest % notation.base);
            byte value =
                    switch (notation) {
                        case BINARY -> (byte) digit;
                        case DECIMAL, DIGITS -> (byte) ('0' + digit);
                        case HEX -> (byte) Character.toUpperCase(Character.forDigit(digit, 16));
                        case BCD -> (byte) (((digit / 10) << 4) | (digit % 10));
                        case VARINT -> (byte) (i < end - 1 ? digit | 0x80 : digit);
                    };
            target[fromLow ? i : at + end - 1 - i] = value;
            rest /= notation.base;
        }
    }
}
