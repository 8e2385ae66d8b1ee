package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts frames the way a connection does: bytes come in pieces, and the search for a frame's end
 * goes on where it stopped.
 */
final class CutFrames {
    private final Framing framing;
    private final Cut cut = new Cut();
    private final List<byte[]> frames = new ArrayList<>();
    private byte[] bytes = new byte[0];
    private int resume;

    CutFrames(Framing framing) {
        this.framing = framing;
    }

    CutFrames read(byte[] more) {
        int before = bytes.length;
        bytes = Arrays.copyOf(bytes, before + more.length);
        System.arraycopy(more, 0, bytes, before, more.length);
        int from = 0;
        while (framing.cut(cut, bytes, from, bytes.length, resume)) {
            frames.add(Arrays.copyOfRange(bytes, cut.start(), cut.end()));
            from = cut.next();
            resume = from;
        }
        resume = cut.resume() - from;
        bytes = Arrays.copyOfRange(bytes, from, bytes.length);
        return this;
    }

    CutFrames read(String more) {
        return read(more.getBytes(ISO_8859_1));
    }

    List<byte[]> frames() {
        return frames;
    }

    List<String> texts() {
        return frames.stream().map(frame -> new String(frame, ISO_8859_1)).toList();
    }

    /** Bytes of the frame that is not finished. */
    int unfinished() {
        return bytes.length;
    }
}
