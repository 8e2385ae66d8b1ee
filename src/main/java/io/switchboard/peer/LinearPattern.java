package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.Charset;
import java.util.ArrayDeque;
import java.util.Deque;
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

    /** RE2/J takes a time that is quadratic in the number of parentheses. */
    private static final int MAX_LENGTH = 4_096;

    private static final int SHOWN = 64;
    private static final long MAX_SIZE = 100_000;
    private static final Pattern COUNT = Pattern.compile("\\{(\\d{1,4})(?:,(\\d{1,4})?)?\\}");

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
        if (expression.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "'%s...' is no valid pattern: it has %d characters, and %d are the maximum"
                            .formatted(
                                    expression.substring(0, SHOWN),
                                    expression.length(),
                                    MAX_LENGTH));
        }
        if (size(expression) > MAX_SIZE) {
            throw new IllegalArgumentException(
                    "'%s' is no valid pattern: its repeat counts stand for more than %d parts: lower them, or write + or * instead"
                            .formatted(expression, MAX_SIZE));
        }
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

    /**
     * Returns about how many parts the expression has when its repeat counts are written out, such
     * as 10,000 for {@code ((a{100})){100}}. RE2/J does so before it tells the size.
     */
    private static long size(String expression) {
        Deque<Long> outer = new ArrayDeque<>();
        Matcher count = COUNT.matcher(expression);
        long size = 0; // of the current group
        long last = 1; // of the part that a count repeats
        for (int at = 0; at < expression.length(); at++) {
            char next = expression.charAt(at);
            if (next == '\\' || next == '[') {
                at = next == '[' ? endOfClass(expression, at) : endOfEscape(expression, at);
                size++;
                last = 1;
            } else if (next == '(') {
                outer.push(size);
                size = 0;
            } else if (next == ')') {
                last = size;
                size += outer.isEmpty() ? 0 : outer.pop();
            } else if (next == '{' && count.find(at) && count.start() == at) {
                String most = count.group(2) == null ? count.group(1) : count.group(2);
                long times = Math.max(1, Integer.parseInt(most));
                size = Math.min(MAX_SIZE + 1, size + last * (times - 1));
                last = Math.min(MAX_SIZE + 1, last * times);
                at = count.end() - 1;
            } else {
                size++;
                last = 1;
            }
        }
        return size;
    }

    /** Returns the offset of the last character of an escape, or of a quotation. */
    private static int endOfEscape(String expression, int at) {
        if (!expression.startsWith("\\Q", at)) {
            return at + 1;
        }
        int end = expression.indexOf("\\E", at);
        return end < 0 ? expression.length() : end + 1;
    }

    /** Returns the offset of the bracket that ends a character class. */
    private static int endOfClass(String expression, int start) {
        int at = start + 1;
        at += expression.startsWith("^", at) ? 1 : 0;
        at += expression.startsWith("]", at) ? 1 : 0; // the first one is a member
        while (at < expression.length() && expression.charAt(at) != ']') {
            int named = expression.startsWith("[:", at) ? expression.indexOf(":]", at) : -1;
            if (named > 0) {
                at = named + 2;
            } else {
                at += expression.charAt(at) == '\\' ? 2 : 1;
            }
        }
        return at;
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
