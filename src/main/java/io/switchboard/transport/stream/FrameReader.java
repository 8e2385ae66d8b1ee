package io.switchboard.transport.stream;

import io.switchboard.framing.Cut;
import io.switchboard.framing.Framing;
import io.switchboard.peer.CloseReason;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what one connection reads into frames, and keeps the bytes of the unfinished one. Used on
 * the connection's loop; only {@link #partialBytes} may be asked by others.
 */
final class FrameReader {

    /** Why the stream cannot be read on, with a sentence for the peer and for people. */
    record Fault(CloseReason reason, String sentence) {}

    private final Framing framing;
    private final int maxFrame;
    private volatile @Nullable PartialFrame partial;
    private @Nullable Fault fault;

    /** {@code maxFrame} is the bytes of the longest payload. */
    FrameReader(Framing framing, int maxFrame) {
        this.framing = framing;
        this.maxFrame = maxFrame;
    }

    /**
     * Takes what one read brought.
     *
     * @param read its first {@code count} bytes count; the caller's again afterwards
     * @param now {@link System#nanoTime}
     * @param frames gets the payload of each frame that is complete, in order, to keep
     * @return how many those were
     */
    int read(byte[] read, int count, long now, Consumer<byte[]> frames) {
        PartialFrame begun = partial;
        if (begun == null) {
            return cut(read, count, 0, null, now, frames);
        }
        begun.append(read, count);
        return cut(begun.bytes(), begun.length(), begun.resume(), begun, now, frames);
    }

    private int cut(
            byte[] bytes,
            int to,
            int searched,
            @Nullable PartialFrame begun,
            long now,
            Consumer<byte[]> frames) {
        Cut cut = new Cut(maxFrame);
        int from = 0;
        int resume = searched;
        int messages = 0;
        while (framing.cut(cut, bytes, from, to, resume)) {
            if (cut.length() > maxFrame) {
                tooLarge();
                return messages;
            }
            frames.accept(cut.payload(bytes));
            messages++;
            from = cut.next();
            resume = from;
        }
        String invalid = cut.fault();
        if (invalid != null) {
            fault = new Fault(CloseReason.BAD_FRAME, invalid);
        } else if (cut.announced() > maxFrame || to - cut.keep() > longestFrame()) {
            tooLarge();
        } else if (cut.keep() == to) {
            partial = null;
        } else if (begun != null && cut.keep() == 0) {
            begun.searchedTo(cut.resume());
        } else {
            int searchedTo = cut.resume() - cut.keep();
            partial = new PartialFrame(bytes, cut.keep(), to, searchedTo, now);
        }
        return messages;
    }

    /** What is longer and still no frame will be none that may pass. */
    private int longestFrame() {
        return framing.encodedLength(maxFrame);
    }

    private void tooLarge() {
        String sentence = "a frame is longer than max-frame, " + maxFrame + " bytes";
        fault = new Fault(CloseReason.FRAME_TOO_LARGE, sentence);
    }

    /** Null while the stream can be read on. */
    @Nullable Fault fault() {
        return fault;
    }

    /** Makes a message of the held bytes when a silence or the end ends it; returns how many. */
    int release(Consumer<byte[]> frames) {
        PartialFrame held = partial;
        if (held == null) {
            return 0;
        }
        partial = null;
        frames.accept(Arrays.copyOf(held.bytes(), held.length()));
        return 1;
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

    /**
     * The bytes of a frame whose end has not come. Exists only while there are any, and grows with
     * them: nothing of the largest frame is allocated ahead. Used on the connection's loop only.
     */
    static final class PartialFrame {
        private static final int SMALLEST = 64;

        private byte[] bytes;
        private int length;
        private int resume;
        private final long since;

        /**
         * @param resume offset within the copied range from which the search for the end goes on
         * @param since {@link System#nanoTime} of the first byte
         */
        PartialFrame(byte[] from, int start, int end, int resume, long since) {
            length = end - start;
            bytes = Arrays.copyOfRange(from, start, start + Math.max(SMALLEST, length));
            this.resume = resume;
            this.since = since;
        }

        void append(byte[] more, int count) {
            if (length + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
            }
            System.arraycopy(more, 0, bytes, length, count);
            length += count;
        }

        /** Up to here the bytes have been searched. */
        void searchedTo(int offset) {
            resume = offset;
        }

        byte[] bytes() {
            return bytes;
        }

        int length() {
            return length;
        }

        int resume() {
            return resume;
        }

        long since() {
            return since;
        }
    }
}
