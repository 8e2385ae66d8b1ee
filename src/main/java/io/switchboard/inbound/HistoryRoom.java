package io.switchboard.inbound;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.Semaphore;
import org.springframework.stereotype.Component;

/**
 * The memory that the histories of all connected peers share. Thread-safe; a history comes here
 * when it grows, not with each message.
 */
@Component
final class HistoryRoom {
    /** What is given out at once, in bytes. */
    static final int PIECE = 256;

    private final HistoryProperties limits;
    private final int pieces;
    private final Semaphore free;

    HistoryRoom(HistoryProperties limits, MeterRegistry meters) {
        this.limits = limits;
        this.pieces = (int) Math.min(Integer.MAX_VALUE, limits.totalMaxBytes() / PIECE);
        this.free = new Semaphore(pieces);
        Gauge.builder("switchboard.history.bytes", this, HistoryRoom::taken)
                .description("What histories of connected peers may hold of what was received")
                .baseUnit("bytes")
                .register(meters);
    }

    /** What each may have by itself. */
    HistoryProperties limits() {
        return limits;
    }

    /** Whether so many more pieces could be had; then they are the caller's until given back. */
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
