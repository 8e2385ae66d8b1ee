package io.switchboard.transport.stream;

import java.util.Arrays;

/**
 * The bytes of a frame whose end has not come. Exists only while there are any, and grows with
 * them: nothing of the largest frame is allocated ahead. Used on the connection's loop only.
 */
final class PartialFrame {
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
