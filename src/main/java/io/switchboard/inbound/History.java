package io.switchboard.inbound;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * The latest messages of one peer, the oldest forgotten first. The peer's event loop adds, without
 * a lock but where the history grows; this object's monitor guards {@code closed} and {@code
 * pieces}, and who waits in a long poll waits on it.
 *
 * <p>Where all histories together have no room left, one that cannot grow forgets sooner, and a
 * message that is longer than all it has is numbered and not kept; readers are told as of any that
 * is forgotten.
 *
 * <p>Race: a message while a reader falls asleep. The reader says that it waits, then looks for
 * messages once more; the loop adds the message, then looks whether anybody waits.
 */
public final class History {

    private final Room room;
    private final long most;
    private final Ring<InboundMessage> ring;

    /** Bytes of the pieces, as the event loop knows them. */
    private long allowed;

    /** Of the common room, that this history has. */
    private int pieces;

    /** Written under the monitor. */
    private volatile int waiting;

    private boolean closed;

    History(Room room) {
        this.room = room;
        this.most = room.limits().maxBytes().toBytes();
        this.ring = new Ring<>(room.limits().maxMessages(), most, 0);
    }

    /**
     * Keeps a message, and numbers it. Called on the peer's event loop.
     *
     * @param nanos {@link System#nanoTime} when the last of it came
     */
    InboundMessage add(byte[] payload, long nanos) {
        InboundMessage message = new InboundMessage(ring.last() + 1, nanos, payload);
        if (hasRoom(payload.length)) {
            ring.add(message);
        } else {
            ring.pass(message.seq());
        }
        if (waiting > 0) {
            synchronized (this) {
                notifyAll();
            }
        }
        return message;
    }

    /** Whether a message can be kept, if need be in place of all others. */
    private boolean hasRoom(int size) {
        long wanted = Math.max(size, Math.min(most, ring.bytes() + size));
        if (wanted > allowed) {
            grow(wanted);
        }
        return size <= allowed;
    }

    private synchronized void grow(long wanted) {
        int more = Math.toIntExact(Math.ceilDiv(wanted, Room.PIECE)) - pieces;
        if (!closed && room.take(more)) {
            pieces += more;
            allowed = (long) pieces * Room.PIECE;
            ring.allow(Math.min(most, allowed));
        }
    }

    /** The peer is closed: nobody need wait for more, and the room is for others. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            room.giveBack(pieces);
        }
        notifyAll();
    }

    long bytes() {
        return ring.bytes();
    }

    /**
     * What came after a message.
     *
     * @param after its sequence number; 0 for all that is kept
     * @param limit at most so many
     * @param wait how long to wait for the first, as long as the peer is not closed; blocks the
     *     calling thread, which should be a virtual one
     */
    public Ring.Page<InboundMessage> read(long after, int limit, Duration wait)
            throws InterruptedException {
        if (wait.isPositive()) {
            await(after, wait);
        }
        return ring.read(Math.min(after, ring.last()), _ -> true, limit, Long.MAX_VALUE);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // it is written under the monitor only
    private synchronized void await(long after, Duration wait) throws InterruptedException {
        long end = System.nanoTime() + wait.toNanos();
        waiting++;
        try {
            for (long left = wait.toNanos();
                    ring.last() <= after && !closed && left > 0;
                    left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } finally {
            waiting--;
        }
    }

    /**
     * The memory that the histories of all connected peers share. Thread-safe; a history comes here
     * when it grows, not with each message.
     */
    @Component
    static final class Room {
        /** What is given out at once, in bytes. */
        static final int PIECE = 256;

        private final HistoryProperties limits;
        private final int pieces;
        private final Semaphore free;

        Room(HistoryProperties limits, MeterRegistry meters) {
            this.limits = limits;
            this.pieces = (int) Math.min(Integer.MAX_VALUE, limits.totalMaxBytes() / PIECE);
            this.free = new Semaphore(pieces);
            Gauge.builder("switchboard.history.bytes", this, Room::taken)
                    .description("What histories of connected peers may hold of what was received")
                    .baseUnit("bytes")
                    .register(meters);
        }

        HistoryProperties limits() {
            return limits;
        }

        /**
         * Whether so many more pieces could be had; then they are the caller's until given back.
         */
        boolean take(int morePieces) {
            return free.tryAcquire(morePieces);
        }

        void giveBack(int takenPieces) {
            free.release(takenPieces);
        }

        private long taken() {
            return (long) (pieces - free.availablePermits()) * PIECE;
        }
    }
}
