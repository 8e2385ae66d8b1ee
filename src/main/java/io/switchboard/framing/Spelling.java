package io.switchboard.framing;

import java.util.function.Function;

/** Reads the words of framings that take a value. */
final class Spelling {
    private static final String KNOWN =
            "line, lf, crlf, delimiter:BYTES, nul, stx-etx, stx-etx:lrc, length:1|2|4|asciiN, mllp,"
                    + " fixed:N, octet-counted, raw and raw:GAP";

    private Spelling() {}

    static Framing parse(String word) {
        int colon = word.indexOf(':');
        String name = colon < 0 ? word : word.substring(0, colon);
        String value = colon < 0 ? "" : word.substring(colon + 1);
        Function<String, Framing> form =
                switch (name) {
                    case "delimiter" -> Delimited::parse;
                    case "length" -> LengthPrefixed::parse;
                    case "fixed" -> Fixed::parse;
                    case "raw" -> Raw::parse;
                    default ->
                            throw new IllegalArgumentException(
                                    "unknown framing '" + word + "': known are " + KNOWN);
                };
        try {
            return form.apply(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("framing '" + word + "': " + e.getMessage(), e);
        }
    }

    /** Reads an unsigned number; {@code what} names it in the error. */
    static int number(String what, String text, int least, int most) {
        String range = what + " takes " + least + " to " + most;
        boolean digits = text.chars().allMatch(character -> character >= '0' && character <= '9');
        if (text.isEmpty() || text.length() > 9 || !digits) {
            throw new IllegalArgumentException("'" + text + "' is no such number, " + range);
        }
        int number = Integer.parseInt(text);
        if (number < least || number > most) {
            throw new IllegalArgumentException("it is " + text + ", and " + range);
        }
        return number;
    }
}
