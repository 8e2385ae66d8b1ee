package io.switchboard.framing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Framing#cut} found: one mutable object a thread, so that cutting allocates nothing
 * but the payloads.
 *
 * <p>After {@code true} the payload and {@link #next} count. After {@code false} either {@link
 * #fault} says why no frame can come any more, or {@link #keep}, {@link #resume} and {@link
 * #announced} say what is there of the next one.
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

    /**
     * @param longest bytes of the longest payload: where nothing else ends a message, this does
     */
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
        this.keep = keep;
        this.resume = resume;
        this.announced = 0;
        return false;
    }

    /** A frame whose header is there, and says how long its payload will be at least. */
    boolean announced(int keep, int resume, long length) {
        unfinished(keep, resume);
        this.announced = length;
        return false;
    }

    /**
     * @param sentence for the peer and for people: which bytes, and what they should have been
     */
    boolean invalid(String sentence) {
        this.fault = sentence;
        return false;
    }

    int longest() {
        return longest;
    }

    /** Bytes of the payload that was found. */
    public int length() {
        return headEnd - headStart + end - start;
    }

    /** The payload that was found, as an array of its own. */
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

    /** Offset at which the next frame starts, or what stands before it. */
    public int next() {
        return next;
    }

    /** Offset of the first byte that belongs to the unfinished frame; those before it do not. */
    public int keep() {
        return keep;
    }

    /** Offset from which to search when more bytes have come; not before {@link #keep}. */
    public int resume() {
        return resume;
    }

    /** So many bytes at least will the unfinished frame's payload have; 0 where it does not say. */
    public long announced() {
        return announced;
    }

    /** Why what came is no frame and never will be; null unless that is so. */
    public @Nullable String fault() {
        return fault;
    }

    /** The payloads of all frames in {@code payload}, and what stands behind the last of them. */
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
