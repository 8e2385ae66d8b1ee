package io.switchboard.kernel;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Kernel information about one TCP socket: fields of {@code struct inet_diag_msg}
 * (linux/inet_diag.h) and {@code struct tcp_info} (linux/tcp.h), as sock_diag(7) returns them.
 *
 * @param local the local address; an IPv4-mapped IPv6 address appears as IPv4
 * @param remote the remote address, in the same form
 * @param state the name that ss(8) prints for the state, such as ESTAB
 * @param receiveQueue bytes that were received but not read yet; for a listening socket, the number
 *     of connections that were not accepted yet
 * @param sendQueue bytes that were written but that the peer's TCP stack has not acknowledged, sent
 *     or not; for a listening socket, the limit of its accept queue
 * @param notSent bytes of the send queue that were not sent yet
 * @param unackedSegments segments that were sent and not acknowledged
 * @param retransmits retransmissions of the oldest unacknowledged segment
 * @param totalRetransmits retransmissions since the connection was established
 * @param rttMicros the smoothed round-trip time in microseconds
 * @param rttVarianceMicros the variance of the round-trip time in microseconds
 * @param congestionWindow the congestion window in segments
 * @param mss the maximum segment size for sending, in bytes
 * @param deliveryRate the most recently measured rate in bytes per second
 * @param bytesAcked bytes that the peer's TCP stack acknowledged since the connection was
 *     established
 * @param lastAckMillis milliseconds since the last acknowledgement was received
 * @param inode the inode of the socket, as in the links of /proc/PID/fd
 */
public record TcpSocketInfo(
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
    /** The local and the remote address, which together identify a connected socket. */
    public record SocketPair(InetSocketAddress local, InetSocketAddress remote) {

        /** Returns the pair, or null if one of the addresses is not an IP address. */
        public static @Nullable SocketPair of(SocketAddress local, SocketAddress remote) {
            return local instanceof InetSocketAddress localInet
                            && remote instanceof InetSocketAddress remoteInet
                    ? new SocketPair(localInet, remoteInet)
                    : null;
        }
    }

    /** Returns the addresses that identify this socket. */
    public SocketPair ends() {
        return new SocketPair(local, remote);
    }
}
