package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/**
 * Bytes written as text: {@code \r \n \t \0 \\} and {@code \xHH} are one byte each, everything else
 * stands for itself in UTF-8.
 */
public final class Escapes {
    private static final int HEX = 16;
    private static final String LETTERS = "rnt0\\";
    private static final byte[] MEANINGS = {'\r', '\n', '\t', 0, '\\'};

    private Escapes() {}

    /**
     * The bytes that this text writes.
     *
     * @throws IllegalArgumentException for any other escape; the message names it and its place
     */
    public static byte[] bytes(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        int at = 0;
        while (at < text.length()) {
            int backslash = text.indexOf('\\', at);
            int end = backslash < 0 ? text.length() : backslash;
            bytes.writeBytes(text.substring(at, end).getBytes(UTF_8));
            at = end;
            if (at < text.length()) {
                at = escape(text, at, bytes);
            }
        }
        return bytes.toByteArray();
    }

    /** Returns the offset behind the escape at this one. */
    private static int escape(String text, int at, ByteArrayOutputStream bytes) {
        char letter = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
        int known = LETTERS.indexOf(letter);
        if (known >= 0) {
            bytes.write(MEANINGS[known]);
            return at + 2;
        }
        int high = digit(text, at + 2);
        int low = digit(text, at + 3);
        if (letter != 'x' || high < 0 || low < 0) {
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "' has an unknown escape at character "
                            + (at + 1)
                            + ": known are \\r, \\n, \\t, \\0, \\\\ and \\xHH");
        }
        bytes.write(high * HEX + low);
        return at + 4;
    }

    private static int digit(String text, int at) {
        return at < text.length() ? Character.digit(text.charAt(at), HEX) : -1;
    }
}
