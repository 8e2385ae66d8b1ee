package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LineFramingTest {

    @Test
    void lineEndsAtLfAndAtCrLf() {
        assertThat(decode(LineFraming.LINE, "one\ntwo\r\nthree\n"))
                .containsExactly("one", "two", "three");
    }

    /**
     * nc and Python end a line with a bare LF; ByteArrayCrLfSerializer would wait for a CR forever.
     */
    @Test
    void lineIsCompleteAtABareLf() {
        FrameCollector collected = new FrameCollector(LineFraming.LINE).read("hello\n");
        assertThat(collected.texts()).containsExactly("hello");
        assertThat(collected.unfinished()).isZero();
    }

    @Test
    void lineRemovesOnlyOneCrBeforeTheLf() {
        assertThat(decode(LineFraming.LINE, "a\r\r\n")).containsExactly("a\r");
    }

    @Test
    void lineKeepsACrThatIsNotAtTheEnd() {
        assertThat(decode(LineFraming.LINE, "a\rb\n")).containsExactly("a\rb");
    }

    @Test
    void lfKeepsACr() {
        assertThat(decode(LineFraming.LF, "one\r\ntwo\n")).containsExactly("one\r", "two");
    }

    @Test
    void crlfKeepsABareLf() {
        assertThat(decode(LineFraming.CRLF, "one\ntwo\r\nthree\r\n"))
                .containsExactly("one\ntwo", "three");
    }

    @Test
    void emptyLinesAreFrames() {
        assertThat(decode(LineFraming.LINE, "\n\r\n\n")).containsExactly("", "", "");
        assertThat(decode(LineFraming.LF, "\n\n")).containsExactly("", "");
        assertThat(decode(LineFraming.CRLF, "\r\n\r\n")).containsExactly("", "");
    }

    @Test
    void aCrBeforeAFrameIsNotPartOfIt() {
        // With lf the CR is payload of the first frame; the second frame is empty.
        assertThat(decode(LineFraming.LF, "a\r\n\n")).containsExactly("a\r", "");
        // The frame starts at offset 2, so the CR at offset 1 belongs to an earlier frame.
        byte[] bytes = "x\r\n".getBytes(ISO_8859_1);
        FrameScan scan = new FrameScan(100);
        assertThat(LineFraming.LINE.scan(scan, bytes, 2, 3, 2)).isTrue();
        assertThat(scan.length()).isZero();
        assertThat(scan.next()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(LineFraming.class)
    void keepsAnUnfinishedFrame(LineFraming lines) {
        FrameCollector collected = new FrameCollector(lines).read("one\r\ntwo\r");
        assertThat(collected.frames()).hasSize(1);
        assertThat(collected.unfinished()).isEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource(LineFraming.class)
    void theFramesDoNotDependOnWhereTheStreamIsSplit(LineFraming lines) {
        String stream = "one\r\n\r\ntwo\nth\rree\r\r\nfour\n\r\n";
        List<String> whole = decode(lines, stream);
        for (int first = 0; first <= stream.length(); first++) {
            for (int second = first; second <= stream.length(); second++) {
                FrameCollector collected =
                        new FrameCollector(lines)
                                .read(stream.substring(0, first))
                                .read(stream.substring(first, second))
                                .read(stream.substring(second));
                assertThat(collected.texts())
                        .as("split at %d and %d", first, second)
                        .containsExactlyElementsOf(whole);
            }
        }
    }

    @Test
    void theSearchResumesWhereItStopped() {
        byte[] bytes = "ab\ncd\n".getBytes(ISO_8859_1);
        FrameScan scan = new FrameScan(100);
        assertThat(LineFraming.LINE.scan(scan, bytes, 0, 2, 0)).isFalse();
        assertThat(scan.resume()).isEqualTo(2);
        // With resume 3 it does not search the LF at offset 2 again.
        assertThat(LineFraming.LINE.scan(scan, bytes, 0, 6, 3)).isTrue();
        assertThat(scan.payload(bytes)).isEqualTo("ab\ncd".getBytes(ISO_8859_1));
        assertThat(scan.next()).isEqualTo(6);
    }

    @Test
    void theSearchEndsAtItsLimit() {
        byte[] bytes = "ab\n".getBytes(ISO_8859_1);
        assertThat(LineFraming.LINE.scan(new FrameScan(100), bytes, 0, 2, 0)).isFalse();
    }

    @Test
    void writesItsOwnEnding() {
        assertThat(encode(LineFraming.LINE, "hi")).isEqualTo("hi\n");
        assertThat(encode(LineFraming.LF, "hi")).isEqualTo("hi\n");
        assertThat(encode(LineFraming.CRLF, "hi")).isEqualTo("hi\r\n");
        assertThat(encode(LineFraming.CRLF, "")).isEqualTo("\r\n");
    }

    @Test
    void encodesAtAnOffset() {
        byte[] target = new byte[8];
        int end = LineFraming.CRLF.encode("hi".getBytes(ISO_8859_1), target, 3);
        assertThat(end).isEqualTo(7);
        assertThat(new String(target, ISO_8859_1)).isEqualTo("\0\0\0hi\r\n\0");
    }

    @ParameterizedTest
    @EnumSource(LineFraming.class)
    void objectsToALineFeedAndGivesItsOffset(LineFraming lines) {
        assertThat(objection(lines, "ab\ncd"))
                .isEqualTo("byte 2 of the payload is a line feed (0x0a)");
        assertThat(objection(lines, "\n")).isEqualTo("byte 0 of the payload is a line feed (0x0a)");
    }

    @Test
    void objectsToAFinalCrThatTheReceiverWouldRemove() {
        String sentence = "the last byte of the payload is a carriage return (0x0d)";
        assertThat(objection(LineFraming.LINE, "ab\r")).isEqualTo(sentence);
        assertThat(objection(LineFraming.CRLF, "ab\r")).isEqualTo(sentence);
        assertThat(objection(LineFraming.LF, "ab\r")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(LineFraming.class)
    void doesNotObjectToOtherBytes(LineFraming lines) {
        assertThat(objection(lines, "")).isEmpty();
        assertThat(objection(lines, "a\rb\0\u00ff")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(LineFraming.class)
    void splitsAtLfAndAtCrLf(LineFraming lines) {
        assertThat(split(lines, "one\ntwo\r\nthree")).containsExactly("one", "two", "three");
        assertThat(split(lines, "one\n")).containsExactly("one");
        assertThat(split(lines, "one\n\ntwo\n")).containsExactly("one", "", "two");
        assertThat(split(lines, "")).containsExactly("");
        assertThat(split(lines, "\n")).containsExactly("");
    }

    private static List<String> decode(LineFraming lines, String stream) {
        return new FrameCollector(lines).read(stream).texts();
    }

    private static String encode(LineFraming lines, String payload) {
        return new String(lines.encode(payload.getBytes(ISO_8859_1)), ISO_8859_1);
    }

    private static String objection(LineFraming lines, String payload) {
        return lines.objection(payload.getBytes(ISO_8859_1)).orElse("");
    }

    private static List<String> split(LineFraming lines, String payload) {
        return lines.split(payload.getBytes(ISO_8859_1)).stream()
                .map(line -> new String(line, ISO_8859_1))
                .toList();
    }
}
