package io.switchboard.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Locale;

/** An HTTP/1.1 answer while it arrives, with a length or in chunks; used for one after another. */
final class HttpAnswer {
    private static final int AT_FIRST = 16 * 1024;
    private static final byte[] LENGTH = "\r\ncontent-length:".getBytes(ISO_8859_1);

    private byte[] bytes = new byte[AT_FIRST];
    private int end;
    private int status;
    private int bodyAt;
    private int bodyLength;
    private boolean chunked;
    private boolean over = true;

    /**
     * Reads what is there.
     *
     * @return whether the answer is complete
     */
    boolean readFrom(SocketChannel channel, String server) throws IOException {
        if (over) {
            over = false;
            end = 0;
            bodyAt = 0;
        }
        if (end == bytes.length) {
            bytes = Arrays.copyOf(bytes, bytes.length * 2);
        }
        int read = channel.read(ByteBuffer.wrap(bytes, end, bytes.length - end));
        if (read < 0) {
            throw new Failed(server + " closed an HTTP connection: " + text(0, end));
        }
        end += read;
        if (bodyAt == 0 && !head()) {
            return false;
        }
        return chunked ? endsInLastChunk() : end >= bodyAt + bodyLength;
    }

    /** What comes next belongs to the next answer; this one can be read until then. */
    void reset() {
        over = true;
        if (chunked) {
            joinChunks();
        }
    }

    private boolean head() {
        for (int at = 0; at + 3 < end; at++) {
            if (bytes[at] == '\r' && bytes[at + 2] == '\r' && bytes[at + 3] == '\n') {
                bodyAt = at + 4;
                status = (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + bytes[11] - '0';
                bodyLength = length();
                chunked = bodyLength < 0;
                return true;
            }
        }
        return false;
    }

    private int length() {
        for (int at = 0; at + LENGTH.length < bodyAt; at++) {
            if (bytes[at] == '\r' && isLength(at)) {
                int value = 0;
                for (int digit = at + LENGTH.length; bytes[digit] != '\r'; digit++) {
                    value = bytes[digit] == ' ' ? value : value * 10 + bytes[digit] - '0';
                }
                return value;
            }
        }
        return text(0, bodyAt).toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked")
                ? -1
                : 0;
    }

    private boolean isLength(int from) {
        for (int at = 0; at < LENGTH.length; at++) {
            byte given = bytes[from + at];
            if (LENGTH[at] != (given >= 'A' && given <= 'Z' ? given + 32 : given)) {
                return false;
            }
        }
        return true;
    }

    /** Good enough for text: no payload of ours looks like the end of the last chunk. */
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

    int status() {
        return status;
    }

    String body() {
        return new String(bytes, bodyAt, bodyLength, UTF_8);
    }

    /** One that stays as it is. */
    HttpAnswer copy() {
        HttpAnswer copy = new HttpAnswer();
        copy.bytes = Arrays.copyOf(bytes, bodyAt + bodyLength);
        copy.status = status;
        copy.bodyAt = bodyAt;
        copy.bodyLength = bodyLength;
        return copy;
    }

    /**
     * @throws Failed when it is none of those
     */
    void expect(String server, int... wanted) {
        if (Arrays.stream(wanted).noneMatch(each -> each == status)) {
            throw new Failed(server + " answered " + status + ": " + body());
        }
    }
}
