package io.switchboard.transport.stream;

import io.switchboard.peer.PeerLimits;
import io.switchboard.transport.RateLimit;
import io.switchboard.transport.ReceiveBudget;
import org.jspecify.annotations.Nullable;

/**
 * How much one connection reads at once, and when it may read again: the size of the next read
 * follows what the last one brought, and an operator's limits on the peer's rate pause reading.
 * Used on the connection's loop only. The object is the owner of that pause.
 */
final class ReadPacing {
    /** The bytes of one read of a peer that sends little, one that sends tiny frames, and much. */
    private static final int FIRST_READ = 16 * 1024;

    private static final int SMALLEST_READ = 4 * 1024;
    private static final int LARGEST_READ = 64 * 1024;

    /** The frames of the step that reads and of one more, in relation to those of the former. */
    private static final int TWO_STEPS =
            1 + FrameReader.FRAMES_PER_STEP / FrameReader.FRAMES_PER_READ;

    /** What an operator's limits leave of the peer's rate; null without limits. */
    private RateLimit.@Nullable Received rate;

    private int framesPerStep;

    /** {@link System#nanoTime} until which {@link #rate} pauses reading; 0 if it does not. */
    private long pausedUntil;

    private int nextRead = FIRST_READ;

    ReadPacing(PeerLimits limits) {
        limits(limits);
    }

    /** Applies other limits. A pause that has begun ends when it would have ended. */
    final void limits(PeerLimits limits) {
        rate = RateLimit.Received.of(limits);
        Integer messagesPerSecond = limits.messagesPerSecond();
        framesPerStep =
                messagesPerSecond == null
                        ? FrameReader.FRAMES_PER_STEP
                        : Math.max(1, messagesPerSecond / 10);
    }

    /** Returns so few frames that one step exceeds the rate by a tenth of a second at most. */
    int framesPerStep() {
        return framesPerStep;
    }

    /** Returns how many bytes to read if they are dropped. */
    int nextRead() {
        return nextRead;
    }

    /**
     * Returns how many bytes to read if they are kept. Frames that wait for the peer's next turn,
     * or for its rate, must not fill the budget: they have no deadline, and cannot be evicted.
     */
    int nextRead(ReceiveBudget.Share budget) {
        return rate == null && budget.fits(nextRead) ? nextRead : ReceiveBudget.FREE_BYTES;
    }

    /** Records a read that brought nothing. */
    void nothingRead() {
        nextRead = FIRST_READ;
    }

    /** Records a read whose bytes are dropped. */
    void dropped() {
        nextRead = LARGEST_READ;
    }

    /** Records a read after which all bytes have been searched for frames. */
    void read(boolean full) {
        nextRead = full ? LARGEST_READ : FIRST_READ;
    }

    /**
     * Records a read after which the step ended with bytes that are left for the next steps. The
     * next read brings about as many bytes as it and one more step can process: the others take
     * their turns in between, and what is kept stays small, however short the frames are.
     *
     * @param searched the bytes of the step's frames
     */
    void readMoreThanAStep(int searched) {
        nextRead = Math.clamp((long) TWO_STEPS * searched, SMALLEST_READ, LARGEST_READ - 1);
    }

    /** Returns whether the socket probably has more bytes. */
    boolean expectsMore() {
        return nextRead == LARGEST_READ;
    }

    /**
     * Counts what was received. Returns the nanoseconds for which reading is to be paused; 0 if the
     * peer is within its rate, or the pause has begun before.
     */
    long take(int messages, int bytes) {
        if (rate == null) {
            return 0;
        }
        long now = System.nanoTime();
        long wait = rate.take(messages, bytes, now);
        if (wait <= 0 || pausedUntil != 0) {
            return 0;
        }
        pausedUntil = now + wait | 1;
        return wait;
    }

    /** Returns whether the rate of the peer has paused reading. */
    boolean isPaused() {
        return pausedUntil != 0;
    }

    /** Returns the nanoseconds until the pause ends; if none are left, it has ended. */
    long nanosPaused(long now) {
        long left = pausedUntil - now;
        if (left <= 0) {
            pausedUntil = 0;
        }
        return Math.max(0, left);
    }
}
