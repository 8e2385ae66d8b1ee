package io.switchboard.framing;

/**
 * What {@link Framing#cut} found: one mutable object a thread, so that cutting allocates nothing.
 */
public final class Cut {
    private int start;
    private int end;
    private int next;
    private int resume;

    boolean found(int start, int end, int next) {
        this.start = start;
        this.end = end;
        this.next = next;
        return true;
    }

    boolean unfinished(int resume) {
        this.resume = resume;
        return false;
    }

    /** Offset of the payload's first byte. */
    public int start() {
        return start;
    }

    /** Offset behind the payload's last byte. */
    public int end() {
        return end;
    }

    /** Offset at which the next frame starts. */
    public int next() {
        return next;
    }

    /** Offset from which to search when more bytes have come. */
    public int resume() {
        return resume;
    }
}
