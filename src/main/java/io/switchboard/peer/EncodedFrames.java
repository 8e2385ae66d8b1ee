package io.switchboard.peer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The encoded bytes of one or more deliveries, shared by the outboxes of all recipients.
 *
 * <p>The bytes never change. An outbox that queues some of them keeps a slice and a reference. The
 * {@link OutboxBudget} is charged for the bytes once, however many outboxes have references, and
 * for the entry of each reference. This object's monitor guards {@code references}.
 */
public final class EncodedFrames {

    /** The memory of an entry in the queue of an outbox, with its slice of the bytes. */
    static final int ENTRY_BYTES = 96;

    /**
     * The part of the bytes that belongs to one delivery.
     *
     * @param bytes the length, framing included
     * @param messages the number of frames
     * @param ends the end offset of each frame, relative to the first byte of the share; null if
     *     the share is a single frame or is only sent as a byte stream
     * @param finish whether the output of the peer's connection ends (FIN) after this share; it is
     *     then the last one
     */
    @SuppressWarnings("ArrayRecordComponent") // shares are not compared
    public record Share(
            int bytes,
            int messages,
            DeliveryCallback callback,
            int @Nullable [] ends,
            boolean finish) {

        /** Creates a share that is one frame, or whose frame boundaries are not needed. */
        public Share(int bytes, int messages, DeliveryCallback callback) {
            this(bytes, messages, callback, null, false);
        }

        /** Returns the end offset of the frame that begins at this offset. */
        int endOfFrameAt(int offset) {
            if (ends == null) {
                return bytes;
            }
            int at = Arrays.binarySearch(ends, offset);
            return ends[at < 0 ? -at - 1 : at + 1];
        }
    }

    private final ByteBuffer bytes;
    private final List<Share> shares;
    private final int size;
    private final int messages;
    private int references;

    /**
     * Creates frames from the bytes of several deliveries.
     *
     * @param bytes the data from the position to the limit; the caller no longer changes the data,
     *     the position or the limit
     * @param shares in the order of their bytes; together they cover all bytes
     */
    public EncodedFrames(ByteBuffer bytes, List<Share> shares) {
        this.bytes = bytes;
        this.shares = shares;
        this.size = bytes.remaining();
        int sum = 0;
        for (Share share : shares) {
            sum += share.messages();
        }
        this.messages = sum;
    }

    /** Returns the frames of a single delivery. */
    public static EncodedFrames of(byte[] bytes, int messages, DeliveryCallback callback) {
        return of(bytes, new Share(bytes.length, messages, callback));
    }

    /**
     * Returns a buffer of the bytes with its own position. A thread that offers the frames to many
     * peers creates one view and uses it for all of them.
     */
    public ByteBuffer view() {
        return bytes.duplicate();
    }

    /** Returns the frames of a single delivery, which is this share. */
    public static EncodedFrames of(byte[] bytes, Share share) {
        return new EncodedFrames(ByteBuffer.wrap(bytes), List.of(share));
    }

    /** Returns the number of bytes, framing included. */
    public int size() {
        return size;
    }

    /** Returns the number of frames. */
    public int messages() {
        return messages;
    }

    /** Returns whether the output of the peer's connection ends after these frames. */
    boolean finish() {
        return shares.getLast().finish();
    }

    /** Returns a part of the bytes, for an outbox to queue. */
    ByteBuffer slice(int from, int length) {
        return bytes.slice(bytes.position() + from, length);
    }

    List<Share> shares() {
        return shares;
    }

    /**
     * Adds a reference of an outbox. Returns false if the budget is exhausted. The bytes count
     * once, and the queue's entry, which takes {@link #ENTRY_BYTES}, counts each time.
     */
    boolean retain(OutboxBudget budget) {
        return retain(budget, false);
    }

    /** Adds a reference, even if that exceeds the budget. */
    boolean forceRetain(OutboxBudget budget) {
        return retain(budget, true);
    }

    /** Removes a reference. Without references, the bytes no longer count towards the budget. */
    synchronized void release(OutboxBudget budget) {
        references--;
        budget.release(ENTRY_BYTES + (references == 0 ? size : 0));
    }

    private synchronized boolean retain(OutboxBudget budget, boolean force) {
        int bytes = ENTRY_BYTES + (references == 0 ? size : 0);
        if (force) {
            budget.reserve(bytes);
        } else if (!budget.tryReserveUnlessFull(bytes)) {
            return false;
        }
        references++;
        return true;
    }
}
