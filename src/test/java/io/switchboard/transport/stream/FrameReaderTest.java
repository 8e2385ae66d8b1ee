package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.switchboard.framing.Framing;
import io.switchboard.peer.CloseReason;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
    private static final int MAX_FRAME = 12;
    private static final int LARGEST = 64 * 1024 * 1024;

    private final List<String> frames = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "line",
                "crlf",
                "nul",
                "delimiter:--END--",
                "stx-etx",
                "stx-etx:lrc",
                "mllp",
                "octet-counted",
                "length:1",
                "length:4,inclusive,offset=4",
                "length:ascii9",
                "fixed:12"
            })
    void theLongestFramePassesHoweverItComes(String word) {
        Framing framing = Framing.of(word);
        String payload = "x".repeat(MAX_FRAME);
        byte[] frame = framing.encode(payload.getBytes(ISO_8859_1));
        for (int piece = 1; piece <= frame.length; piece++) {
            FrameReader reader = new FrameReader(framing, MAX_FRAME);
            frames.clear();
            read(reader, frame, piece);
            assertThat(reader.fault()).as("in pieces of %d", piece).isNull();
            assertThat(frames).containsExactly(payload);
            assertThat(reader.partialBytes()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "line",
                "lf",
                "crlf",
                "nul",
                "delimiter:--END--",
                "stx-etx",
                "stx-etx:lrc",
                "mllp",
                "octet-counted",
                "length:1",
                "length:4,inclusive,offset=4",
                "length:ascii9",
            })
    void oneByteMoreIsTooLargeHoweverItComes(String word) {
        Framing framing = Framing.of(word);
        byte[] frame = framing.encode("x".repeat(MAX_FRAME + 1).getBytes(ISO_8859_1));
        for (int piece = 1; piece <= frame.length; piece++) {
            FrameReader reader = new FrameReader(framing, MAX_FRAME);
            read(reader, frame, piece);
            assertThat(reader.fault())
                    .as("in pieces of %d", piece)
                    .isEqualTo(
                            new FrameReader.Fault(
                                    CloseReason.FRAME_TOO_LARGE,
                                    "a frame is longer than max-frame, 12 bytes"));
            assertThat(frames).isEmpty();
        }
    }

    /** What stands behind a read's last frame is searched from its own start when more has come. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "line",
                "crlf",
                "nul",
                "delimiter:--END--",
                "stx-etx",
                "stx-etx:lrc",
                "mllp",
                "octet-counted",
                "length:2,inclusive,offset=1",
                "length:ascii2",
            })
    void framesAreTheSameWhereverTwoReadsMeet(String word) {
        Framing framing = Framing.of(word);
        StringBuilder stream = new StringBuilder();
        for (String payload : List.of("one", "2", "three")) {
            stream.append(new String(framing.encode(payload.getBytes(ISO_8859_1)), ISO_8859_1));
        }
        for (int first = 0; first <= stream.length(); first++) {
            for (int second = first; second <= stream.length(); second++) {
                FrameReader reader = new FrameReader(framing, MAX_FRAME);
                frames.clear();
                read(reader, stream.substring(0, first).getBytes(ISO_8859_1), 100);
                read(reader, stream.substring(first, second).getBytes(ISO_8859_1), 100);
                read(reader, stream.substring(second).getBytes(ISO_8859_1), 100);
                assertThat(frames)
                        .as("cut at %d and %d", first, second)
                        .containsExactly("one", "2", "three");
                assertThat(reader.partialBytes()).isZero();
            }
        }
    }

    @Test
    void aLineMayEndInCrLfThatIsNoPartOfIt() {
        FrameReader reader = new FrameReader(Framing.of("line"), MAX_FRAME);
        read(reader, ("x".repeat(MAX_FRAME) + "\r\n").getBytes(ISO_8859_1), 1);
        assertThat(reader.fault()).isNull();
        assertThat(frames).hasSize(1);
    }

    /** A frame that never ends: as much is held as the longest may have, and not for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"line", "nul", "stx-etx", "stx-etx:lrc", "mllp"})
    void whatNeverEndsIsTooLargeSoon(String word) {
        FrameReader reader = new FrameReader(Framing.of(word), MAX_FRAME);
        byte[] endless = ("\2\u000b" + "x".repeat(MAX_FRAME + 4)).getBytes(ISO_8859_1);
        read(reader, endless, 1);
        assertThat(fault(reader).reason()).isEqualTo(CloseReason.FRAME_TOO_LARGE);
    }

    /** At its header, without one byte of its payload. */
    @ParameterizedTest
    @CsvSource({
        "length:1, 13",
        "'length:2,little', 13",
        "length:4, 4294967295",
        "'length:4,inclusive', 17",
        "length:ascii4, 9999",
    })
    void whatIsAnnouncedTooLongIsRefusedAtOnce(String word, long said) {
        FrameReader reader = new FrameReader(Framing.of(word), MAX_FRAME);
        byte[] header =
                word.contains("ascii")
                        ? Long.toString(said).getBytes(ISO_8859_1)
                        : new byte[word.charAt("length:".length()) - '0'];
        for (int at = 0; !word.contains("ascii") && at < header.length; at++) {
            int place = word.contains("little") ? at : header.length - 1 - at;
            header[place] = (byte) (said >> (8 * at));
        }
        reader.read(header, header.length, System.nanoTime(), this::add);
        assertThat(fault(reader).reason()).isEqualTo(CloseReason.FRAME_TOO_LARGE);
    }

    /** Race against patience: the header comes digit by digit and never ends. */
    @Test
    void aDribblingCountIsRefusedAtTheDigitThatIsTooMuch() {
        FrameReader reader = new FrameReader(Framing.of("octet-counted"), MAX_FRAME);
        read(reader, "12".getBytes(ISO_8859_1), 1);
        assertThat(reader.fault()).isNull();
        read(reader, "0".getBytes(ISO_8859_1), 1);
        assertThat(fault(reader).reason()).isEqualTo(CloseReason.FRAME_TOO_LARGE);
    }

    @ParameterizedTest
    @CsvSource({
        "length:4, '\u0003\u00ff\u00ff\u00ff'",
        "length:ascii9, 067000000",
        "octet-counted, '67000000 '",
        "fixed:67000000, ab"
    })
    void whatIsAnnouncedIsNotAllocated(String word, String begin) {
        FrameReader reader = new FrameReader(Framing.of(word), LARGEST);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] header = begin.getBytes(ISO_8859_1);
        reader.read(header, header.length, System.nanoTime(), this::add);
        byte[] more = new byte[1_000];
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int turn = 0; turn < 10; turn++) {
            reader.read(more, more.length, System.nanoTime(), this::add);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100_000);
        assertThat(reader.fault()).isNull();
        assertThat(reader.partialBytes()).isEqualTo(header.length + 10_000);
    }

    @Test
    void noiseBetweenFramesIsNotKept() {
        FrameReader reader = new FrameReader(Framing.of("stx-etx"), MAX_FRAME);
        read(reader, ("\2one\3" + "\r\n".repeat(100) + "\2two\3\r\n").getBytes(ISO_8859_1), 3);
        assertThat(frames).containsExactly("one", "two");
        assertThat(reader.partialBytes()).isZero();
        assertThat(reader.fault()).isNull();
        assertThat(reader.overdue(Long.MAX_VALUE / 2, Duration.ZERO)).isFalse();
    }

    @Test
    void whatCanBeNoFrameIsBad() {
        FrameReader reader = new FrameReader(Framing.of("octet-counted"), MAX_FRAME);
        read(reader, "3 one<13>two\n".getBytes(ISO_8859_1), 20);
        assertThat(frames).containsExactly("one");
        assertThat(fault(reader).reason()).isEqualTo(CloseReason.BAD_FRAME);
        assertThat(fault(reader).sentence()).startsWith("a frame begins with 0x3c");
    }

    /** It closed the peer once: a read is up to 64 KB, whatever max-frame is. */
    @Test
    void aRawReadLongerThanMaxFrameIsSeveralMessages() {
        FrameReader reader = new FrameReader(Framing.of("raw"), MAX_FRAME);
        byte[] read = "x".repeat(30).getBytes(ISO_8859_1);
        assertThat(reader.read(read, read.length, System.nanoTime(), this::add)).isEqualTo(3);
        assertThat(frames).containsExactly("x".repeat(12), "x".repeat(12), "x".repeat(6));
        assertThat(reader.fault()).isNull();
        assertThat(reader.partialBytes()).isZero();
    }

    @Test
    void rawWithAGapIsHeldUntilItIsReleased() {
        FrameReader reader = new FrameReader(Framing.of("raw:50ms"), MAX_FRAME);
        read(reader, "one,two".getBytes(ISO_8859_1), 2);
        assertThat(frames).isEmpty();
        assertThat(reader.partialBytes()).isEqualTo(7);
        assertThat(reader.release(this::add)).isEqualTo(1);
        assertThat(reader.release(this::add)).isZero();
        assertThat(frames).containsExactly("one,two");
        assertThat(reader.partialBytes()).isZero();
    }

    @Test
    void rawWithAGapIsReleasedAtMaxFrame() {
        FrameReader reader = new FrameReader(Framing.of("raw:50ms"), MAX_FRAME);
        read(reader, "x".repeat(30).getBytes(ISO_8859_1), 5);
        assertThat(frames).containsExactly("x".repeat(12), "x".repeat(12));
        assertThat(reader.partialBytes()).isEqualTo(6);
        assertThat(reader.fault()).isNull();
    }

    private void add(byte[] payload) {
        frames.add(new String(payload, ISO_8859_1));
    }

    /** As a connection does: nothing is read behind a fault. */
    private void read(FrameReader reader, byte[] bytes, int piece) {
        for (int from = 0; from < bytes.length && reader.fault() == null; from += piece) {
            int to = Math.min(bytes.length, from + piece);
            byte[] read = Arrays.copyOf(Arrays.copyOfRange(bytes, from, to), to - from + 3);
            reader.read(read, to - from, System.nanoTime(), this::add);
        }
    }

    private static FrameReader.Fault fault(FrameReader reader) {
        return Objects.requireNonNull(reader.fault());
    }
}
