package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LengthFramingTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "length:1|abc|\3abc",
                "length:1,inclusive|abc|\4abc",
                "length:2|abc|\0\3abc",
                "length:2,little|abc|\3\0abc",
                "length:2,inclusive|abc|\0\5abc",
                "length:4|abc|\0\0\0\3abc",
                "length:4,little|abc|\3\0\0\0abc",
                "length:4,inclusive,little|abc|\7\0\0\0abc",
                "length:2,offset=1|abc|a\0\2bc",
                "length:2,offset=3|abc|abc\0\0",
                "length:2,inclusive,offset=1|abc|a\0\5bc",
                "length:ascii4|abc|0003abc",
                "length:ascii2,inclusive|abc|05abc",
                "length:ascii1,offset=2|abc|ab1c",
            })
    void writesAndReadsTheLengthField(String word, String payload, String frame) {
        TextFraming framing = TextFraming.of(word);
        assertThat(framing.encode(payload)).isEqualTo(frame);
        assertThat(framing.decode(frame + frame)).containsExactly(payload, payload);
    }

    /** Modbus TCP: transaction, protocol, length of the rest; then unit, function, data. */
    @Test
    void decodesModbusTcp() {
        String read = "\0\1\0\0" + "\0\6" + "\u0011\3\0k\0\3";
        assertThat(TextFraming.of("length:2,offset=4").decode(read + read))
                .containsExactly("\0\1\0\0\u0011\3\0k\0\3", "\0\1\0\0\u0011\3\0k\0\3");
    }

    /** RFC 1006's TPKT: version, reserved, length of the whole packet. */
    @Test
    void decodesTpkt() {
        assertThat(TextFraming.of("length:2,inclusive,offset=2").decode("\3\0\0\7\2\u00f0\u0080"))
                .containsExactly("\3\0\2\u00f0\u0080");
    }

    @Test
    void emptyBodiesAreFrames() {
        assertThat(TextFraming.of("length:2").decode("\0\0\0\0")).containsExactly("", "");
        assertThat(TextFraming.of("length:2,inclusive").decode("\0\2")).containsExactly("");
        assertThat(TextFraming.of("length:ascii4").decode("0000")).containsExactly("");
    }

    @Test
    void lengthsAreUnsigned() {
        String payload = "x".repeat(200);
        assertThat(TextFraming.of("length:1").decode("\u00c8" + payload)).containsExactly(payload);
        assertThat(announced("length:2", "\u00ff\u00ff")).isEqualTo(0xffff);
        assertThat(announced("length:4", "\u00ff\u00ff\u00ff\u00ff")).isEqualTo(0xffff_ffffL);
        assertThat(announced("length:4,little", "\0\0\0\u0080")).isEqualTo(0x8000_0000L);
    }

    /** The announced length is that of the payload, not the value of the field. */
    @Test
    void announcesThePayloadLengthOnceTheHeaderHasArrived() {
        assertThat(announced("length:2,offset=4", "1234\1")).isZero();
        assertThat(announced("length:2,offset=4", "1234\1\0")).isEqualTo(260);
        assertThat(announced("length:2,inclusive,offset=4", "1234\1\0")).isEqualTo(254);
        assertThat(announced("length:ascii4", "0123")).isEqualTo(123);
    }

    @Test
    void anInclusiveLengthCannotBeLessThanItsHeader() {
        assertThat(TextFraming.of("length:2,inclusive").fault("\0\1"))
                .isEqualTo(
                        "a frame's length is 1, less than its header and length field, which it"
                                + " includes");
        assertThat(TextFraming.of("length:4,inclusive,offset=4").fault("1234\0\0\0\7"))
                .isNotEmpty();
        assertThat(TextFraming.of("length:4,inclusive,offset=4").fault("1234\0\0\0\10")).isEmpty();
    }

    /** The fault is reported at the first wrong byte, before the rest of the field has arrived. */
    @ParameterizedTest
    @CsvSource({
        "length:ascii4, x, byte 0 of a frame is 0x78",
        "length:ascii4, '00 3abc', byte 2 of a frame is 0x20",
        "length:ascii4, -001, byte 0 of a frame is 0x2d",
        "'length:ascii2,offset=1', 'ab', byte 1 of a frame is 0x62"
    })
    void refusesALengthThatIsNotOfDigits(String word, String stream, String fault) {
        assertThat(TextFraming.of(word).fault(stream)).startsWith(fault).contains("digits");
    }

    @Test
    void objectsToALengthThatTheFieldCannotHold() {
        assertThat(TextFraming.of("length:1").objection("x".repeat(255))).isEmpty();
        assertThat(TextFraming.of("length:1").objection("x".repeat(256)))
                .isEqualTo(
                        "the payload's length is 256, more than a length field of 1 bytes can hold");
        assertThat(TextFraming.of("length:1,inclusive").objection("x".repeat(254))).isEmpty();
        assertThat(TextFraming.of("length:1,inclusive").objection("x".repeat(255))).isNotEmpty();
        assertThat(TextFraming.of("length:1,offset=10").objection("x".repeat(265))).isEmpty();
        assertThat(TextFraming.of("length:1,offset=10").objection("x".repeat(266))).isNotEmpty();
        assertThat(TextFraming.of("length:ascii2").objection("x".repeat(99))).isEmpty();
        assertThat(TextFraming.of("length:ascii2").objection("x".repeat(100))).isNotEmpty();
        assertThat(TextFraming.of("length:2").objection("x".repeat(65_535))).isEmpty();
        assertThat(TextFraming.of("length:2").objection("x".repeat(65_536))).isNotEmpty();
    }

    @Test
    void objectsToAPayloadShorterThanTheHeader() {
        assertThat(TextFraming.of("length:2,offset=4").objection("abc"))
                .isEqualTo(
                        "the payload's length is 3, less than the 4 bytes of the header that it must"
                                + " begin with");
        assertThat(TextFraming.of("length:2,offset=4").objection("abcd")).isEmpty();
    }

    private static long announced(String word, String stream) {
        FrameCollector collected = new FrameCollector(Framing.of(word)).read(stream);
        assertThat(collected.frames()).isEmpty();
        return collected.announced();
    }
}
