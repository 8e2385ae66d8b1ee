package io.switchboard.web;

import io.switchboard.kernel.Descriptors;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.SocketOptions;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel knows of a peer's socket. All but the options is null where it cannot be asked.
 *
 * @param fileno our descriptor; null also in lists, where looking it up would cost too much
 * @param unackedBytes sent and not acknowledged yet
 * @param sendQueue those, and what was written and is not sent yet
 * @param rtt smoothed round-trip time, milliseconds
 * @param retransmits of the segment that is retried now
 * @param congestionWindow segments of {@code mss} bytes
 * @param deliveryRate bytes a second
 */
record SocketView(
        @Nullable Integer fileno,
        @Nullable Long inode,
        @Nullable String state,
        @Nullable Long receiveQueue,
        @Nullable Long sendQueue,
        @Nullable Long unackedBytes,
        @Nullable Long ackedBytes,
        @Nullable Double rtt,
        @Nullable Double rttVariance,
        @Nullable Integer retransmits,
        @Nullable Long totalRetransmits,
        @Nullable Long congestionWindow,
        @Nullable Long mss,
        @Nullable Long deliveryRate,
        @Nullable SocketOptions options) {
    private static final double MICROS_IN_A_MILLI = 1000;

    static SocketView unknown(@Nullable SocketOptions options) {
        return new SocketView(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                options);
    }

    static SocketView of(SocketFigures figures, @Nullable SocketOptions options) {
        OptionalInt fileno = Descriptors.ofSocket(figures.inode());
        return of(figures, fileno.isPresent() ? fileno.getAsInt() : null, options);
    }

    static SocketView inList(SocketFigures figures) {
        return of(figures, null, null);
    }

    private static SocketView of(
            SocketFigures figures, @Nullable Integer fileno, @Nullable SocketOptions options) {
        return new SocketView(
                fileno,
                figures.inode(),
                figures.state(),
                figures.receiveQueue(),
                figures.sendQueue(),
                unackedBytes(figures),
                figures.bytesAcked(),
                figures.rttMicros() / MICROS_IN_A_MILLI,
                figures.rttVarianceMicros() / MICROS_IN_A_MILLI,
                figures.retransmits(),
                figures.totalRetransmits(),
                figures.congestionWindow(),
                figures.mss(),
                figures.deliveryRate(),
                options);
    }

    static long unackedBytes(SocketFigures figures) {
        return figures.sendQueue() - figures.notSent();
    }
}
