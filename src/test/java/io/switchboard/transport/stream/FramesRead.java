package io.switchboard.transport.stream;

import io.switchboard.framing.Framing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The frames that a {@link FrameReader} makes of a stream read in pieces, up to a fault. */
final class FramesRead {
    private static final byte STALE = 0x03;

    private final FrameReader reader;
    private final int maxPartial;
    private final List<byte[]> frames = new ArrayList<>();

    private FramesRead(Framing framing, int maxFrame) {
        reader = new FrameReader(framing, maxFrame);
        maxPartial = framing.longestFrame(maxFrame);
    }

    /**
     * Reads a stream in pieces of two alternating lengths.
     *
     * @param first bytes of the first, third, … piece
     * @param second bytes of the second, fourth, … piece
     */
    static FramesRead of(Framing framing, int maxFrame, byte[] stream, int first, int second) {
        FramesRead result = new FramesRead(framing, maxFrame);
        byte[] read = new byte[Math.max(first, second) + 8];
        int length = first;
        for (int from = 0; from < stream.length && result.fault() == null; ) {
            int count = Math.min(length, stream.length - from);
            Arrays.fill(read, STALE);
            System.arraycopy(stream, from, read, 0, count);
            result.take(read, count);
            from += count;
            length = first + second - length;
        }
        return result;
    }

    private void take(byte[] read, int count) {
        int before = frames.size();
        int messages = reader.read(read, count, 0, frames::add);
        while (reader.hasMore() && fault() == null) {
            messages += reader.proceed(0, frames::add);
        }
        if (messages != frames.size() - before) {
            throw new AssertionError(
                    "read() returned " + messages + " but passed on " + (frames.size() - before));
        }
        if (fault() == null && partialBytes() > maxPartial) {
            throw new AssertionError(
                    "it keeps "
                            + partialBytes()
                            + " bytes, but at most "
                            + maxPartial
                            + " are allowed");
        }
    }

    List<byte[]> frames() {
        return frames;
    }

    FrameReader.@Nullable Fault fault() {
        return reader.fault();
    }

    int partialBytes() {
        return reader.partialBytes();
    }
}
