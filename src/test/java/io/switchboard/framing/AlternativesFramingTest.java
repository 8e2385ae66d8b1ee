package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlternativesFramingTest {

    @Test
    void theFirstAlternativeWhoseStartMatchesTakesTheMessage() {
        TextFraming teltonika =
                TextFraming.of(
                        "fixed:1,start=0xff or length:4,offset=4,adjust=4,start=0x00000000 or"
                                + " length:2");
        assertThat(teltonika.decode("\0\3IME\u00ff\0\0\0\0\0\0\0\2ab1234\u00ff"))
                .containsExactly("IME", "\u00ff", "\0\0\0\0ab1234", "\u00ff");
    }

    @Test
    void bytesThatMayBecomeAStartWait() {
        FrameCollector collected =
                new FrameCollector(Framing.of("fixed:3,start=AT+ or line")).read("AT");
        assertThat(collected.frames()).isEmpty();
        assertThat(collected.unfinished()).isEqualTo(2);
        assertThat(collected.read("x\n").texts()).containsExactly("ATx");
    }

    @Test
    void skipsAndCountsNoiseOnce() {
        byte[] bytes = "\r\n*a#\r\n*b".getBytes(ISO_8859_1);
        FrameScan scan = new FrameScan(100);
        Framing framing = Framing.of("delimiter:#,start=*");
        assertThat(framing.scan(scan, bytes, 0, bytes.length, 0)).isTrue();
        assertThat(framing.scan(scan, bytes, scan.next(), bytes.length, scan.next())).isFalse();
        assertThat(framing.scan(scan, bytes, scan.keep(), bytes.length, scan.resume())).isFalse();
        assertThat(scan.noise()).isEqualTo(4);
        assertThat(scan.keep()).isEqualTo(7);
    }

    /** A start with any digits does not permit a frame without its mark. */
    @Test
    void aFrameWithAMarkBeginsWithIt() {
        FrameCollector collected = new FrameCollector(Framing.of("stx-etx,start=0x0??4"));
        assertThat(collected.read("\0tx\2a\3\2ta\3").texts()).containsExactly("ta");
        assertThat(collected.unfinished()).isZero();
    }

    @Test
    void deliversBytesOutsideOfFramesAsMessages() {
        Framing astm = Framing.of("stx-etx,outside=deliver");
        FrameCollector collected = new FrameCollector(astm);
        assertThat(collected.read("\5").texts()).containsExactly("\5");
        assertThat(collected.read("\2a").texts()).containsExactly("\5");
        assertThat(collected.read("b\3\r\n\2c\3\4").texts())
                .containsExactly("\5", "ab", "\r\n", "c", "\4");
        assertThat(new FrameCollector(astm, 3).read("1234567\2a\3").texts())
                .containsExactly("123", "456", "7", "a");
    }

    @Test
    void anEmptyFrameBetweenMarksDoesNotCount() {
        TextFraming framing = TextFraming.of("delimiter:~,start=~");
        assertThat(framing.decode("?~~a~~b~~~~")).containsExactly("a", "b");
        assertThat(framing.encode("a")).isEqualTo("~a~");
        assertThat(framing.objection(""))
                .isEqualTo("the payload is empty, and empty frames are skipped");
        assertThat(TextFraming.of("delimiter:#|\r\n".replace("\r\n", "\\r\\n")).decode("a#\r\n#b#"))
                .containsExactly("a", "b");
    }

    @Test
    void theLongestDelimiterWinsAndIsAwaited() {
        FrameCollector collected = new FrameCollector(Framing.of("delimiter:a|ab")).read("xa");
        assertThat(collected.frames()).isEmpty();
        assertThat(collected.read("by").texts()).containsExactly("x");
        assertThat(collected.read("az").texts()).containsExactly("x", "y");
    }

    @Test
    void mllpLenientNeedsNoCr() {
        assertThat(TextFraming.of("mllp:lenient").decode("\u000bMSH\r\u001c"))
                .containsExactly("MSH\r");
        assertThat(TextFraming.of("mllp:lenient").encode("a")).isEqualTo("\u000ba\u001c\r");
    }

    @ParameterizedTest
    @CsvSource({
        "'delimiter:#,start=*', a, the payload does not begin with the start 0x2a",
        "'delimiter:#,start=*', '*a#', at byte 2 of the payload is the delimiter 0x23",
        "'delimiter:#,keep', 'a', 'the payload, of 1 bytes, is not a complete frame'",
        "'delimiter:#,keep', 'a#b#', 'the payload would be more than one frame: the first ends after 2 of 4 bytes'",
        "'delimiter:#,adjust=2', a, 'the payload''s length is 1, less than the 2 check bytes'",
        "length:ascii, a, length:ascii can be sent only with keep",
        "'length:2,mask=0xff', a, a length with mask can be sent only with keep",
        "'length:2,unit=2', ab, a length with unit can be sent only with keep",
        "'length:2,adjust=3', a, 'the payload''s length is 1, less than the 3 bytes'",
        "json, 'x', the payload does not begin with the start 0x7b",
        "json, '{}{}', the payload would be more than one frame",
        "json, '{', is not a complete frame",
        "'fixed:1,start=a or line', a, the payload has to be framed in one way"
    })
    void objectsToAPayloadThatIsNotOneFrame(String word, String payload, String objection) {
        assertThat(TextFraming.of(word).objection(payload)).contains(objection);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "json",
                "delimiter:#|\\r\\n,start=$",
                "delimiter:#,start=$,escape=0x7d^20",
                "length:3,start=$,offset=1,escape=0x7d^20",
                "fixed:16,start=$$$$$$$$$$$$$$$! or fixed:16,start=$$$$$$$$$$$$$$$? or line,start=$"
            })
    void aLongFrameByteByByteIsSearchedOnce(String word) {
        // 200,000 bytes would take minutes if each byte caused a search from the start
        Framing framing = Framing.of(word);
        byte[] bytes = new byte[200_000];
        bytes[0] = (byte) (word.equals("json") ? '{' : '$');
        bytes[1] = 4; // a length of 262,144
        FrameScan scan = new FrameScan(10_000_000);
        long begin = System.nanoTime();
        int resume = 0;
        for (int to = 1; to <= bytes.length; to++) {
            assertThat(framing.scan(scan, bytes, 0, to, resume)).isFalse();
            resume = scan.resume();
        }
        assertThat(scan.fault()).isNull();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void splitsFramesThatAreKept() {
        assertThat(TextFraming.of("delimiter:#,keep").split("a#b#")).isEqualTo(List.of("a#", "b#"));
        assertThat(TextFraming.of("delimiter:#|;").split("a#b;c"))
                .isEqualTo(List.of("a", "b", "c"));
    }
}
