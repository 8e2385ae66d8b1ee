package io.switchboard.web.tomcat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;

/**
 * Tells whether bytes are one {@code POST /send} and nothing else, so that Tomcat reads it without
 * waiting for more of it, or beginning with the next. Only a first look, for plain requests: what
 * has a header that could make Tomcat expect more or do more is none, and what is malformed is
 * Tomcat's to refuse. RFC 9112, sections 3 to 6.
 */
final class SmallSend {
    private static final byte[] START = "POST /send".getBytes(ISO_8859_1);
    private static final byte[] VERSION = " HTTP/1.1\r\n".getBytes(ISO_8859_1);
    private static final byte[] END = "\r\n".getBytes(ISO_8859_1);
    private static final byte[] LENGTH = "content-length:".getBytes(ISO_8859_1);
    private static final byte[] CONNECTION = "connection:".getBytes(ISO_8859_1);
    private static final byte[] KEEP_ALIVE = "keep-alive\r\n".getBytes(ISO_8859_1);
    private static final byte[] TRANSFER_ENCODING = "transfer-encoding".getBytes(ISO_8859_1);
    private static final byte[] EXPECT = "expect".getBytes(ISO_8859_1);
    private static final byte[] UPGRADE = "upgrade".getBytes(ISO_8859_1);

    /** No header of bodies that fit a buffer has more digits. */
    private static final int MOST_DIGITS = 5;

    private static final int UNKNOWN = -1;

    private SmallSend() {}

    /**
     * Looks at all bytes from position to limit, and moves neither.
     *
     * @param bytes from the beginning of a request
     */
    static boolean is(ByteBuffer bytes) {
        int limit = bytes.limit();
        int line = bytes.position();
        int next = afterLine(bytes, line);
        if (!has(bytes, line, START)
                || !has(bytes, next - VERSION.length, VERSION)
                || !endsPath(bytes.get(line + START.length))) {
            return false;
        }
        int length = UNKNOWN;
        for (line = next; line < limit; line = next) {
            next = afterLine(bytes, line);
            if (next == UNKNOWN) {
                return false;
            }
            if (next == line + END.length) {
                return limit - next == Math.max(length, 0);
            }
            if (hasIgnoringCase(bytes, line, LENGTH)) {
                if (length != UNKNOWN) {
                    return false;
                }
                length = number(bytes, line + LENGTH.length, next - END.length);
                if (length == UNKNOWN) {
                    return false;
                }
            } else if (mayMeanMore(bytes, line, next)) {
                return false;
            }
        }
        return false;
    }

    private static boolean endsPath(byte b) {
        return b == '?' || b == ' ';
    }

    /** Whether a header makes more of the request, or is the rest of the one before it. */
    private static boolean mayMeanMore(ByteBuffer bytes, int line, int next) {
        return switch (bytes.get(line)) {
            case ' ', '\t' -> true;
            case 'C', 'c' ->
                    hasIgnoringCase(bytes, line, CONNECTION)
                            && !hasIgnoringCase(
                                    bytes,
                                    afterSpaces(bytes, line + CONNECTION.length, next),
                                    KEEP_ALIVE);
            case 'T', 't' -> hasIgnoringCase(bytes, line, TRANSFER_ENCODING);
            case 'E', 'e' -> hasIgnoringCase(bytes, line, EXPECT);
            case 'U', 'u' -> hasIgnoringCase(bytes, line, UPGRADE);
            default -> false;
        };
    }

    /** A number that ends here; unknown for anything else. */
    private static int number(ByteBuffer bytes, int from, int end) {
        int first = afterSpaces(bytes, from, end);
        int digits = end - first;
        if (digits < 1 || digits > MOST_DIGITS) {
            return UNKNOWN;
        }
        int number = 0;
        for (int at = first; at < end; at++) {
            int digit = bytes.get(at) - '0';
            if (digit < 0 || digit > 9) {
                return UNKNOWN;
            }
            number = 10 * number + digit;
        }
        return number;
    }

    private static int afterSpaces(ByteBuffer bytes, int from, int to) {
        int at = from;
        while (at < to && bytes.get(at) == ' ') {
            at++;
        }
        return at;
    }

    /** Behind CR LF; unknown where there is none, or anything before it that no text has. */
    private static int afterLine(ByteBuffer bytes, int from) {
        int limit = bytes.limit();
        for (int at = from; at < limit; at++) {
            byte b = bytes.get(at);
            if (b < ' ' && b != '\t') {
                return has(bytes, at, END) ? at + END.length : UNKNOWN;
            }
        }
        return UNKNOWN;
    }

    private static boolean has(ByteBuffer bytes, int from, byte[] text) {
        if (from < bytes.position() || from + text.length > bytes.limit()) {
            return false;
        }
        for (int i = 0; i < text.length; i++) {
            if (bytes.get(from + i) != text[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * The same whatever the case of its letters.
     *
     * @param text in lower case
     */
    private static boolean hasIgnoringCase(ByteBuffer bytes, int from, byte[] text) {
        if (from + text.length > bytes.limit()) {
            return false;
        }
        for (int i = 0; i < text.length; i++) {
            byte b = bytes.get(from + i);
            int lower = b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
            if (lower != text[i]) {
                return false;
            }
        }
        return true;
    }
}
