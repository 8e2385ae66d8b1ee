package io.switchboard.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response while it is read by a virtual thread. No more is read than the longest
 * answer, and with the headers of chunks twice as much.
 */
final class AnswerBody {
    /** The length of the longest response body that is written to a peer, in bytes. */
    static final int MAX_LENGTH = 1024 * 1024;

    private static final int MAX_RECEIVED = 2 * MAX_LENGTH;

    /** How many bytes are received before other virtual threads run. */
    private static final int TURN = 16 * 1024;

    private final InputStream in;
    private final LongSupplier received;
    private final long start;
    private long turn;

    /**
     * @param received returns how many bytes the connection has received, with everything that is
     *     not part of the content
     */
    AnswerBody(InputStream in, LongSupplier received) {
        this.in = in;
        this.received = received;
        this.start = received.getAsLong();
        this.turn = start;
    }

    /**
     * Returns the body; null if it is too long or there is too little memory for it, and then its
     * rest is not read.
     */
    byte @Nullable [] read(WebhookAnswerBudget.Share memory) throws IOException {
        byte[] bytes = new byte[WebhookAnswerBudget.FREE_BYTES];
        int length = 0;
        while (true) {
            int count = read(bytes, length);
            if (count < 0) {
                return Arrays.copyOf(bytes, length);
            }
            length += count;
            if (length > MAX_LENGTH || isTooLong()) {
                return null;
            }
            if (length == bytes.length) {
                int capacity = Math.min(2 * length, MAX_LENGTH + 1);
                if (!memory.grow(capacity)) {
                    return null;
                }
                bytes = Arrays.copyOf(bytes, capacity);
            }
        }
    }

    /** Reads the body to its end, so that the connection can be used again, unless it is long. */
    void discard() throws IOException {
        byte[] bytes = new byte[WebhookAnswerBudget.FREE_BYTES];
        long length = 0;
        int count = 0;
        while (count >= 0 && length <= MAX_LENGTH && !isTooLong()) {
            count = read(bytes, 0);
            length += count;
        }
    }

    private boolean isTooLong() {
        return received.getAsLong() - start > MAX_RECEIVED;
    }

    /**
     * Reads once. A read that finds data does not unmount the virtual thread; so many posts whose
     * back ends send without a pause would keep all other virtual threads waiting.
     */
    private int read(byte[] bytes, int offset) throws IOException {
        if (received.getAsLong() - turn >= TURN) {
            LockSupport.parkNanos(1);
            turn = received.getAsLong();
        }
        return in.read(bytes, offset, bytes.length - offset);
    }
}
