package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the frames of a stream as a connection does: it reads bytes in pieces and resumes the
 * search for the end of a frame where it stopped. After a fault it ignores further bytes.
 */
final class FrameCollector {
    private static final int MAX_LENGTH = 1_000;

    private final Framing framing;
    private final FrameScan scan;
    private final List<byte[]> frames = new ArrayList<>();
    private byte[] bytes = new byte[0];
    private int resume;

    FrameCollector(Framing framing) {
        this(framing, MAX_LENGTH);
    }

    FrameCollector(Framing framing, int maxLength) {
        this.framing = framing;
        this.scan = new FrameScan(maxLength);
    }

    FrameCollector read(byte[] more) {
        if (scan.fault() != null) {
            return this;
        }
        int before = bytes.length;
        bytes = Arrays.copyOf(bytes, before + more.length);
        System.arraycopy(more, 0, bytes, before, more.length);
        int from = 0;
        while (framing.scan(scan, bytes, from, bytes.length, resume)) {
            assertThat(scan.next()).isGreaterThan(from).isLessThanOrEqualTo(bytes.length);
            byte[] payload = scan.payload(bytes);
            assertThat(payload).hasSize(scan.length());
            if (!scan.isSkipped()) {
                frames.add(payload);
            }
            from = scan.next();
            resume = from;
        }
        if (scan.fault() == null) {
            assertThat(scan.keep()).isBetween(from, bytes.length);
            assertThat(scan.resume()).isBetween(scan.keep(), bytes.length);
            resume = scan.resume() - scan.keep();
            bytes = Arrays.copyOfRange(bytes, scan.keep(), bytes.length);
        }
        return this;
    }

    FrameCollector read(String more) {
        return read(more.getBytes(ISO_8859_1));
    }

    List<byte[]> frames() {
        return frames;
    }

    List<String> texts() {
        return frames.stream().map(frame -> new String(frame, ISO_8859_1)).toList();
    }

    /** Returns the number of bytes kept for the unfinished frame. */
    int unfinished() {
        return bytes.length;
    }

    /**
     * Returns the payload length that the header of the unfinished frame announces; 0 if unknown.
     */
    long announced() {
        return scan.announced();
    }

    long noise() {
        return scan.noise();
    }

    @Nullable String fault() {
        return scan.fault();
    }
}
