package io.switchboard.framing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@link Framing#scan}. It is mutable and reused for all frames of one read, so that
 * only payloads are allocated. Not thread-safe.
 *
 * <p>If {@code scan} returned true, the payload and {@link #next} are valid, or {@link #isSkipped}
 * is true, and the bytes before {@code next} are to be dropped. If it returned false, either {@link
 * #fault} gives the error in the stream, or {@link #keep}, {@link #resume} and {@link #announced}
 * describe the unfinished frame.
 */
public final class FrameScan {
    private final int maxLength;
    private int headStart;
    private int headEnd;
    private int start;
    private int end;
    private int next;
    private int keep;
    private int resume;
    private long announced;
    private long progress;
    private long noise;
    private byte @Nullable [] unescaped;
    private boolean skipped;

    /** Whether progress, unescaped or skipped is set. */
    private boolean special;

    private @Nullable String fault;

    /** Creates a result; {@code maxLength} is the maximum length of a payload in bytes. */
    public FrameScan(int maxLength) {
        this.maxLength = maxLength;
    }

    boolean found(int start, int end, int next) {
        return found(start, start, start, end, next);
    }

    /**
     * Records a frame whose payload is {@code [headStart, headEnd)} followed by {@code [start,
     * end)}.
     */
    boolean found(int headStart, int headEnd, int start, int end, int next) {
        this.headStart = headStart;
        this.headEnd = headEnd;
        this.start = start;
        this.end = end;
        this.next = next;
        if (special) {
            // rare: most framings never set these fields
            special = false;
            progress = 0;
            unescaped = null;
            skipped = false;
        }
        return true;
    }

    /** Records a frame whose payload is not a part of the stream, because escapes were undone. */
    boolean foundUnescaped(byte[] payload, int next) {
        found(0, payload.length, next);
        this.unescaped = payload;
        this.special = true;
        return true;
    }

    /**
     * Records that the bytes up to {@code next} are no frame, such as a mark or a part of the
     * noise: the caller scans again from there, and can do something else before.
     */
    boolean skipped(int next) {
        found(next, next, next);
        this.skipped = true;
        this.special = true;
        return true;
    }

    /** Returns whether the bytes before {@link #next} are no frame. */
    public boolean isSkipped() {
        return skipped;
    }

    /** Makes the payload of the frame that was found last the whole frame. */
    boolean whole(int from) {
        return found(from, next, next);
    }

    /** Counts bytes that belong to no frame. */
    void addNoise(int bytes) {
        noise += bytes;
    }

    /** Returns how many bytes belonged to no frame, in all scans with this object. */
    public long noise() {
        return noise;
    }

    boolean unfinished(int keep, int resume) {
        return announced(keep, resume, 0);
    }

    /** Records an unfinished frame whose header gives the minimum length of its payload. */
    boolean announced(int keep, int resume, long length) {
        this.keep = keep;
        this.resume = resume;
        this.announced = length;
        this.progress = 0;
        return false;
    }

    /**
     * Records how much of the unfinished frame was understood: a number of the framing's own, which
     * the next scan of this frame gets back. It is never 0.
     */
    boolean withProgress(long progress) {
        progress(progress);
        return false;
    }

    /**
     * Returns what the framing has to know of the bytes before {@link #resume}, which the caller
     * keeps with them; 0 if nothing.
     */
    public long progress() {
        return progress;
    }

    /** Sets what the last scan of the unfinished frame returned as {@link #progress()}. */
    public void progress(long kept) {
        this.progress = kept;
        this.special |= kept != 0;
    }

    /** Records an error; the sentence names the wrong bytes and what was expected. */
    boolean invalid(String sentence) {
        this.fault = sentence;
        return false;
    }

    int maxLength() {
        return maxLength;
    }

    /** Returns whether the payload of the frame that was found is longer than the maximum. */
    public boolean isTooLarge() {
        return length() > maxLength;
    }

    /**
     * Returns whether the unfinished frame can only become one whose payload is longer than the
     * maximum.
     *
     * @param to the offset of the end of the bytes that were searched
     */
    public boolean isTooLarge(Framing framing, int to) {
        return announced > maxLength || to - keep > framing.longestFrame(maxLength);
    }

    /** Returns why a frame that is too large cannot be read; a sentence for people. */
    public String tooLarge() {
        return "a frame is longer than max-frame, " + maxLength + " bytes";
    }

    /** Returns the length of the payload in bytes. */
    public int length() {
        return headEnd - headStart + end - start;
    }

    /** Returns the payload as a new array. */
    public byte[] payload(byte[] bytes) {
        if (unescaped != null) {
            return unescaped;
        }
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

    /** Returns the offset at which to resume when more bytes arrive; at least {@link #keep}. */
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
        FrameScan scan = new FrameScan(payload.length);
        int from = 0;
        while (framing.scan(scan, payload, from, payload.length, from)) {
            if (!scan.isSkipped()) {
                parts.add(scan.payload(payload));
            }
            from = scan.next();
        }
        if (from < payload.length || parts.isEmpty()) {
            parts.add(Arrays.copyOfRange(payload, from, payload.length));
        }
        return parts;
    }
}
