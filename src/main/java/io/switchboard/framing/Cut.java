package io.switchboard.framing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@link Framing#cut}: one mutable object per thread, so that only payloads allocate.
 *
 * <p>After {@code true} the payload and {@link #next} are valid. After {@code false} either {@link
 * #fault} gives the error in the stream, or {@link #keep}, {@link #resume} and {@link #announced}
 * describe the unfinished frame.
 */
public final class Cut {
    private final int longest;
    private int headStart;
    private int headEnd;
    private int start;
    private int end;
    private int next;
    private int keep;
    private int resume;
    private long announced;
    private @Nullable String fault;

    /** Creates a result; {@code longest} is the maximum length of a payload in bytes. */
    public Cut(int longest) {
        this.longest = longest;
    }

    boolean found(int start, int end, int next) {
        return found(start, start, start, end, next);
    }

    /** A frame whose payload is {@code [headStart, headEnd)} and {@code [start, end)} together. */
    boolean found(int headStart, int headEnd, int start, int end, int next) {
        this.headStart = headStart;
        this.headEnd = headEnd;
        this.start = start;
        this.end = end;
        this.next = next;
        return true;
    }

    boolean unfinished(int keep, int resume) {
        return announced(keep, resume, 0);
    }

    /** Notes a frame whose header gives the minimum length of its payload. */
    boolean announced(int keep, int resume, long length) {
        this.keep = keep;
        this.resume = resume;
        this.announced = length;
        return false;
    }

    /** Notes an error; the sentence says which bytes are wrong and what was expected. */
    boolean invalid(String sentence) {
        this.fault = sentence;
        return false;
    }

    int longest() {
        return longest;
    }

    /** Returns the length of the payload in bytes. */
    public int length() {
        return headEnd - headStart + end - start;
    }

    /** Returns the payload as a new array. */
    public byte[] payload(byte[] bytes) {
        int head = headEnd - headStart;
        if (head == 0) {
            return Arrays.copyOfRange(bytes, start, end);
        }
        byte[] payload = new byte[length()];
        System.arraycopy(bytes, headStart, payload, 0, head);
        System.arraycopy(bytes, start, payload, head, end - start);
        return payload;
    }

    /** Returns the offset of the first byte after the frame. */
    public int next() {
        return next;
    }

    /** Returns the offset of the first byte of the unfinished frame. */
    public int keep() {
        return keep;
    }

    /** Returns where to search when more bytes were received; not before {@link #keep}. */
    public int resume() {
        return resume;
    }

    /** Returns the minimum length of the unfinished frame's payload in bytes; 0 if unknown. */
    public long announced() {
        return announced;
    }

    /** Returns why the bytes can never become a frame; null if they can. */
    public @Nullable String fault() {
        return fault;
    }

    /** Returns the payloads of all frames in {@code payload}, then the bytes after the last one. */
    static List<byte[]> parts(Framing framing, byte[] payload) {
        List<byte[]> parts = new ArrayList<>();
        Cut cut = new Cut(payload.length);
        int from = 0;
        while (framing.cut(cut, payload, from, payload.length, from)) {
            parts.add(cut.payload(payload));
            from = cut.next();
        }
        if (from < payload.length || parts.isEmpty()) {
            parts.add(Arrays.copyOfRange(payload, from, payload.length));
        }
        return parts;
    }
}
