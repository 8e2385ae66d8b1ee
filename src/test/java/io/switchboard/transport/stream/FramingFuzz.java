package io.switchboard.transport.stream;

import static io.switchboard.testkit.Promise.demand;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.framing.Framing;
import io.switchboard.framing.RawFraming;
import io.switchboard.fuzz.FuzzTarget;
import io.switchboard.testkit.Reached;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reads arbitrary bytes as frames. The first four characters of an input, counted from {@code '0'},
 * choose the framing, max-frame, and the two lengths of the pieces in which the rest is read.
 */
public final class FramingFuzz implements FuzzTarget {
    static final String OUTSIDE = "outside=deliver";

    private static final int CHOICES = 4;
    private static final int LONGEST_PIECE = 16;

    /** None is shorter than the longest header of a framing. */
    private static final List<Integer> MAX_FRAMES = List.of(12, 5, 8, 300);

    private final List<Framing> framings;
    private final Reached reached;

    /**
     * Whether a frame is its payload encoded, so that each byte of a stream can be accounted for.
     */
    private final boolean accounting;

    public FramingFuzz(String... words) {
        this(true, words);
    }

    private FramingFuzz(boolean accounting, String... words) {
        this.accounting = accounting;
        framings = Arrays.stream(words).map(Framing::of).toList();
        reached = new Reached(framings.stream().map(Framing::word).toList());
    }

    /** Returns a target for framings with options, which skip bytes and undo escapes. */
    public static FramingFuzz composed(String... words) {
        return new FramingFuzz(false, words);
    }

    @Override
    public Map<String, Long> reached() {
        return reached.counts();
    }

    @Override
    public void input(byte[] bytes) {
        if (bytes.length <= CHOICES) {
            return;
        }
        Framing framing = framings.get(choice(bytes[0], framings.size()));
        int maxFrame = MAX_FRAMES.get(choice(bytes[1], MAX_FRAMES.size()));
        int first = 1 + choice(bytes[2], LONGEST_PIECE);
        int second = 1 + choice(bytes[3], LONGEST_PIECE);
        byte[] stream = Arrays.copyOfRange(bytes, CHOICES, bytes.length);
        FramesRead whole = check(framing, maxFrame, stream, first, second);
        if (accounting) {
            new ByteAccounting(framing, maxFrame, stream).check(whole);
        }
        reached.add(framing.word(), whole.frames().size());
    }

    /**
     * Checks what must hold for every framing.
     *
     * @return the frames of the stream
     */
    static FramesRead check(Framing framing, int maxFrame, byte[] stream, int first, int second) {
        FramesRead whole = FramesRead.of(framing, maxFrame, stream, stream.length, stream.length);
        same(framing, stream, whole, FramesRead.of(framing, maxFrame, stream, first, second));
        same(framing, stream, whole, FramesRead.of(framing, maxFrame, stream, 1, 1));
        encodedFrameIsReadAgain(framing, maxFrame, stream, first, second);
        splitLosesNothing(framing, stream);
        return whole;
    }

    static int choice(byte character, int count) {
        return Math.floorMod(character - '0', count);
    }

    /**
     * Compares two ways of reading. With framing raw, in which each read is a message, and with
     * outside=deliver, in which a read ends a run of bytes, only the bytes are the same.
     */
    private static void same(Framing framing, byte[] stream, FramesRead whole, FramesRead pieces) {
        if (framing.equals(RawFraming.RAW)) {
            demand(Arrays.equals(stream, joined(pieces.frames())), "raw lost bytes");
            return;
        }
        boolean sameFrames =
                framing.word().contains(OUTSIDE)
                        ? Arrays.equals(joined(whole.frames()), joined(pieces.frames()))
                        : texts(whole).equals(texts(pieces));
        demand(sameFrames, "{} and {}", texts(whole), texts(pieces));
        demand(
                Objects.equals(whole.fault(), pieces.fault()),
                "{}: {}",
                whole.fault(),
                pieces.fault());
        demand(
                whole.fault() != null || whole.partialBytes() == pieces.partialBytes(),
                "a different number of bytes is kept");
    }

    private static void encodedFrameIsReadAgain(
            Framing framing, int maxFrame, byte[] payload, int first, int second) {
        if (payload.length > maxFrame || framing.objection(payload).isPresent()) {
            return;
        }
        byte[] frame = framing.encode(payload);
        demand(frame.length == framing.encodedLength(payload), "encodedLength is wrong");
        FramesRead read = FramesRead.of(framing, maxFrame, frame, first, second);
        demand(read.fault() == null, "{}", read.fault());
        if (framing instanceof RawFraming) {
            return;
        }
        demand(
                read.frames().size() == 1 && read.partialBytes() == 0,
                "one encoded frame was read as {}",
                texts(read));
        demand(Arrays.equals(payload, read.frames().getFirst()), "the payload differs");
    }

    private static void splitLosesNothing(Framing framing, byte[] payload) {
        List<byte[]> parts = framing.split(payload);
        demand(!parts.isEmpty(), "split returned no part");
        if (framing.objection(payload).isEmpty()) {
            demand(Arrays.equals(payload, joined(parts)), "split lost bytes of one frame");
        }
        demand(joined(parts).length <= payload.length, "split added bytes");
    }

    private static List<String> texts(FramesRead read) {
        return read.frames().stream().map(frame -> new String(frame, ISO_8859_1)).toList();
    }

    private static byte[] joined(List<byte[]> parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        parts.forEach(whole::writeBytes);
        return whole.toByteArray();
    }
}
