package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.switchboard.framing.Framing;
import io.switchboard.peer.CloseReason;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
    void acceptsTheLongestFrameInPiecesOfAnyLength(String word) {
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
    void refusesOneByteMoreInPiecesOfAnyLength(String word) {
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

    /** The search of an unfinished frame begins at its first byte when more bytes arrive. */
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
    void readsTheSameFramesWhereverReadsAreDivided(String word) {
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
                        .as("divided at %d and %d", first, second)
                        .containsExactly("one", "2", "three");
                assertThat(reader.partialBytes()).isZero();
            }
        }
    }

    @Test
    void crLfAtTheEndOfALineDoesNotCountInItsLength() {
        FrameReader reader = new FrameReader(Framing.of("line"), MAX_FRAME);
        read(reader, ("x".repeat(MAX_FRAME) + "\r\n").getBytes(ISO_8859_1), 1);
        assertThat(reader.fault()).isNull();
        assertThat(frames).hasSize(1);
    }

    /** The reader keeps no more bytes than the longest frame has. */
    @ParameterizedTest
    @ValueSource(strings = {"line", "nul", "stx-etx", "stx-etx:lrc", "mllp"})
    void refusesAFrameThatNeverEnds(String word) {
        FrameReader reader = new FrameReader(Framing.of(word), MAX_FRAME);
        byte[] endless = ("\2\u000b" + "x".repeat(MAX_FRAME + 4)).getBytes(ISO_8859_1);
        read(reader, endless, 1);
        assertThat(fault(reader).reason()).isEqualTo(CloseReason.FRAME_TOO_LARGE);
    }

    /** The fault is reported before any byte of the payload has arrived. */
    @ParameterizedTest
    @CsvSource({
        "length:1, 13",
        "'length:2,little', 13",
        "length:4, 4294967295",
        "'length:4,inclusive', 17",
        "length:ascii4, 9999",
    })
    void refusesATooLargeLengthFieldAtTheHeader(String word, long length) {
        FrameReader reader = new FrameReader(Framing.of(word), MAX_FRAME);
        byte[] header =
                word.contains("ascii")
                        ? Long.toString(length).getBytes(ISO_8859_1)
                        : new byte[word.charAt("length:".length()) - '0'];
        for (int at = 0; !word.contains("ascii") && at < header.length; at++) {
            int place = word.contains("little") ? at : header.length - 1 - at;
            header[place] = (byte) (length >> (8 * at));
        }
        reader.read(header, header.length, System.nanoTime(), this::add);
        assertThat(fault(reader).reason()).isEqualTo(CloseReason.FRAME_TOO_LARGE);
    }

    /** The header arrives digit by digit and never ends. */
    @Test
    void refusesAnOctetCountAtTheFirstDigitThatMakesItTooLarge() {
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
    void allocatesNothingForAnAnnouncedLength(String word, String begin) {
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
    void discardsBytesBetweenFrames() {
        FrameReader reader = new FrameReader(Framing.of("stx-etx"), MAX_FRAME);
        read(reader, ("\2one\3" + "\r\n".repeat(100) + "\2two\3\r\n").getBytes(ISO_8859_1), 3);
        assertThat(frames).containsExactly("one", "two");
        assertThat(reader.partialBytes()).isZero();
        assertThat(reader.fault()).isNull();
    }

    @Test
    void reportsBytesThatCannotBeAFrame() {
        FrameReader reader = new FrameReader(Framing.of("octet-counted"), MAX_FRAME);
        read(reader, "3 one<13>two\n".getBytes(ISO_8859_1), 20);
        assertThat(frames).containsExactly("one");
        assertThat(fault(reader).reason()).isEqualTo(CloseReason.BAD_FRAME);
        assertThat(fault(reader).detail()).startsWith("a frame begins with 0x3c");
    }

    /** Regression: this closed the peer. A read has up to 64 KB, whatever max-frame is. */
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
    void keepsRawBytesWithAGapUntilFlush() {
        FrameReader reader = new FrameReader(Framing.of("raw:50ms"), MAX_FRAME);
        read(reader, "one,two".getBytes(ISO_8859_1), 2);
        assertThat(frames).isEmpty();
        assertThat(reader.partialBytes()).isEqualTo(7);
        assertThat(reader.flush(this::add)).isEqualTo(1);
        assertThat(reader.flush(this::add)).isZero();
        assertThat(frames).containsExactly("one,two");
        assertThat(reader.partialBytes()).isZero();
    }

    @Test
    void passesRawBytesWithAGapOnAtMaxFrame() {
        FrameReader reader = new FrameReader(Framing.of("raw:50ms"), MAX_FRAME);
        read(reader, "x".repeat(30).getBytes(ISO_8859_1), 5);
        assertThat(frames).containsExactly("x".repeat(12), "x".repeat(12));
        assertThat(reader.partialBytes()).isEqualTo(6);
        assertThat(reader.fault()).isNull();
    }

    @Test
    void passesOnAtMost16FramesOfAReadAndTheRestInFurtherSteps() {
        FrameReader reader = new FrameReader(Framing.of("line"), MAX_FRAME);
        List<String> sent = new ArrayList<>();
        for (int line = 0; line < 1_000; line++) {
            sent.add("line " + line);
        }
        byte[] read = (String.join("\n", sent) + "\nunfi").getBytes(ISO_8859_1);
        int messages = reader.read(read, read.length, System.nanoTime(), this::add);
        Arrays.fill(read, (byte) '?'); // the loop reads from other sockets between the steps
        assertThat(messages).isBetween(1, FrameReader.FRAMES_PER_READ);
        while (reader.hasMore()) {
            assertThat(frames).isEqualTo(sent.subList(0, frames.size()));
            messages = reader.proceed(System.nanoTime(), this::add);
            assertThat(messages).isBetween(1, FrameReader.FRAMES_PER_STEP);
        }
        assertThat(frames).isEqualTo(sent);
        assertThat(reader.partialBytes()).isEqualTo(4);
        assertThat(reader.bufferBytes()).as("the searched bytes are dropped").isLessThan(100);
        read(reader, "nished\n".getBytes(ISO_8859_1), 3);
        assertThat(frames.getLast()).isEqualTo("unfinished");
    }

    @Test
    void aFaultInALaterStepIsReported() {
        FrameReader reader = new FrameReader(Framing.of("line"), MAX_FRAME);
        byte[] read = ("\n".repeat(100) + "x".repeat(100)).getBytes(ISO_8859_1);
        reader.read(read, read.length, System.nanoTime(), this::add);
        assertThat(reader.fault()).isNull();
        while (reader.hasMore()) {
            reader.proceed(System.nanoTime(), this::add);
        }
        assertThat(frames).hasSize(100);
        assertThat(fault(reader).reason()).isEqualTo(CloseReason.FRAME_TOO_LARGE);
        assertThat(reader.hasMore()).isFalse();
    }

    /**
     * Frames that take long, as the search for a name in many bytes does, end the step: one frame
     * of 1 KB, some of fewer bytes.
     */
    @Test
    void aStepEndsAfterSomeTime() {
        assertThat(slowFramesOfAStep(1_024)).isEqualTo(1);
        assertThat(slowFramesOfAStep(256)).isEqualTo(4);
        assertThat(slowFramesOfAStep(1)).isEqualTo(16);
    }

    private static int slowFramesOfAStep(int length) {
        FrameReader reader = new FrameReader(Framing.of("line"), 10_000);
        byte[] read = ("x".repeat(length) + "\n").repeat(100).getBytes(ISO_8859_1);
        reader.read(read, read.length, System.nanoTime(), _ -> {});
        int messages = reader.proceed(System.nanoTime(), _ -> LockSupport.parkNanos(1_000_000));
        assertThat(reader.hasMore()).isTrue();
        return messages;
    }

    /** A peer that sends only bytes to skip must not keep the others waiting. */
    @ParameterizedTest
    @CsvSource({"'delimiter:0x7e,start=0x7e', 7e, 7e617e, a", "'line,start=$', 78, 24610a, $a"})
    void aStepEndsAfterSomeTimeAlsoIfItOnlySkips(
            String word, String skipped, String frame, String payload) {
        FrameReader reader = new FrameReader(Framing.of(word), MAX_FRAME);
        byte[] read = HexFormat.of().parseHex(skipped.repeat(50_000) + frame);
        long past = System.nanoTime() - TimeUnit.SECONDS.toNanos(1);
        assertThat(reader.read(read, read.length, past, this::add)).isZero();
        for (int step = 0; step < 5; step++) {
            assertThat(reader.hasMore()).as("step %d", step).isTrue();
            assertThat(reader.proceed(past, this::add)).isZero();
        }
        while (reader.hasMore()) {
            reader.proceed(System.nanoTime(), this::add);
        }
        assertThat(frames).containsExactly(payload);
    }

    @Test
    void countsEachByteBetweenFramesOnce() {
        FrameReader reader = new FrameReader(Framing.of("stx-etx,start=0x0261"), MAX_FRAME);
        read(reader, "xyz\u0002a\u0003\u0002b\u0002\u0002ac".getBytes(ISO_8859_1), 1);
        assertThat(reader.takeNoise()).isEqualTo(6);
        assertThat(reader.takeNoise()).isZero();
        assertThat(frames).containsExactly("a");
    }

    /** The bytes of an unfinished frame are not searched again, so the CPU time is proportional. */
    @ParameterizedTest
    @CsvSource({
        "'delimiter:aab|#,start=$,adjust=2', 24, 78",
        "'delimiter:#,start=$,escape=0x7d^20', 24, 78",
        "json, 7b, 78",
        "'stx-etx,keep', 02, 78",
        "'mllp,start=0x0b', 0b, 78",
        "'length:4,escape=0x5d^20', 00010000, 78",
        "'fixed:16,start=0xff or length:4,start=0x00', 00010000, 78",
        "'line,start=$', 24, 0d"
    })
    void aLongFrameInSingleBytesTakesAProportionalTime(String word, String begin, String rest) {
        Framing framing = Framing.of(word);
        timeInSingleBytes(framing, begin, rest, 20_000); // warms up
        double ratio = Double.MAX_VALUE;
        for (int each = 0; each < 5; each++) {
            double few = timeInSingleBytes(framing, begin, rest, 4_000);
            ratio = Math.min(ratio, timeInSingleBytes(framing, begin, rest, 64_000) / few);
        }
        assertThat(ratio).as("16 times as many bytes").isLessThan(80);
    }

    private double timeInSingleBytes(Framing framing, String begin, String rest, int length) {
        FrameReader reader = new FrameReader(framing, 1_000_000);
        byte[] first = HexFormat.of().parseHex(begin);
        byte[] next = HexFormat.of().parseHex(rest);
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        reader.read(first, first.length, 0, this::add);
        for (int at = 0; at < length; at++) {
            reader.read(next, 1, 0, this::add);
        }
        assertThat(reader.partialBytes()).isEqualTo(first.length + length);
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
    }

    @Test
    void theDiscardedRestOfAStepIsNotPassedOn() {
        FrameReader reader = new FrameReader(Framing.of("line"), MAX_FRAME);
        byte[] read = "\n".repeat(200).getBytes(ISO_8859_1);
        reader.read(read, read.length, System.nanoTime(), this::add);
        reader.discardPartial();
        assertThat(reader.hasMore()).isFalse();
        assertThat(reader.bufferBytes()).isZero();
    }

    private void add(byte[] payload) {
        frames.add(new String(payload, ISO_8859_1));
    }

    /** Reads in pieces, as a connection does: nothing is read after a fault. */
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
