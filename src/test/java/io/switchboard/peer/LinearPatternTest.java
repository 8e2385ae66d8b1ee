package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.google.re2j.Matcher;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class LinearPatternTest {
    private static final HexFormat HEX = HexFormat.of();

    /** Returns the first group; null if the frame does not match. */
    private static @Nullable String find(String pattern, String frame) {
        Matcher matcher = LinearPattern.of(pattern).matcher(frame.getBytes(UTF_8));
        return matcher.find() ? matcher.group(1) : null;
    }

    /** RE2/J would write out 100,000,000 repetitions before their number is known. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "((((a{100}){100}){100}){100})",
                "(x|(?:(a{1000}b){1000}){1000})*",
                "((a{2,100}){50}){30,}",
                "(((a{100}[(]){100}[^](]){100}[[:alpha:](])",
                "(((a{100}\\(){100}\\Q(()\\E){100})"
            })
    void refusesNestedRepeatCountsBeforeTheyAreCompiled(String pattern) {
        assertThatThrownBy(() -> LinearPattern.of(pattern))
                .hasMessageContaining("its repeat counts stand for more than 100000 parts");
    }

    /** RE2/J copies the rest of the pattern at each parenthesis. */
    @Test
    void refusesALongPattern() {
        assertThatThrownBy(() -> LinearPattern.of("(".repeat(400_000) + ")".repeat(400_000)))
                .hasMessageEndingWith("it has 800000 characters, and 4096 are the maximum");
        assertThat(LinearPattern.of("(\\d{3}-){5}[a-z]{100}(\\w{30}){4}").groups()).isEqualTo(2);
        assertThat(LinearPattern.of("([){999][\\]{9}]{99}\\Q{999}){999}\\E)").groups())
                .isEqualTo(1);
    }

    /** The examples of the documents. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    ^(?<name>\\d{15})  | 356938035643809,51.5 | 356938035643809
                    ^(?<name>\\d{15})  | 35693803564380       |
                    ^(?P<name>\\d{15}) | 356938035643809      | 356938035643809
                    ^#(\\d+)           | #17 21.5             | 17
                    ^#(\\d+)           | 21.5 #17             |
                    "#(\\d+)"          | 21.5 #17             | 17
                    (truck-\\d+)       | I am truck-7.        | truck-7
                    """)
    void findsItsFirstGroup(String pattern, String frame, @Nullable String group) {
        assertThat(find(pattern, frame)).isEqualTo(group);
    }

    @Test
    void prefersTheFirstAlternativeAndTheLongestRepetitionAsPerlDoes() {
        assertThat(find("(a|ab)(?:c|bcd)", "abcd")).isEqualTo("a");
        assertThat(find("(a+?)a*", "aaa")).isEqualTo("a");
        assertThat(find("x(a+)", "xaaa")).isEqualTo("aaa");
    }

    @Test
    void matchesANameAsAWhole() {
        LinearPattern trucks = LinearPattern.of("truck-\\d+");
        assertThat(trucks.matches("truck-17")).isTrue();
        assertThat(trucks.matches("truck-17a")).isFalse();
        assertThat(trucks.matches("a truck-17")).isFalse();
        assertThat(LinearPattern.of("a|ab").matches("ab")).isTrue();
    }

    @Test
    void decodesTheFrameAsUtf8() {
        assertThat(find("^(.)é", "äé")).isEqualTo("ä");
        assertThat(find("(\\p{Lu})", "äÖ")).isEqualTo("Ö");
        assertThat(find("(\\x{1F600})", "a😀")).isEqualTo("😀");
        assertThat(find("(\\w+)", "é1ä")).as("ASCII, as in java.util.regex").isEqualTo("1");
        assertThat(find("(?:^|,)id=(\\d+)", "éid=5")).as("^ is the beginning only").isNull();
        Matcher invalid = LinearPattern.of("^(.+)$").matcher(new byte[] {'a', (byte) 0xff});
        assertThat(invalid.find()).isTrue();
        assertThat(invalid.group(1)).isEqualTo("a\udcff");
    }

    @ParameterizedTest
    @CsvSource({
        "TEXT,  616263,   ^(a),           a",
        "BYTES, ff0041,   ^(\\xff)\\x00A, ÿ",
        "BYTES, c3a4,     ^(..)$,         Ã¤",
        "HEX,   78780dff, ^7878(0dff)$,   0dff",
    })
    void searchesTheFrameInItsView(View view, String frame, String pattern, String group) {
        Matcher matcher = LinearPattern.of(pattern).in(view, UTF_8).matcher(HEX.parseHex(frame));
        assertThat(matcher.find()).isTrue();
        assertThat(matcher.group(1)).isEqualTo(group);
    }

    /** Keys are texts, so two questions with different bytes must not have the same text. */
    @ParameterizedTest
    @EnumSource(View.class)
    void differentBytesAreDifferentTexts(View view) {
        Map<String, String> frames = new HashMap<>();
        byte[] significant = {
            'a',
            (byte) 0x80,
            (byte) 0x9f,
            (byte) 0xc2,
            (byte) 0xed,
            (byte) 0xef,
            (byte) 0xbf,
            (byte) 0xbd,
            (byte) 0xf0,
            (byte) 0xff
        };
        for (int number = 0; number < 10_000; number++) {
            int rest = number;
            byte[] frame = new byte[4];
            for (int at = 0; at < frame.length; at++) {
                frame[at] = significant[rest % significant.length];
                rest /= significant.length;
            }
            String hex = HEX.formatHex(frame);
            assertThat(frames.put(view.of(frame, UTF_8), hex)).as(hex).isNull();
        }
    }

    @Test
    void searchesTheSameNumberOfCharactersInEveryView() {
        byte[] frame = new byte[2_000];
        assertThat(Arrays.stream(View.values()).map(view -> view.of(frame, UTF_8).length()))
                .containsOnly(1_024);
    }

    /** The differences that the changelog lists. */
    @Test
    void differsFromJavaUtilRegex() {
        assertThat(find("^(.+)$", "a\r")).isEqualTo("a\r");
        assertThat(find("^(\\d+)$", "12\n")).isNull();
        assertThat(find("^(\\d+)\\r?\\n?$", "12\r\n")).isEqualTo("12");
        assertThat(find("(?m)^(b)", "a\rb")).isNull();
        assertThat(find("(?m)^(b)", "a\nb")).isEqualTo("b");
        assertThat(find("(\\s)", "\u000b")).isNull();
        assertThat(find("(\\v)", "\n")).isNull();
        assertThat(find("(?i)(é)", "É")).isEqualTo("É");
        assertThat(find("([a-c&&b])", "a")).isEqualTo("a");
        assertThat(find("(?U)(a+)", "aa")).isEqualTo("a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    (?=a)(?<name>b)          | '(?=' is refused: RE2/J has no look-ahead
                    x(?!a)(?<name>b)         | '(?!' is refused: RE2/J has no look-ahead
                    (?<=a)(?<name>b)         | '(?<=a)(?<name>' is refused: RE2/J has no look-behind
                    (?<!a)b                  | '(?<!a)b' is refused: RE2/J has no look-behind
                    (?>a+)(?<name>b)         | '(?>' is refused: RE2/J has no atomic groups
                    (?<name>a++)b            | '++' is refused: RE2/J has no possessive quantifiers
                    (?<name>a*+)b            | '*+' is refused: RE2/J has no possessive quantifiers
                    (?<name>a?+)b            | '?+' is refused: RE2/J has no possessive quantifiers
                    (?<name>a{2}+)b          | '{2}+' is refused: RE2/J has no possessive quantifiers
                    (?<name>a)\\1            | '\\1' is refused: RE2/J has no back-references
                    (?<name>a)\\k<name>      | '\\k' is refused: RE2/J has no back-references
                    (?<name>\\h)             | invalid escape sequence, at '\\h'
                    (?<name>\\p{Alpha})      | invalid character class range, at '\\p{Alpha}'
                    (?<name>a                | missing closing ), at '(?<name>a'
                    (?<name>a)(?<name>b)     | duplicate capture group name, at 'name'
                    (?<name>a{1001})         | invalid repeat count, at '{1001}'
                    +                        | missing argument to repetition operator, at '+'
                    """)
    void refusesWhatRe2JCannotMatch(String pattern, String reason) {
        assertThatThrownBy(() -> LinearPattern.of(pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + pattern + "' is no valid pattern: " + reason)
                .hasMessageContaining("Patterns are RE2/J: ");
    }

    @Test
    void refusesAPatternThatTakesLongForEachCharacter() {
        assertThat(find("(a{0,400})", "aa")).isEqualTo("aa");
        assertThatThrownBy(() -> LinearPattern.of("(?:a{30}){40}"))
                .hasMessageContaining("it compiles to 1202 instructions, and 1000 are the maximum");
    }

    /** java.util.regex takes minutes for the last of these, with a frame of 1,016 bytes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "^(?:a|aa)+(?<name>b)$",
                "^(?:a+)+(?<name>b)$",
                "^(?:a*)*(?<name>b)$",
                "^(?:a?){450}(?<name>b)$",
                "(?:.*a){12}(?<name>b)"
            })
    void noFrameTakesLong(String pattern) {
        byte[] frame = "a".repeat(1_016).getBytes(UTF_8);
        LinearPattern compiled = LinearPattern.of(pattern);
        assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> {
                    for (int each = 0; each < 10; each++) {
                        assertThat(compiled.matcher(frame).find()).isFalse();
                    }
                });
    }

    @Test
    void theErrorAboutAGroupGivesKeyAndPattern() {
        Binder binder =
                new Binder(
                        new MapConfigurationPropertySource(
                                Map.of("switchboard.groups.trucks", "(?!x)truck-\\d+")));
        assertThatThrownBy(() -> binder.bindOrCreate("switchboard", GroupProperties.class))
                .hasStackTraceContaining("switchboard.groups.trucks")
                .hasStackTraceContaining("'(?!x)truck-\\d+' is no valid pattern: '(?!' is refused");
    }
}
