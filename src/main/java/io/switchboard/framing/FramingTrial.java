package io.switchboard.framing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a framing finds in a stream that arrives in one piece.
 *
 * @param frames the frames, in the order of the stream
 * @param noise the runs of bytes that belong to no frame
 * @param rest the bytes of the unfinished frame at the end; empty if there is none
 * @param fault why the stream cannot be read any further; null if it can
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
public record FramingTrial(
        List<Part> frames, List<Part> noise, byte[] rest, @Nullable String fault) {

    /**
     * A part of the stream.
     *
     * @param offset the offset in the stream of the first byte of the frame or of the noise
     * @param bytes the payload of the frame, or the noise
     */
    @SuppressWarnings("ArrayRecordComponent") // not compared
    public record Part(int offset, byte[] bytes) {}

    /**
     * Returns what the framing finds in these bytes.
     *
     * @param maxFrame the length of the longest payload, in bytes
     * @param most how many frames it finds at most
     * @throws IllegalArgumentException there are more
     */
    public static FramingTrial of(Framing framing, byte[] stream, int maxFrame, int most) {
        List<Part> frames = new ArrayList<>();
        Noise noise = new Noise(stream);
        FrameScan scan = new FrameScan(maxFrame);
        int from = 0;
        long before = 0;
        while (framing.scan(scan, stream, from, stream.length, from)) {
            int skipped = noise.add(from, scan.noise() - before);
            before = scan.noise();
            if (scan.isTooLarge()) {
                return ended(stream, from, frames, noise, scan.tooLarge());
            }
            if (frames.size() + noise.runs.size() >= most) {
                throw new IllegalArgumentException(
                        "the stream has more than %d frames: try a part of it".formatted(most));
            }
            if (!scan.isSkipped()) {
                frames.add(new Part(from + skipped, scan.payload(stream)));
            }
            from = scan.next();
        }
        if (scan.fault() != null) {
            return ended(stream, from, frames, noise, scan.fault());
        }
        noise.add(from, scan.noise() - before);
        String fault = scan.isTooLarge(framing, stream.length) ? scan.tooLarge() : null;
        return ended(stream, scan.keep(), frames, noise, fault);
    }

    private static FramingTrial ended(
            byte[] stream, int at, List<Part> frames, Noise noise, @Nullable String fault) {
        byte[] rest = Arrays.copyOfRange(stream, at, stream.length);
        return new FramingTrial(frames, noise.runs(), rest, fault);
    }

    /** Joins noise that adjoins, because a framing may skip byte by byte. */
    private static final class Noise {
        private final byte[] stream;
        private final List<Part> runs = new ArrayList<>();
        private int start;
        private int end;

        Noise(byte[] stream) {
            this.stream = stream;
        }

        /** Adds as many bytes from an offset on; returns how many. */
        int add(int from, long count) {
            if (count > 0) {
                if (from != end) {
                    close();
                    start = from;
                }
                end = from + (int) count;
            }
            return (int) count;
        }

        private void close() {
            if (end > start) {
                runs.add(new Part(start, Arrays.copyOfRange(stream, start, end)));
            }
        }

        List<Part> runs() {
            close();
            return runs;
        }
    }
}
