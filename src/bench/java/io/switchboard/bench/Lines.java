package io.switchboard.bench;

import java.util.Arrays;

/**
 * Numbered lines of one length: two digits for the sender, ten for the number, a filler, a line
 * feed. So what arrives can be checked to the byte, and a line of a sender be missed, seen twice or
 * out of order.
 */
final class Lines {
    /** Bytes of a line, line feed included. */
    static final int LENGTH = 100;

    /** Bytes of a line as a payload: the server ends it. */
    static final int PAYLOAD = LENGTH - 1;

    static final int MOST_SENDERS = 100;

    private static final int NUMBER_AT = 2;
    private static final int FILLER_AT = 12;
    private static final byte[] PATTERN = pattern();

    private Lines() {}

    private static byte[] pattern() {
        byte[] pattern = new byte[LENGTH];
        for (int at = FILLER_AT; at < PAYLOAD; at++) {
            pattern[at] = (byte) ('a' + at % 26);
        }
        pattern[PAYLOAD] = '\n';
        return pattern;
    }

    /** Writes a line's payload. */
    static void write(byte[] to, int at, int sender, int number) {
        System.arraycopy(PATTERN, 0, to, at, PAYLOAD);
        renumber(to, at, sender, number);
    }

    /** Changes the numbers of a payload that is there. */
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

    /** Whether everything behind the numbers is as it was written. */
    static boolean intact(byte[] bytes, int at) {
        return Arrays.equals(bytes, at + FILLER_AT, at + LENGTH, PATTERN, FILLER_AT, LENGTH);
    }
}
