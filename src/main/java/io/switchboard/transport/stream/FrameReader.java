package io.switchboard.transport.stream;

import io.switchboard.framing.Cut;
import io.switchboard.framing.Framing;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what one connection reads into frames, and keeps the bytes of the unfinished one. Used on
 * the connection's loop; only {@link #partialBytes} may be asked by others.
 */
final class FrameReader {
    /** Longest line ending: so many bytes beyond the longest frame may still be one. */
    private static final int DELIMITER_ROOM = 2;

    private final Framing framing;
    private final int maxFrame;
    private volatile @Nullable PartialFrame partial;
    private boolean tooLarge;

    FrameReader(Framing framing, int maxFrame) {
        this.framing = framing;
        this.maxFrame = maxFrame;
    }

    /**
     * Takes what one read brought.
     *
     * @param read its first {@code count} bytes count; the caller's again afterwards
     * @param frames gets the payload of each frame that is complete, in order, to keep
     * @return how many those were
     */
    int read(byte[] read, int count, Consumer<byte[]> frames) {
        PartialFrame begun = partial;
        if (begun == null) {
            return cut(read, count, 0, null, frames);
        }
        begun.append(read, count);
        return cut(begun.bytes(), begun.length(), begun.resume(), begun, frames);
    }

    private int cut(
            byte[] bytes,
            int to,
            int searched,
            @Nullable PartialFrame begun,
            Consumer<byte[]> frames) {
        Cut cut = new Cut();
        int from = 0;
        int resume = searched;
        int messages = 0;
        while (framing.cut(cut, bytes, from, to, resume)) {
            if (cut.end() - cut.start() > maxFrame) {
                tooLarge = true;
                return messages;
            }
            frames.accept(Arrays.copyOfRange(bytes, cut.start(), cut.end()));
            messages++;
            from = cut.next();
            resume = from;
        }
        if (to - from > maxFrame + DELIMITER_ROOM) {
            tooLarge = true;
            return messages;
        }
        if (from == to) {
            partial = null;
        } else if (begun != null && messages == 0) {
            begun.searchedTo(cut.resume());
        } else {
            partial = new PartialFrame(bytes, from, to, cut.resume() - from, System.nanoTime());
        }
        return messages;
    }

    /** Whether a frame has grown past the limit: the stream is of no use any more. */
    boolean tooLarge() {
        return tooLarge;
    }

    /** Lets go of an unfinished frame. */
    void drop() {
        partial = null;
    }

    /** Whether the unfinished frame has taken longer than it may. */
    boolean overdue(long now, Duration deadline) {
        PartialFrame begun = partial;
        return begun != null && now - begun.since() > deadline.toNanos();
    }

    /** How many bytes of an unfinished frame are held. From any thread. */
    int partialBytes() {
        PartialFrame begun = partial;
        return begun == null ? 0 : begun.length();
    }
}
