package io.switchboard.query;

import io.switchboard.kernel.Descriptors;
import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.Link.SocketOptions;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel knows of a peer's socket. Everything but the options is null if the kernel does
 * not tell.
 *
 * @param fileno our descriptor; null in lists, because looking it up is expensive
 * @param sendQueue bytes that are written and not acknowledged, sent or not
 * @param unackedBytes bytes that are sent and not acknowledged
 * @param rtt smoothed round-trip time in milliseconds
 * @param retransmits retransmissions of the current segment
 * @param congestionWindow in segments of {@code mss} bytes
 * @param deliveryRate bytes per second
 */
public record SocketView(
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

    /** Returns what lists show of a socket. */
    public static SocketView inList(SocketFigures figures) {
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
