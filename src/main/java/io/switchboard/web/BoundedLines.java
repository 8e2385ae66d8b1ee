package io.switchboard.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads lines and keeps no more of one than is allowed. Used by one thread. */
final class BoundedLines {
    private static final int BUFFER = 8 * 1024;

    private final InputStream in;
    private final int longest;
    private final byte[] buffer = new byte[BUFFER];
    private int from;
    private int to;
    private long number;

    /**
     * @param number counts from 1
     * @param bytes without the line end; not all of them when it was too long
     * @param length of all of it
     */
    @SuppressWarnings("ArrayRecordComponent") // lines are not compared
    record Line(long number, byte[] bytes, long length) {
        boolean tooLong() {
            return bytes.length < length;
        }
    }

    BoundedLines(InputStream in, int longest) {
        this.in = in;
        this.longest = longest;
    }

    /** The next line, the last one also without a line end; null at the end of the stream. */
    @Nullable Line next() throws IOException {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        long length = 0;
        boolean ended = false;
        while (!ended) {
            if (from == to && !fill()) {
                return length == 0 ? null : line(kept, length);
            }
            int end = from;
            while (end < to && buffer[end] != '\n') {
                end++;
            }
            ended = end < to;
            int count = end - from;
            kept.write(buffer, from, Math.min(count, longest - kept.size()));
            length += count;
            from = ended ? end + 1 : end;
        }
        return line(kept, length);
    }

    /** Whether something more can be read without waiting. */
    boolean moreAtOnce() throws IOException {
        return from < to || in.available() > 0;
    }

    private boolean fill() throws IOException {
        from = 0;
        to = Math.max(in.read(buffer), 0);
        return to > 0;
    }

    private Line line(ByteArrayOutputStream kept, long length) {
        number++;
        return new Line(number, kept.toByteArray(), length);
    }
}
