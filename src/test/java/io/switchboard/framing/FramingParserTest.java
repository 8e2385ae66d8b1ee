package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FramingParserTest {

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
    void canonicalNamesAreReturnedUnchanged(String word) {
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
    void otherSpellingsAreNormalised(String word, String canonical) {
        assertThat(Framing.of(word).word()).isEqualTo(canonical);
        assertThat(Framing.of(word)).isEqualTo(Framing.of(canonical));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "LINE", "lines", "mllp:", "nul:1", "stx-etx:crc", "octet_counted"})
    void theErrorForAnUnknownNameListsTheKnownOnes(String word) {
        assertThatThrownBy(() -> Framing.of(word))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "unknown framing '"
                                + word
                                + "': known are line, lf, crlf, delimiter:BYTES, nul, stx-etx,"
                                + " stx-etx:lrc, length:1|2|3|4|asciiN|hexN|bcdN|ascii|varint,"
                                + " mllp, mllp:lenient, fixed:N, octet-counted, json, raw and"
                                + " raw:GAP");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "raw:|'' is not a gap|raw:50ms",
                "raw:50|'50' is not a gap|raw:50ms",
                "raw:-1ms|'-1ms' is not a gap|raw:50ms",
                "raw:0ms|the gap is 0ms|1ms to 60s",
                "raw:61s|the gap is 61s|1ms to 60s",
                "delimiter|has 0 bytes|1 to 8, as in delimiter:; or",
                "delimiter:|has 0 bytes|1 to 8, as in delimiter:; or",
                "delimiter:0x|has 0 bytes|1 to 8, as in delimiter:; or",
                "delimiter:123456789|has 9 bytes|1 to 8, as in delimiter:; or",
                "delimiter:0x0|'0' after 0x|two hex digits per byte",
                "delimiter:0xZZ|'ZZ' after 0x|two hex digits per byte",
                "delimiter:§|'§' is not ASCII|in hex",
                "delimiter:a\\q|'\\q' does not begin with a known escape|\\r \\n \\t \\0 \\\\ \\xHH",
                "delimiter:a\\|'\\' does not begin with a known escape|\\r \\n \\t \\0 \\\\ \\xHH",
                "delimiter:\\x1|'\\x1' does not begin with a known escape|\\r \\n \\t \\0 \\\\ \\xHH",
                "delimiter:\\xg0|'\\xg0' does not begin with a known escape|\\r \\n \\t \\0 \\\\ \\xHH",
                "length|'' is not a width|1, 2, 3, 4, ascii1 to ascii9, hex1 to hex8, bcd1 to bcd4, ascii or varint",
                "length:5|'5' is not a width|1, 2, 3, 4, ascii1 to ascii9, hex1 to hex8, bcd1 to bcd4, ascii or varint",
                "length:ascii0|0 is out of range|asciiN takes 1 to 9",
                "length:ascii10|10 is out of range|asciiN takes 1 to 9",
                "length:ascii4,little|ASCII digits have no byte order|leave out big and little",
                "length:2,middle|unknown option 'middle'|big, little, inclusive, offset=N, adjust=N, mask=0x7fff, unit=N, escape=0x7d01>7d, start=0x68, keep and outside=deliver",
                "length:2,|unknown option ''|big, little, inclusive, offset=N",
                "length:2,big,little|'little' is one option too many|once",
                "length:2,offset=1,offset=2|'offset=2' is one option too many|once",
                "length:2,offset=x|'x' is not a number|offset=N takes 0 to 255",
                "length:2,offset=256|256 is out of range|offset=N takes 0 to 255",
                "length:ascii4,mask=0x0f|mask=0x0f is for lengths of 1 to 4 bytes|leave it out",
                "length:1,mask=0x1ff|mask=0x1ff is not a mask|0x1 to 0xff",
                "length:2,mask=7|mask=7 is not a mask|as in mask=0x7fff",
                "length:2,unit=0|0 is out of range|unit=N takes 1 to 65535",
                "length:2,adjust=x|'x' is not a number|adjust=N takes -65535 to 65535",
                "length:hex9|9 is out of range|hexN takes 1 to 8",
                "length:bcd5|5 is out of range|bcdN takes 1 to 4",
                "length:varint,little|no choice of byte order|leave out big and little",
                "delimiter:a,b|unknown option 'b'|a comma in a delimiter or start is written \\x2c",
                "delimiter:a,adjust=-1|'-1' is not a number|adjust=N takes 0 to 255",
                "delimiter:a,escape=7d>7e|'7d>7e' is not an escape|as in escape=0x7d01>7d",
                "delimiter:a,escape=0x7d>zz|'0x7d>zz' is not an escape|as in escape=0x7d01>7d",
                "delimiter:a,escape=0x7d^2020|'0x7d^2020' is not an escape|as in escape=0x7d^20",
                "line,escape=0x7d^20|unknown option 'escape=0x7d^20'|start=0x68, keep and outside=deliver",
                "line,start=|start has 0 bytes|1 to 16, as in start=$$",
                "line,start=0x7|'7' after start=0x is not two hex digits or ?|start=0x3?",
                "line,start=12345678901234567|start has 17 bytes|1 to 16",
                "line,keep,keep|'keep' is one option too many|once",
                "line,outside=drop|outside=drop is unknown|outside=deliver",
                "json,outside=|outside= is unknown|outside=deliver",
                "length:2,mask=|mask= is not a mask|mask=0x7fff",
                "line,outside=deliver|takes every byte|needs a start, as in start=0x02",
                "fixed:1,start=ab|start 0x6162 has 2 bytes, more than a frame|fixed:1",
                "stx-etx,start=A|start 0x41 is not the beginning of a frame|0x02",
                "json,start=[|start 0x5b is not the beginning of a frame|0x7b",
                "raw,keep|raw has no frames and takes no options|leave out 'keep'",
                "stx-etx or raw|raw has no frames, so it cannot be an alternative|outside=deliver",
                "line or length:2|'line' takes every message, so that 'length:2' after it takes none|put it last",
                "fixed:1,start=a or fixed:0|'fixed:0': 0 is out of range|fixed:N takes 1",
                "fixed|'' is not a number|fixed:N takes 1 to 67108864",
                "fixed:-1|'-1' is not a number|fixed:N takes 1 to 67108864",
                "fixed:٣|'٣' is not a number|fixed:N takes 1 to 67108864",
                "fixed:0|0 is out of range|fixed:N takes 1 to 67108864",
                "fixed:67108865|67108865 is out of range|fixed:N takes 1 to 67108864",
                "fixed:9999999999|'9999999999' is not a number|fixed:N takes 1 to 67108864",
            })
    void theErrorForABadValueNamesItAndTheValidValues(String word, String wrong, String right) {
        assertThatThrownBy(() -> Framing.of(word))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("framing '" + word + "': ")
                .hasMessageContaining(wrong)
                .hasMessageContaining(right);
    }

    @Test
    void aBarSeparatesDelimitersUnlessItIsTheOnlyCharacter() {
        assertThat(Framing.of("delimiter:|")).isEqualTo(new DelimitedFraming("|"));
        assertThat(Framing.of("delimiter:\\x7c").word()).isEqualTo("delimiter:|");
        assertThat(Framing.of("delimiter:\\x7ca").word()).isEqualTo("delimiter:\\x7ca");
        assertThat(Framing.of("delimiter:\\x2ca").word()).isEqualTo("delimiter:\\x2ca");
        assertThatThrownBy(() -> Framing.of("delimiter:||"))
                .hasMessageContaining("the delimiter has 0 bytes")
                .hasMessageContaining("in one it is written \\x7c");
        assertThatThrownBy(() -> Framing.of("delimiter:1|2|3|4|5|6|7|8|9"))
                .hasMessageContaining("it has 9 delimiters: it takes 1 to 8");
    }

    /** It is shown in /peers and /listeners. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "mllp:lenient",
                "json",
                "length:3",
                "length:2,offset=2,adjust=+2,little",
                "length:varint,keep",
                "delimiter:,,keep",
                "delimiter:|,keep",
                "delimiter:#|0x0d0A,adjust=1",
                "fixed:1,start=0xff or length:4,offset=4,adjust=4,start=0x00000000 or length:2",
                "stx-etx,outside=deliver"
            })
    void theOtherFramingsAreShownAsTheyWereWritten(String word) {
        assertThat(Framing.of(word).word()).isEqualTo(word);
        assertThat(Framing.of(word)).isEqualTo(Framing.of(word));
    }

    /** The framing of a message is looked up for each message that is sent. */
    @ParameterizedTest
    @ValueSource(strings = {"line", "lf", "crlf", "raw", "nul", "stx-etx", "stx-etx:lrc", "mllp"})
    void namesWithoutAValueReturnConstants(String word) {
        assertThat(Framing.of(word)).isSameAs(Framing.of(word));
    }

    /** Each alternative and each delimiter takes a hundred times the memory of its text. */
    @Test
    void refusesALongTextBeforeItIsParsed() {
        String detail = " characters: it takes 16384 at most";
        assertThatThrownBy(() -> Framing.of("nul or ".repeat(100_000) + "nul"))
                .hasMessageEndingWith("' has 700003" + detail)
                .hasMessageNotContaining("nul or ".repeat(20));
        assertThatThrownBy(() -> Framing.of("delimiter:" + "a|".repeat(100_000) + "a"))
                .hasMessageEndingWith(detail);
        assertThatThrownBy(() -> Framing.of("nul or ".repeat(16) + "no framing"))
                .hasMessageEndingWith("it has 17 alternatives: it takes 1 to 16");
    }

    @Test
    void everyByteCanBeADelimiter() {
        for (int value = 0; value < 256; value++) {
            Framing framing = Framing.of("delimiter:0x%02x".formatted(value));
            assertThat(framing).isEqualTo(new DelimitedFraming(String.valueOf((char) value)));
            assertThat(Framing.of(framing.word())).isEqualTo(framing);
            assertThat(framing.word()).matches("[!-~]+");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "line                                  | LOGIN | true",
                "lf                                    | LOGIN | true",
                "crlf                                  | LOGIN | true",
                "nul                                   | LOGIN | true",
                "delimiter:;                           | LOGIN | true",
                "delimiter:#,keep                      | LOGIN | true",
                "line,keep                             | LOGIN | true",
                "delimiter:#,start=$                   | $OGIN | false",
                "line,start=L                          | LOGIN | false",
                "delimiter:#,adjust=2                  | LOGIN | false",
                "delimiter:#,escape=0x7d^20            | LOGIN | false",
                "delimiter:#,start=#                   | #OGIN | false",
                "length:2                              | LOGIN | false",
                "fixed:8                               | LOGIN | false",
                "octet-counted                         | 12 LO | false",
                "raw                                   | LOGIN | false",
                "fixed:8,start=0x4c or line            | LOGIN | false",
                "fixed:8,start=0x24 or line            | LOGIN | true",
                "fixed:8,start=0x24 or lf,start=0x4c4f | L     | false"
            })
    void deliversAnUnfinishedFrameIfItIsTextWithoutItsEnd(
            String word, String text, boolean delivers) {
        byte[] bytes = text.getBytes(UTF_8);
        assertThat(Framing.of(word).deliversUnfinished(bytes, bytes.length)).isEqualTo(delivers);
    }
}
