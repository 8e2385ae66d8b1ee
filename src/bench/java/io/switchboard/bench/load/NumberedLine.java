package io.switchboard.bench.load;

import java.util.Arrays;

/**
 * The format of the lines that senders post: two digits for the sender, ten for the number of the
 * line, filler bytes and a line feed. All lines have the same length. A receiver can therefore
 * check every byte, and detect lost, duplicated and reordered lines.
 */
public final class NumberedLine {
    /** Bytes of a line, including the line feed. */
    public static final int LENGTH = 100;

    /** Bytes of the payload of a message, to which the server appends the line feed. */
    public static final int PAYLOAD = LENGTH - 1;

    public static final int MAX_SENDERS = 100;

    private static final int NUMBER_AT = 2;
    private static final int FILLER_AT = 12;
    private static final byte[] PATTERN = pattern();

    private NumberedLine() {}

    private static byte[] pattern() {
        byte[] pattern = new byte[LENGTH];
        for (int at = FILLER_AT; at < PAYLOAD; at++) {
            pattern[at] = (byte) ('a' + at % 26);
        }
        pattern[PAYLOAD] = '\n';
        return pattern;
    }

    /** Writes the payload of a line. */
    public static void write(byte[] to, int at, int sender, int number) {
        System.arraycopy(PATTERN, 0, to, at, PAYLOAD);
        renumber(to, at, sender, number);
    }

    /** Overwrites the sender and the number of an existing payload. */
    static void renumber(byte[] to, int at, int sender, int number) {
        digits(to, at, NUMBER_AT, sender);
        digits(to, at + NUMBER_AT, FILLER_AT - NUMBER_AT, number);
    }

    private static void digits(byte[] to, int at, int count, int value) {
        int rest = value;
        for (int digit = at + count - 1; digit >= at; digit--) {
            to[digit] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    static int sender(byte[] bytes, int at) {
        return value(bytes, at, at + NUMBER_AT);
    }

    static int number(byte[] bytes, int at) {
        return value(bytes, at + NUMBER_AT, at + FILLER_AT);
    }

    private static int value(byte[] bytes, int from, int to) {
        int value = 0;
        for (int digit = from; digit < to; digit++) {
            value = value * 10 + bytes[digit] - '0';
        }
        return value;
    }

    /** Returns whether the filler and the line feed are unchanged. */
    static boolean intact(byte[] bytes, int at) {
        return Arrays.equals(bytes, at + FILLER_AT, at + LENGTH, PATTERN, FILLER_AT, LENGTH);
    }
}
