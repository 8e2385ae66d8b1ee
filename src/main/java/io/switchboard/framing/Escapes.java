package io.switchboard.framing;

import java.util.HexFormat;

/**
 * Converts bytes to and from printable ASCII with the escapes {@code \r}, {@code \n}, {@code \t},
 * {@code \0}, {@code \\} and {@code \xHH}. Bytes are passed as strings of Latin-1 characters.
 */
public final class Escapes {
    private static final String LETTERS = "rnt0\\";
    private static final String BYTES = "\r\n\t\0\\";

    private Escapes() {}

    /**
     * Returns the bytes that the text encodes.
     *
     * @throws IllegalArgumentException if the text contains a non-ASCII character or an unknown
     *     escape
     */
    public static String read(String text) {
        StringBuilder bytes = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char character = text.charAt(at);
            if (character > '~') {
                throw new IllegalArgumentException(
                        "'" + character + "' is not ASCII: write its bytes in hex, as in 0xc2a7");
            }
            char letter = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
            if (character != '\\') {
                bytes.append(character);
                at++;
            } else if (letter == 'x') {
                bytes.append(hex(text, at + 2));
                at += 4;
            } else if (LETTERS.indexOf(letter) >= 0) {
                bytes.append(BYTES.charAt(LETTERS.indexOf(letter)));
                at += 2;
            } else {
                throw unknown(text.substring(at));
            }
        }
        return bytes.toString();
    }

    private static char hex(String text, int at) {
        if (at + 2 > text.length()
                || !HexFormat.isHexDigit(text.charAt(at))
                || !HexFormat.isHexDigit(text.charAt(at + 1))) {
            throw unknown(text.substring(at - 2));
        }
        return (char) HexFormat.fromHexDigits(text, at, at + 2);
    }

    private static IllegalArgumentException unknown(String rest) {
        return new IllegalArgumentException(
                "'" + rest + "' does not begin with a known escape: \\r \\n \\t \\0 \\\\ \\xHH");
    }

    /**
     * Returns a text from which {@link #read} returns these bytes; no blanks, no leading 0x, and no
     * comma or bar beside other characters, because they separate options and delimiters.
     */
    static String write(String bytes) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.length(); at++) {
            char value = bytes.charAt(at);
            int letter = BYTES.indexOf(value);
            if (letter >= 0) {
                text.append('\\').append(LETTERS.charAt(letter));
            } else if (value <= ' '
                    || value > '~'
                    || (at == 0 && bytes.startsWith("0x"))
                    || (bytes.length() > 1 && (value == ',' || value == '|'))) {
                text.append("\\x").append(HexFormat.of().toHexDigits((byte) value));
            } else {
                text.append(value);
            }
        }
        return text.toString();
    }
}
