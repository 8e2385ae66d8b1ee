package io.switchboard.peer;

/**
 * Text from outside, as a terminal or a log may show it: each character that drives a terminal,
 * ends a line, turns the direction of writing or cannot be seen is spelled as <code>&#92;u{1b}
 * </code>, its code point in hex.
 *
 * <p>Those are the Unicode categories Cc (C0, DEL, C1), Cf (bidi controls, joiners, tags), Zl and
 * Zp, and halves of surrogate pairs. A backslash that would begin such a spelling is spelled too,
 * so that nobody can write what looks like one.
 */
public final class Printable {
    private static final int HEX = 16;

    private Printable() {}

    /** The text itself where nothing in it has to be spelled. */
    public static String of(String text) {
        int at = 0;
        while (at < text.length() && !isSpelled(text, at)) {
            at += Character.charCount(text.codePointAt(at));
        }
        return at == text.length() ? text : spell(text, at);
    }

    private static String spell(String text, int from) {
        StringBuilder out = new StringBuilder(text.length() + HEX).append(text, 0, from);
        int point;
        for (int at = from; at < text.length(); at += Character.charCount(point)) {
            point = text.codePointAt(at);
            if (isSpelled(text, at)) {
                out.append("\\u{").append(Integer.toString(point, HEX)).append('}');
            } else {
                out.appendCodePoint(point);
            }
        }
        return out.toString();
    }

    private static boolean isSpelled(String text, int at) {
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
