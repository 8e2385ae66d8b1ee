package io.switchboard.query;

import io.switchboard.kernel.Descriptors;
import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.peer.Link.SocketOptions;
import io.switchboard.peer.Reach;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Kernel information about a peer's socket, as sock_diag(7) provides it. If the kernel does not
 * provide it, all components except {@code options} are null.
 *
 * @param fileno the file descriptor in this process; null in lists, because its look-up is
 *     expensive, and for a reader with a restricted reach
 * @param inode null for a reader with a restricted reach
 * @param state the state as ss(8) writes it, such as ESTAB
 * @param receiveQueue received bytes that this process has not read
 * @param sendQueue written bytes that the peer has not acknowledged, sent or not
 * @param unackedBytes sent bytes that the peer has not acknowledged
 * @param ackedBytes bytes that the peer has acknowledged since the connection began
 * @param rtt smoothed round-trip time in milliseconds
 * @param rttVariance variance of the round-trip time in milliseconds
 * @param retransmits retransmissions of the current segment
 * @param totalRetransmits retransmissions since the connection began
 * @param congestionWindow the window in segments of {@code mss} bytes
 * @param deliveryRate the last measured rate in bytes per second
 * @param options socket options; null in lists
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
    private static final double MICROS_PER_MILLI = 1000;

    static SocketView unknown(@Nullable SocketOptions options) {
        return new SocketView(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                options);
    }

    /**
     * Returns all information that the reader may have. The system numbers descriptors and inodes
     * in the order in which it opens them, and a descriptor is the lowest number that is free: both
     * tell how many sockets the peers out of reach have. So only a reader of all peers gets them.
     */
    static SocketView of(TcpSocketInfo info, @Nullable SocketOptions options, Reach reach) {
        OptionalInt fileno =
                reach.includesAll() ? Descriptors.ofSocket(info.inode()) : OptionalInt.empty();
        return of(info, fileno.isPresent() ? fileno.getAsInt() : null, options, reach);
    }

    /**
     * Returns the information that lists show, as {@link #of(TcpSocketInfo, SocketOptions, Reach)}
     * but for the descriptor and the options.
     */
    public static SocketView forList(TcpSocketInfo info, Reach reach) {
        return of(info, null, null, reach);
    }

    private static SocketView of(
            TcpSocketInfo info,
            @Nullable Integer fileno,
            @Nullable SocketOptions options,
            Reach reach) {
        return new SocketView(
                fileno,
                reach.includesAll() ? info.inode() : null,
                info.state(),
                info.receiveQueue(),
                info.sendQueue(),
                unackedBytes(info),
                info.bytesAcked(),
                info.rttMicros() / MICROS_PER_MILLI,
                info.rttVarianceMicros() / MICROS_PER_MILLI,
                info.retransmits(),
                info.totalRetransmits(),
                info.congestionWindow(),
                info.mss(),
                info.deliveryRate(),
                options);
    }

    static long unackedBytes(TcpSocketInfo info) {
        return info.sendQueue() - info.notSent();
    }
}
