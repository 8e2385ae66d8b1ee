package io.switchboard.kernel;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel knows of one TCP socket: {@code struct inet_diag_msg} of linux/inet_diag.h and
 * {@code struct tcp_info} of linux/tcp.h, as sock_diag(7) gives them.
 *
 * @param local our end; IPv4-mapped addresses appear as IPv4
 * @param remote the far end
 * @param state as ss(8) writes it, such as ESTAB
 * @param receiveQueue bytes that arrived and were not read
 * @param sendQueue bytes written that the peer's TCP has not acknowledged, sent or not
 * @param notSent those of them that were not sent yet
 * @param unackedSegments segments in flight
 * @param retransmits retransmissions of the segment that is retried now
 * @param totalRetransmits retransmissions since the connection began
 * @param rttMicros smoothed round-trip time
 * @param rttVarianceMicros its variance
 * @param congestionWindow segments
 * @param mss bytes of a segment
 * @param deliveryRate bytes a second, as measured last
 * @param bytesAcked since the connection began
 * @param lastAckMillis since the last acknowledgement came
 * @param inode of the socket, the one in /proc/PID/fd
 */
public record SocketFigures(
        InetSocketAddress local,
        InetSocketAddress remote,
        String state,
        long receiveQueue,
        long sendQueue,
        long notSent,
        long unackedSegments,
        int retransmits,
        long totalRetransmits,
        long rttMicros,
        long rttVarianceMicros,
        long congestionWindow,
        long mss,
        long deliveryRate,
        long bytesAcked,
        long lastAckMillis,
        long inode) {
    /** The two ends that identify a connected socket. */
    public record Ends(InetSocketAddress local, InetSocketAddress remote) {

        /** Null where either is no IP address. */
        public static @Nullable Ends of(SocketAddress local, SocketAddress remote) {
            return local instanceof InetSocketAddress ours
                            && remote instanceof InetSocketAddress far
                    ? new Ends(ours, far)
                    : null;
        }
    }

    /** What tells it from all others. */
    public Ends ends() {
        return new Ends(local, remote);
    }
}
