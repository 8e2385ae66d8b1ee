package io.switchboard.peer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The encoded bytes of one or more deliveries, shared by every peer that receives them.
 *
 * <p>The bytes never change. Each outbox that keeps some of them holds a slice and is counted; the
 * {@link OutboxBudget} is charged once. This object's monitor guards the count.
 */
public final class Frames {

    /**
     * One delivery's share of the bytes.
     *
     * @param bytes framing included
     * @param messages how many frames they are
     * @param ends where each of them ends, counted from the share's first byte; null where that is
     *     one, the whole
     */
    @SuppressWarnings("ArrayRecordComponent") // shares are not compared
    public record Share(int bytes, int messages, Receipt receipt, int @Nullable [] ends) {

        /** A share that is one frame, or of which nobody needs to know where its frames end. */
        public Share(int bytes, int messages, Receipt receipt) {
            this(bytes, messages, receipt, null);
        }

        /** Where the frame ends that begins at this offset. */
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
    private int holders;

    /**
     * @param bytes read from its position to its limit; the caller changes neither from now on
     * @param shares in the order of their bytes, and together all of them
     */
    public Frames(ByteBuffer bytes, List<Share> shares) {
        this.bytes = bytes;
        this.shares = shares;
        this.size = bytes.remaining();
        int sum = 0;
        for (Share share : shares) {
            sum += share.messages();
        }
        this.messages = sum;
    }

    /** A single delivery. */
    public static Frames of(byte[] bytes, int messages, Receipt receipt) {
        return of(bytes, new Share(bytes.length, messages, receipt));
    }

    /**
     * The bytes, with a position of its own: a thread that offers these frames to many peers makes
     * one view and uses it for all of them.
     */
    public ByteBuffer view() {
        return bytes.duplicate();
    }

    /** A single delivery as one share of its own. */
    public static Frames of(byte[] bytes, Share share) {
        return new Frames(ByteBuffer.wrap(bytes), List.of(share));
    }

    /** Framing included. */
    public int size() {
        return size;
    }

    /** How many frames these are. */
    public int messages() {
        return messages;
    }

    /** Some of the bytes, for an outbox to keep. */
    ByteBuffer slice(int from, int length) {
        return bytes.slice(bytes.position() + from, length);
    }

    List<Share> shares() {
        return shares;
    }

    /** Counts one more holder; false if the budget has no room for these bytes. */
    boolean hold(OutboxBudget budget) {
        return hold(budget, false);
    }

    /** Counts one more holder, even beyond the budget. */
    boolean holdAnyway(OutboxBudget budget) {
        return hold(budget, true);
    }

    /** Gives one holder back; the last one gives the bytes back to the budget. */
    synchronized void release(OutboxBudget budget) {
        if (--holders == 0) {
            budget.giveBack(size);
        }
    }

    private synchronized boolean hold(OutboxBudget budget, boolean anyway) {
        if (holders == 0 && !budget.take(size, anyway)) {
            return false;
        }
        holders++;
        return true;
    }
}
