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

    /** What an operator's limits leave of the peer's rate; null without limits. */
    private RateLimit.@Nullable Received rate;

    private int framesPerStep;

    /** {@link System#nanoTime} until which {@link #rate} pauses reading; 0 if it does not. */
    private long pausedUntil;

    private int nextRead = FIRST_READ;
    private boolean expectsMore;

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
        expectsMore = false;
        nextRead = FIRST_READ;
    }

    /** Records a read whose bytes are dropped. */
    void dropped() {
        expectsMore = true;
        nextRead = LARGEST_READ;
    }

    /**
     * Records a read after which all bytes have been searched for frames.
     *
     * @param full whether it brought as many bytes as were asked for
     */
    void read(boolean full, int frames) {
        expectsMore = full;
        if (!full) {
            nextRead = FIRST_READ;
        } else if (frames < FrameReader.FRAMES_PER_STEP / 2) {
            nextRead = Math.min(2 * nextRead, LARGEST_READ);
        }
    }

    /**
     * Records a read after which the step ended with bytes that are left for the next steps. The
     * next read brings a little less than a step can process: the others take their turns in
     * between, and little has to be kept, however short the frames are.
     *
     * @param searched the bytes of the step's frames
     * @param frames the number of these frames
     * @param most the frames after which the step had to end; fewer of them took all of its time
     */
    void readMoreThanAStep(int searched, int frames, int most) {
        expectsMore = false;
        long step = (long) searched * (frames < most ? 1 : FrameReader.FRAMES_PER_STEP / most);
        nextRead = Math.clamp(step - step / 8, SMALLEST_READ, LARGEST_READ);
    }

    /** Returns whether the socket probably has more bytes. */
    boolean expectsMore() {
        return expectsMore;
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
