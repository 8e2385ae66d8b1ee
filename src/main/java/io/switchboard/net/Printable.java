package io.switchboard.net;

/**
 * Makes untrusted text safe to show in a terminal or a log. Each character that controls a
 * terminal, ends a line, changes the writing direction or is invisible is replaced by an escape
 * such as <code>&#92;u{1b}</code>, which contains its code point in hex.
 *
 * <p>The escaped characters are those of the Unicode categories Cc (C0, DEL, C1), Cf (bidi
 * controls, joiners, tags), Zl and Zp, and unpaired surrogates. A backslash that is followed by
 * <code>u{</code> is escaped too, so that text from outside cannot imitate an escape.
 */
public final class Printable {
    private static final int HEX = 16;

    private Printable() {}

    /** Returns the text with escapes, or the same object if it contains nothing to escape. */
    public static String of(String text) {
        int at = 0;
        while (at < text.length() && !needsEscape(text, at)) {
            at += Character.charCount(text.codePointAt(at));
        }
        return at == text.length() ? text : escape(text, at);
    }

    private static String escape(String text, int from) {
        StringBuilder out = new StringBuilder(text.length() + HEX).append(text, 0, from);
        int point;
        for (int at = from; at < text.length(); at += Character.charCount(point)) {
            point = text.codePointAt(at);
            if (needsEscape(text, at)) {
                out.append("\\u{").append(Integer.toString(point, HEX)).append('}');
            } else {
                out.appendCodePoint(point);
            }
        }
        return out.toString();
    }

    private static boolean needsEscape(String text, int at) {
        int point = text.codePointAt(at);
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    true;
            default -> point == '\\' && text.startsWith("u{", at + 1);
        };
    }
}
