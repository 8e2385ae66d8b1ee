package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LinesTest {

    @Test
    void lineEndsAtLfAndAtCrLf() {
        assertThat(cut(Lines.LINE, "one\ntwo\r\nthree\n")).containsExactly("one", "two", "three");
    }

    /** nc and Python end a line with a bare LF; ByteArrayCrLfSerializer waits for a CR for ever. */
    @Test
    void lineIsCompleteAtABareLf() {
        CutFrames cut = new CutFrames(Lines.LINE).read("hello\n");
        assertThat(cut.texts()).containsExactly("hello");
        assertThat(cut.unfinished()).isZero();
    }

    @Test
    void lineTakesOnlyOneCrOffTheEnd() {
        assertThat(cut(Lines.LINE, "a\r\r\n")).containsExactly("a\r");
    }

    @Test
    void lineKeepsACrThatIsNotAtTheEnd() {
        assertThat(cut(Lines.LINE, "a\rb\n")).containsExactly("a\rb");
    }

    @Test
    void lfKeepsTheCr() {
        assertThat(cut(Lines.LF, "one\r\ntwo\n")).containsExactly("one\r", "two");
    }

    @Test
    void crlfLeavesABareLfInside() {
        assertThat(cut(Lines.CRLF, "one\ntwo\r\nthree\r\n")).containsExactly("one\ntwo", "three");
    }

    @Test
    void emptyLinesAreFrames() {
        assertThat(cut(Lines.LINE, "\n\r\n\n")).containsExactly("", "", "");
        assertThat(cut(Lines.LF, "\n\n")).containsExactly("", "");
        assertThat(cut(Lines.CRLF, "\r\n\r\n")).containsExactly("", "");
    }

    @Test
    void theCrOfOneFrameIsNotTakenForTheNext() {
        // Under lf the CR before is payload of "a"; an empty frame follows and has none of its own.
        assertThat(cut(Lines.LF, "a\r\n\n")).containsExactly("a\r", "");
        // The frame starts behind the LF: a CR in front of it is another frame's.
        byte[] bytes = "x\r\n".getBytes(ISO_8859_1);
        Cut cut = new Cut(100);
        assertThat(Lines.LINE.cut(cut, bytes, 2, 3, 2)).isTrue();
        assertThat(cut.length()).isZero();
        assertThat(cut.next()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(Lines.class)
    void anUnfinishedFrameIsNoFrame(Lines lines) {
        CutFrames cut = new CutFrames(lines).read("one\r\ntwo\r");
        assertThat(cut.frames()).hasSize(1);
        assertThat(cut.unfinished()).isEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource(Lines.class)
    void aStreamCutAnywhereGivesTheSameFrames(Lines lines) {
        String stream = "one\r\n\r\ntwo\nth\rree\r\r\nfour\n\r\n";
        List<String> whole = cut(lines, stream);
        for (int first = 0; first <= stream.length(); first++) {
            for (int second = first; second <= stream.length(); second++) {
                CutFrames cut =
                        new CutFrames(lines)
                                .read(stream.substring(0, first))
                                .read(stream.substring(first, second))
                                .read(stream.substring(second));
                assertThat(cut.texts())
                        .as("cut at %d and %d", first, second)
                        .containsExactlyElementsOf(whole);
            }
        }
    }

    @Test
    void theSearchResumesWhereItStopped() {
        byte[] bytes = "ab\ncd\n".getBytes(ISO_8859_1);
        Cut cut = new Cut(100);
        assertThat(Lines.LINE.cut(cut, bytes, 0, 2, 0)).isFalse();
        assertThat(cut.resume()).isEqualTo(2);
        // Told that everything up to 3 was searched, it does not look at the LF at 2 again.
        assertThat(Lines.LINE.cut(cut, bytes, 0, 6, 3)).isTrue();
        assertThat(cut.payload(bytes)).isEqualTo("ab\ncd".getBytes(ISO_8859_1));
        assertThat(cut.next()).isEqualTo(6);
    }

    @Test
    void theSearchEndsAtItsLimit() {
        byte[] bytes = "ab\n".getBytes(ISO_8859_1);
        assertThat(Lines.LINE.cut(new Cut(100), bytes, 0, 2, 0)).isFalse();
    }

    @Test
    void writesItsOwnEnding() {
        assertThat(encode(Lines.LINE, "hi")).isEqualTo("hi\n");
        assertThat(encode(Lines.LF, "hi")).isEqualTo("hi\n");
        assertThat(encode(Lines.CRLF, "hi")).isEqualTo("hi\r\n");
        assertThat(encode(Lines.CRLF, "")).isEqualTo("\r\n");
    }

    @Test
    void encodesAtAnOffset() {
        byte[] target = new byte[8];
        int end = Lines.CRLF.encode("hi".getBytes(ISO_8859_1), target, 3);
        assertThat(end).isEqualTo(7);
        assertThat(new String(target, ISO_8859_1)).isEqualTo("\0\0\0hi\r\n\0");
    }

    @ParameterizedTest
    @EnumSource(Lines.class)
    void objectsToALineFeedAndSaysWhereItIs(Lines lines) {
        assertThat(objection(lines, "ab\ncd"))
                .isEqualTo("byte 2 of the payload is a line feed (0x0a)");
        assertThat(objection(lines, "\n")).isEqualTo("byte 0 of the payload is a line feed (0x0a)");
    }

    @Test
    void objectsToAFinalCrThatItsEndingWouldSwallow() {
        String sentence = "the last byte of the payload is a carriage return (0x0d)";
        assertThat(objection(Lines.LINE, "ab\r")).isEqualTo(sentence);
        assertThat(objection(Lines.CRLF, "ab\r")).isEqualTo(sentence);
        assertThat(objection(Lines.LF, "ab\r")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Lines.class)
    void doesNotObjectToOtherBytes(Lines lines) {
        assertThat(objection(lines, "")).isEmpty();
        assertThat(objection(lines, "a\rb\0\u00ff")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Lines.class)
    void splitsAtEitherEnding(Lines lines) {
        assertThat(split(lines, "one\ntwo\r\nthree")).containsExactly("one", "two", "three");
        assertThat(split(lines, "one\n")).containsExactly("one");
        assertThat(split(lines, "one\n\ntwo\n")).containsExactly("one", "", "two");
        assertThat(split(lines, "")).containsExactly("");
        assertThat(split(lines, "\n")).containsExactly("");
    }

    private static List<String> cut(Lines lines, String stream) {
        return new CutFrames(lines).read(stream).texts();
    }

    private static String encode(Lines lines, String payload) {
        return new String(lines.encode(payload.getBytes(ISO_8859_1)), ISO_8859_1);
    }

    private static String objection(Lines lines, String payload) {
        return lines.objection(payload.getBytes(ISO_8859_1)).orElse("");
    }

    private static List<String> split(Lines lines, String payload) {
        return lines.split(payload.getBytes(ISO_8859_1)).stream()
                .map(line -> new String(line, ISO_8859_1))
                .toList();
    }
}
