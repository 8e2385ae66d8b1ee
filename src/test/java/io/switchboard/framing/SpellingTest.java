package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpellingTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "line",
                "lf",
                "crlf",
                "raw",
                "raw:50ms",
                "raw:2s",
                "nul",
                "delimiter:;",
                "delimiter:,",
                "delimiter::",
                "delimiter:\\r",
                "delimiter:\\r\\n",
                "delimiter:\\t\\\\",
                "delimiter:\\x1e",
                "delimiter:\\x30x",
                "delimiter:END",
                "stx-etx",
                "stx-etx:lrc",
                "length:1",
                "length:2",
                "length:4,little",
                "length:4,little,inclusive,offset=12",
                "length:ascii4",
                "length:ascii9,inclusive,offset=255",
                "mllp",
                "fixed:1",
                "fixed:67108864",
                "octet-counted"
            })
    void canonicalWordsAreGivenBack(String word) {
        assertThat(Framing.of(word).word()).isEqualTo(word);
    }

    @ParameterizedTest
    @CsvSource({
        "raw:1000ms, raw:1s",
        "raw:0050ms, raw:50ms",
        "raw:60s, raw:60s",
        "raw:60000ms, raw:60s",
        "delimiter:\\0, nul",
        "delimiter:0x00, nul",
        "delimiter:0x0d0A, delimiter:\\r\\n",
        "delimiter:0x20, delimiter:\\x20",
        "delimiter:0x3078, delimiter:\\x30x",
        "delimiter:\\xFF, delimiter:\\xff",
        "'length:2,big', length:2",
        "'length:2,offset=0', length:2",
        "'length:2,offset=3,inclusive,little', 'length:2,little,inclusive,offset=3'",
        "length:ascii04, length:ascii4",
        "fixed:008, fixed:8"
    })
    void otherSpellingsMeanTheSame(String word, String canonical) {
        assertThat(Framing.of(word).word()).isEqualTo(canonical);
        assertThat(Framing.of(word)).isEqualTo(Framing.of(canonical));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "LINE", "lines", "mllp:", "nul:1", "stx-etx:crc", "octet_counted"})
    void anUnknownWordIsAnsweredWithTheKnownOnes(String word) {
        assertThatThrownBy(() -> Framing.of(word))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "unknown framing '"
                                + word
                                + "': known are line, lf, crlf, delimiter:BYTES, nul, stx-etx,"
                                + " stx-etx:lrc, length:1|2|4|asciiN, mllp, fixed:N, octet-counted,"
                                + " raw and raw:GAP");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "raw:|'' is no gap|raw:50ms",
                "raw:50|'50' is no gap|raw:50ms",
                "raw:-1ms|'-1ms' is no gap|raw:50ms",
                "raw:0ms|the gap is 0ms|1ms to 60s",
                "raw:61s|the gap is 61s|1ms to 60s",
                "delimiter|has 0 bytes|1 to 8, as in delimiter:; or",
                "delimiter:|has 0 bytes|1 to 8, as in delimiter:; or",
                "delimiter:0x|has 0 bytes|1 to 8, as in delimiter:; or",
                "delimiter:123456789|has 9 bytes|1 to 8, as in delimiter:; or",
                "delimiter:0x0|'0' behind 0x|two hex digits a byte",
                "delimiter:0xZZ|'ZZ' behind 0x|two hex digits a byte",
                "delimiter:§|'§' is not ASCII|in hex",
                "delimiter:a\\q|'\\q' begins with no escape|\\r \\n \\t \\0 \\\\ \\xHH",
                "delimiter:a\\|'\\' begins with no escape|\\r \\n \\t \\0 \\\\ \\xHH",
                "delimiter:\\x1|'\\x1' begins with no escape|\\r \\n \\t \\0 \\\\ \\xHH",
                "delimiter:\\xg0|'\\xg0' begins with no escape|\\r \\n \\t \\0 \\\\ \\xHH",
                "length|'' is no width|1, 2, 4 or ascii1 to ascii9",
                "length:3|'3' is no width|1, 2, 4 or ascii1 to ascii9",
                "length:ascii|'' is no such number|asciiN takes 1 to 9",
                "length:ascii0|it is 0|asciiN takes 1 to 9",
                "length:ascii10|it is 10|asciiN takes 1 to 9",
                "length:ascii4,little|digits|leave out big and little",
                "length:2,middle|unknown option 'middle'|big, little, inclusive and offset=N",
                "length:2,|unknown option ''|big, little, inclusive and offset=N",
                "length:2,big,little|'little' is one option too many|once",
                "length:2,offset=1,offset=2|'offset=2' is one option too many|once",
                "length:2,offset=x|'x' is no such number|offset=N takes 0 to 255",
                "length:2,offset=256|it is 256|offset=N takes 0 to 255",
                "fixed|'' is no such number|fixed:N takes 1 to 67108864",
                "fixed:-1|'-1' is no such number|fixed:N takes 1 to 67108864",
                "fixed:٣|'٣' is no such number|fixed:N takes 1 to 67108864",
                "fixed:0|it is 0|fixed:N takes 1 to 67108864",
                "fixed:67108865|it is 67108865|fixed:N takes 1 to 67108864",
                "fixed:9999999999|'9999999999' is no such number|fixed:N takes 1 to 67108864",
            })
    void aBadValueIsNamedWithWhatWouldBeRight(String word, String wrong, String right) {
        assertThatThrownBy(() -> Framing.of(word))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("framing '" + word + "': ")
                .hasMessageContaining(wrong)
                .hasMessageContaining(right);
    }

    /** They are looked up for every message that is sent. */
    @ParameterizedTest
    @ValueSource(strings = {"line", "lf", "crlf", "raw", "nul", "stx-etx", "stx-etx:lrc", "mllp"})
    void wordsWithoutAValueAreConstants(String word) {
        assertThat(Framing.of(word)).isSameAs(Framing.of(word));
    }

    @Test
    void everyByteCanBeADelimiter() {
        for (int value = 0; value < 256; value++) {
            Framing framing = Framing.of("delimiter:0x%02x".formatted(value));
            assertThat(framing).isEqualTo(new Delimited(String.valueOf((char) value)));
            assertThat(Framing.of(framing.word())).isEqualTo(framing);
            assertThat(framing.word()).matches("[!-~]+");
        }
    }
}
