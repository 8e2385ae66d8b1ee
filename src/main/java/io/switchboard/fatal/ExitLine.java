package io.switchboard.fatal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The line that a process writes before it ends. Its memory is allocated in advance: no method
 * allocates any. Text beyond the capacity is dropped, and characters other than printable ASCII
 * become {@code ?}, so the line remains one line. Not thread-safe.
 */
final class ExitLine {
    private static final int CAPACITY = 1_000;

    private final byte[] bytes = new byte[CAPACITY + 1];
    private int length;

    ExitLine append(@Nullable String text) {
        if (text == null) {
            return this;
        }
        for (int at = 0; at < text.length() && length < CAPACITY; at++) {
            char each = text.charAt(at);
            bytes[length++] = (byte) (each >= ' ' && each <= '~' ? each : '?');
        }
        return this;
    }

    /** Writes the line and a line feed. */
    void writeTo(OutputStream out) throws IOException {
        bytes[length] = '\n';
        out.write(bytes, 0, length + 1);
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, US_ASCII);
    }
}
