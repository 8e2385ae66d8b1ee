package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts frames the way a connection does: bytes come in pieces, and the search for a frame's end
 * goes on where it stopped. A fault is the end.
 */
final class CutFrames {
    private static final int LONGEST = 1_000;

    private final Framing framing;
    private final Cut cut;
    private final List<byte[]> frames = new ArrayList<>();
    private byte[] bytes = new byte[0];
    private int resume;

    CutFrames(Framing framing) {
        this(framing, LONGEST);
    }

    CutFrames(Framing framing, int longest) {
        this.framing = framing;
        this.cut = new Cut(longest);
    }

    CutFrames read(byte[] more) {
        if (cut.fault() != null) {
            return this;
        }
        int before = bytes.length;
        bytes = Arrays.copyOf(bytes, before + more.length);
        System.arraycopy(more, 0, bytes, before, more.length);
        int from = 0;
        while (framing.cut(cut, bytes, from, bytes.length, resume)) {
            assertThat(cut.next()).isGreaterThan(from).isLessThanOrEqualTo(bytes.length);
            byte[] payload = cut.payload(bytes);
            assertThat(payload).hasSize(cut.length());
            frames.add(payload);
            from = cut.next();
            resume = from;
        }
        if (cut.fault() == null) {
            assertThat(cut.keep()).isBetween(from, bytes.length);
            assertThat(cut.resume()).isBetween(cut.keep(), bytes.length);
            resume = cut.resume() - cut.keep();
            bytes = Arrays.copyOfRange(bytes, cut.keep(), bytes.length);
        }
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

    /** What that frame's header says of its payload. */
    long announced() {
        return cut.announced();
    }

    @Nullable String fault() {
        return cut.fault();
    }
}
