package io.switchboard.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "truck-7",
                "two words, and more!",
                "grüß dich",
                "日本語",
                "ไทย",
                "\ud83d\ude9a",
                "C:\\users\\me",
                "\\",
                "\\u0041",
                "{1b}"
            })
    void returnsPrintableTextUnchanged(String text) {
        assertThat(Printable.of(text)).isSameAs(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0x00, 0", // C0
        "0x07, 7",
        "0x09, 9",
        "0x0a, a",
        "0x0d, d",
        "0x1b, 1b",
        "0x1f, 1f",
        "0x7f, 7f", // DEL
        "0x80, 80", // C1
        "0x85, 85",
        "0x9b, 9b",
        "0x9f, 9f",
        "0xad, ad", // soft hyphen
        "0x61c, 61c", // bidi controls
        "0x200e, 200e",
        "0x200f, 200f",
        "0x202a, 202a",
        "0x202e, 202e",
        "0x2066, 2066",
        "0x2069, 2069",
        "0x200b, 200b", // invisible
        "0xfeff, feff",
        "0xe0041, e0041",
        "0x2028, 2028", // line separators
        "0x2029, 2029",
        "0xd800, d800", // unpaired surrogates
        "0xdfff, dfff"
    })
    void escapesUnprintableCharacters(int point, String hex) {
        assertThat(Printable.of("a" + Character.toString(point) + "b"))
                .isEqualTo("a\\u{" + hex + "}b");
    }

    @Test
    void escapesTerminalSequences() {
        assertThat(Printable.of("\u001b]0;owned\u0007\u009b2J\r\n\u202egpj.exe"))
                .isEqualTo("\\u{1b}]0;owned\\u{7}\\u{9b}2J\\u{d}\\u{a}\\u{202e}gpj.exe");
    }

    /** Text from outside cannot imitate an escape. */
    @Test
    void escapesABackslashThatWouldBeginAnEscape() {
        assertThat(Printable.of("\\u{1b}")).isEqualTo("\\u{5c}u{1b}");
        assertThat(Printable.of("\\\u001b")).isEqualTo("\\\\u{1b}");
    }

    private static final Pattern ESCAPE = Pattern.compile("\\\\u\\{([0-9a-f]+)}");

    /** The result contains no control characters, and the original text can be restored from it. */
    @RepeatedTest(200)
    void everyTextBecomesPrintableAndCanBeRestored(RepetitionInfo repetition) {
        java.util.Random random = new java.util.Random(repetition.getCurrentRepetition());
        String odd = "\\u{}a1\u001b\u0085\u202e\u2028\ud800\udc00\u007fx";
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            text.append(
                    random.nextBoolean()
                            ? odd.charAt(random.nextInt(odd.length()))
                            : (char) random.nextInt(0x10000));
        }
        String printable = Printable.of(text.toString());
        assertThat(printable.chars().filter(Character::isISOControl)).isEmpty();
        assertThat(printable).doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");
        String back =
                ESCAPE.matcher(printable)
                        .replaceAll(
                                escape ->
                                        Matcher.quoteReplacement(
                                                Character.toString(
                                                        Integer.parseInt(escape.group(1), 16))));
        assertThat(back).isEqualTo(text.toString());
    }
}
