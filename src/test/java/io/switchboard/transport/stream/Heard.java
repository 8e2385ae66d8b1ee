package io.switchboard.transport.stream;

import io.switchboard.framing.Framing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a connection makes of bytes that come in pieces; it reads nothing behind a fault. */
final class Heard {
    private static final byte LEFT_FROM_BEFORE = 0x03;

    private final FrameReader reader;
    private final int mostHeld;
    private final List<byte[]> frames = new ArrayList<>();

    private Heard(Framing framing, int maxFrame) {
        reader = new FrameReader(framing, maxFrame);
        mostHeld = framing.encodedLength(maxFrame);
    }

    /**
     * @param first bytes of every other piece, from the first on
     * @param second bytes of the pieces between them
     */
    static Heard of(Framing framing, int maxFrame, byte[] stream, int first, int second) {
        Heard heard = new Heard(framing, maxFrame);
        byte[] read = new byte[Math.max(first, second) + 8];
        int length = first;
        for (int from = 0; from < stream.length && heard.fault() == null; ) {
            int count = Math.min(length, stream.length - from);
            Arrays.fill(read, LEFT_FROM_BEFORE);
            System.arraycopy(stream, from, read, 0, count);
            heard.take(read, count);
            from += count;
            length = first + second - length;
        }
        return heard;
    }

    private void take(byte[] read, int count) {
        int before = frames.size();
        int told = reader.read(read, count, 0, frames::add);
        if (told != frames.size() - before) {
            throw new AssertionError("it says " + told + " messages of " + frames.size());
        }
        if (fault() == null && held() > mostHeld) {
            throw new AssertionError("it holds " + held() + " bytes of at most " + mostHeld);
        }
    }

    List<byte[]> frames() {
        return frames;
    }

    FrameReader.@Nullable Fault fault() {
        return reader.fault();
    }

    int held() {
        return reader.partialBytes();
    }
}
