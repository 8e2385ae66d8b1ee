package io.switchboard.framing;

import java.util.Optional;

/**
 * Frames with syslog's octet counting: the length of the message in decimal digits, a space, and
 * the message (RFC 6587, section 3.4.1).
 */
record OctetCountedFraming() implements Framing {
    static final OctetCountedFraming OCTET_COUNTED = new OctetCountedFraming();

    @Override
    public String word() {
        return "octet-counted";
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        long length = 0;
        for (int at = from; at < to; at++) {
            byte digit = bytes[at];
            if (digit == ' ' && at > from) {
                int start = at + 1;
                return length <= to - start
                        ? scan.found(start, start + (int) length, start + (int) length)
                        : scan.announced(from, to, length);
            }
            if (digit < (at == from ? '1' : '0') || digit > '9') {
                String fault =
                        at == from
                                ? "a frame begins with 0x%02x, not with its length (first digit 1 to 9);"
                                        + " a sender that ends messages with a line feed needs"
                                        + " framing line"
                                : "a length contains 0x%02x, which is neither a digit nor a space";
                return scan.invalid(fault.formatted(digit));
            }
            length = 10 * length + digit - '0';
            if (length > scan.maxLength()) {
                // the frame is too long, regardless of how many bytes of it have arrived
                return scan.announced(from, to, length);
            }
        }
        return scan.announced(from, to, length);
    }

    @Override
    public int longestFrame(int length) {
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
                : Optional.of(
                        "the payload is empty, but octet counting does not allow the length 0");
    }
}
