package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.Charset;
import java.util.Map;

/**
 * A regular expression of the configuration, which is matched with what peers send. RE2/J matches
 * it in a time that is linear in the length of the input. An engine that backtracks, such as
 * java.util.regex, can take minutes for a frame of 1,000 bytes, and an event loop with all its
 * peers would wait for it.
 *
 * <p>A frame is decoded in a {@link View} and not matched as UTF-8: for that, RE2/J 1.8 matches
 * {@code ^} after each character that is not ASCII, and takes an invalid byte for the end. Decoding
 * costs less than 0.1 µs. Thread-safe.
 */
public final class LinearPattern {
    /**
     * The maximum number of instructions of a compiled pattern. RE2/J takes up to 10 ns for each of
     * them and each character, and its stack is as deep as there are instructions.
     */
    private static final int MAX_INSTRUCTIONS = 1_000;

    private static final String DIALECT =
            "Patterns are RE2/J: https://github.com/google/re2/wiki/Syntax has its syntax";

    /** What RE2/J does not have and what to write instead, by the form of the refused part. */
    private static final Map<String, String> UNSUPPORTED =
            Map.of(
                    "\\(\\?[=!].*", "look-ahead: match what follows the group outside of it",
                    "\\(\\?<[=!].*", "look-behind: match what precedes the group outside of it",
                    "\\(\\?>.*", "atomic groups: write (?:...), because RE2/J does not backtrack",
                    "[^(].*\\+",
                            "possessive quantifiers: leave out the last +, because RE2/J does not backtrack",
                    "\\\\[1-9k]", "back-references");

    private final Pattern pattern;
    private final View view;
    private final Charset charset;

    private LinearPattern(Pattern pattern, View view, Charset charset) {
        this.pattern = pattern;
        this.view = view;
        this.charset = charset;
    }

    /**
     * Compiles an expression. Spring converts the values of properties with this method.
     *
     * @throws IllegalArgumentException if RE2/J cannot compile it; the message has the expression,
     *     the refused part and the reason
     */
    public static LinearPattern of(String expression) {
        Pattern pattern;
        try {
            pattern = Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "'%s' is no valid pattern: %s. %s".formatted(expression, reason(e), DIALECT),
                    e);
        }
        if (pattern.programSize() > MAX_INSTRUCTIONS) {
            throw new IllegalArgumentException(
                    "'%s' is no valid pattern: it compiles to %d instructions, and %d are the maximum: lower its repeat counts, or write + or * instead"
                            .formatted(expression, pattern.programSize(), MAX_INSTRUCTIONS));
        }
        return new LinearPattern(pattern, View.TEXT, UTF_8);
    }

    private static String reason(PatternSyntaxException e) {
        String part = e.getPattern();
        return UNSUPPORTED.entrySet().stream()
                .filter(each -> Pattern.compile(each.getKey(), Pattern.DOTALL).matches(part))
                .findAny()
                .map(each -> "'%s' is refused: RE2/J has no %s".formatted(part, each.getValue()))
                .orElse("%s, at '%s'".formatted(e.getDescription(), part));
    }

    /** Returns whether there is a capturing group with this name. */
    public boolean hasGroup(String name) {
        return pattern.namedGroups().containsKey(name);
    }

    /** Returns the number of capturing groups. */
    public int groups() {
        return pattern.groupCount();
    }

    /**
     * Returns the same pattern for frames in this view, whose text has this charset; without this
     * call, the view is the text in UTF-8.
     */
    public LinearPattern in(View other, Charset text) {
        return new LinearPattern(pattern, other, text);
    }

    /** Returns a matcher of the beginning of a frame. */
    public Matcher matcher(byte[] frame) {
        return pattern.matcher(view.of(frame, charset));
    }

    /** Returns whether the whole text matches. */
    boolean matches(String text) {
        return pattern.matcher(text).matches();
    }

    /** Returns the expression. */
    @Override
    public String toString() {
        return pattern.pattern();
    }
}
