package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OctetCountedFramingTest {
    private static final TextFraming COUNTED = TextFraming.of("octet-counted");

    @Test
    void aFrameIsALengthASpaceAndTheMessage() {
        assertThat(COUNTED.decode("3 one10 <13>1 - -\n1 x"))
                .containsExactly("one", "<13>1 - -\n", "x");
        assertThat(COUNTED.encode("<13>1 - -\n")).isEqualTo("10 <13>1 - -\n");
        assertThat(COUNTED.encode("x".repeat(100))).isEqualTo("100 " + "x".repeat(100));
        assertThat(COUNTED.encode("x".repeat(99))).isEqualTo("99 " + "x".repeat(99));
    }

    @Test
    void announcesItsLength() {
        assertThat(announced("5000 ab")).isEqualTo(5000);
        assertThat(announced("")).isZero();
    }

    /**
     * Each further digit only increases the length, so a frame that is too long is detected early.
     */
    @Test
    void announcesTheValueOfTheDigitsReceivedSoFar() {
        assertThat(announced("12")).isEqualTo(12);
        assertThat(announced("123")).isEqualTo(123);
        assertThat(announced("9".repeat(500))).isEqualTo(9_999);
        assertThat(announced("9999x"))
                .as("a frame that is too long, before the wrong byte")
                .isEqualTo(9_999);
    }

    @ParameterizedTest
    @CsvSource({
        "'<13>hello', a frame begins with 0x3c",
        "'0 ', a frame begins with 0x30",
        "'05 hello', a frame begins with 0x30",
        "' 5 hello', a frame begins with 0x20",
        "'5x', a length contains 0x78",
        "'-5 hello', a frame begins with 0x2d",
        "'3 one,', a frame begins with 0x2c",
    })
    void refusesAFrameWithoutALength(String stream, String fault) {
        assertThat(COUNTED.fault(stream)).startsWith(fault);
    }

    @Test
    void theFaultNamesTheFramingOfASenderWithoutLengths() {
        assertThat(COUNTED.fault("<13>hello\n")).contains("needs framing line");
    }

    @Test
    void objectsToAnEmptyPayload() {
        assertThat(COUNTED.objection(""))
                .isEqualTo("the payload is empty, but octet counting does not allow the length 0");
        assertThat(COUNTED.objection("x")).isEmpty();
    }

    private static long announced(String stream) {
        return new FrameCollector(COUNTED.framing()).read(stream).announced();
    }
}
