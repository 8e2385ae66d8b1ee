package io.switchboard.framing;

import java.util.Optional;

/**
 * Syslog's octet counting: a message's length in decimal digits, a space, the message (RFC 6587,
 * section 3.4.1).
 */
record OctetCounted() implements Framing {
    static final OctetCounted OCTET_COUNTED = new OctetCounted();

    @Override
    public String word() {
        return "octet-counted";
    }

    @Override
    public boolean cut(Cut cut, byte[] bytes, int from, int to, int resume) {
        long length = 0;
        for (int at = from; at < to; at++) {
            byte digit = bytes[at];
            if (digit == ' ' && at > from) {
                int start = at + 1;
                return length <= to - start
                        ? cut.found(start, start + (int) length, start + (int) length)
                        : cut.announced(from, to, length);
            }
            if (digit < (at == from ? '1' : '0') || digit > '9') {
                String fault =
                        at == from
                                ? "a frame begins with 0x%02x, not with its length (1 to 9 first);"
                                        + " a sender that ends messages with a line feed needs"
                                        + " framing line"
                                : "0x%02x stands in a length, where a digit or a space should";
                return cut.invalid(fault.formatted(digit));
            }
            length = 10 * length + digit - '0';
            if (length > cut.longest()) {
                // however much of what follows has come with it
                return cut.announced(from, to, length);
            }
        }
        return cut.announced(from, to, length);
    }

    @Override
    public int encodedLength(int length) {
        return digits(length) + 1 + length;
    }

    private static int digits(int number) {
        int digits = 1;
        for (int rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        return digits;
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        int space = at + digits(payload.length);
        int rest = payload.length;
        for (int digit = space - 1; digit >= at; digit--) {
            target[digit] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        target[space] = ' ';
        return Framing.super.encode(payload, target, space + 1);
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        return payload.length > 0
                ? Optional.empty()
                : Optional.of("the payload is empty, and octet counting knows no length 0");
    }
}
