package io.switchboard.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.bench.BenchException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Locale;

/**
 * An HTTP/1.1 response with Content-Length or in chunks. {@link HttpConnection} reads one response
 * after the other into the same object, on the event loop.
 */
public final class HttpResponse {
    private static final int INITIAL_CAPACITY = 16 * 1024;
    private static final byte[] CONTENT_LENGTH = "\r\ncontent-length:".getBytes(ISO_8859_1);

    private byte[] bytes = new byte[INITIAL_CAPACITY];
    private int end;
    private int status;
    private int bodyAt;
    private int bodyLength;
    private boolean chunked;
    private boolean complete = true;

    /**
     * Reads the available bytes.
     *
     * @return whether the response is complete
     */
    public boolean readFrom(SocketChannel channel, String server) throws IOException {
        if (complete) {
            complete = false;
            end = 0;
            bodyAt = 0;
        }
        if (end == bytes.length) {
            bytes = Arrays.copyOf(bytes, bytes.length * 2);
        }
        int read = channel.read(ByteBuffer.wrap(bytes, end, bytes.length - end));
        if (read < 0) {
            throw new BenchException(server + " closed an HTTP connection after: " + text(0, end));
        }
        end += read;
        if (bodyAt == 0 && !parseHead()) {
            return false;
        }
        return chunked ? endsInLastChunk() : end >= bodyAt + bodyLength;
    }

    /** Ends this response; it remains readable until the next call of {@link #readFrom}. */
    public void reset() {
        complete = true;
        if (chunked) {
            joinChunks();
        }
    }

    private boolean parseHead() {
        for (int at = 0; at + 3 < end; at++) {
            if (bytes[at] == '\r' && bytes[at + 2] == '\r' && bytes[at + 3] == '\n') {
                bodyAt = at + 4;
                status = (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + bytes[11] - '0';
                bodyLength = parseLength();
                chunked = bodyLength < 0;
                return true;
            }
        }
        return false;
    }

    private int parseLength() {
        for (int at = 0; at + CONTENT_LENGTH.length < bodyAt; at++) {
            if (bytes[at] == '\r' && isContentLength(at)) {
                int value = 0;
                for (int digit = at + CONTENT_LENGTH.length; bytes[digit] != '\r'; digit++) {
                    value = bytes[digit] == ' ' ? value : value * 10 + bytes[digit] - '0';
                }
                return value;
            }
        }
        return text(0, bodyAt).toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked")
                ? -1
                : 0;
    }

    private boolean isContentLength(int from) {
        for (int at = 0; at < CONTENT_LENGTH.length; at++) {
            byte actual = bytes[from + at];
            if (CONTENT_LENGTH[at] != (actual >= 'A' && actual <= 'Z' ? actual + 32 : actual)) {
                return false;
            }
        }
        return true;
    }

    /** Compares the last bytes only; no body in the benchmark ends like the last chunk. */
    private boolean endsInLastChunk() {
        return end - bodyAt >= 5 && text(end - 5, end).equals("0\r\n\r\n");
    }

    private void joinChunks() {
        int to = bodyAt;
        int at = bodyAt;
        while (at < end) {
            int line = at;
            while (bytes[line] != '\r') {
                line++;
            }
            int size = Integer.parseInt(text(at, line), 16);
            System.arraycopy(bytes, line + 2, bytes, to, size);
            to += size;
            at = size == 0 ? end : line + 2 + size + 2;
        }
        bodyLength = to - bodyAt;
        chunked = false;
    }

    private String text(int from, int to) {
        return new String(bytes, from, to - from, ISO_8859_1);
    }

    public int status() {
        return status;
    }

    public String body() {
        return new String(bytes, bodyAt, bodyLength, UTF_8);
    }

    /** Returns a copy that later reads do not change. */
    HttpResponse copy() {
        HttpResponse copy = new HttpResponse();
        copy.bytes = Arrays.copyOf(bytes, bodyAt + bodyLength);
        copy.status = status;
        copy.bodyAt = bodyAt;
        copy.bodyLength = bodyLength;
        return copy;
    }

    /**
     * Checks the status.
     *
     * @throws BenchException if the status is none of {@code expected}
     */
    public void expect(String server, int... expected) {
        if (Arrays.stream(expected).noneMatch(each -> each == status)) {
            throw new BenchException(server + " responded with " + status + ": " + body());
        }
    }
}
