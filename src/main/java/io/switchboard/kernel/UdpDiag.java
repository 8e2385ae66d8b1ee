package io.switchboard.kernel;

import io.switchboard.kernel.KernelSockets.DatagramQueue;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;

/**
 * The messages of sock_diag(7) for UDP sockets: those of {@link SockDiag}, with the counters of
 * {@code SK_MEMINFO} of linux/sock_diag.h.
 */
final class UdpDiag {
    private static final byte IPPROTO_UDP = 17;
    private static final int INET_DIAG_SKMEMINFO = 7;
    private static final int ALL_STATES = -1;
    private static final int RMEM_ALLOC = 0;
    private static final int RCVBUF = 4;
    private static final int DROPS = 32;
    private static final int MEMINFO = 36;

    private UdpDiag() {}

    /** Asks for every socket of a family. */
    static ByteBuffer requestAll(int sequence, boolean ipv6) {
        return SockDiag.request(sequence, true, ipv6, IPPROTO_UDP, INET_DIAG_SKMEMINFO, ALL_STATES);
    }

    /** Reads one message: where it is bound, and its queue. */
    static void read(
            ByteBuffer in, int at, int end, BiConsumer<InetSocketAddress, DatagramQueue> each)
            throws UnknownHostException {
        ByteBuffer memory =
                NetlinkMessages.attribute(
                        in, at + SockDiag.DIAG_MESSAGE, end, INET_DIAG_SKMEMINFO, MEMINFO);
        if (memory != null) {
            each.accept(
                    SockDiag.local(in, at),
                    new DatagramQueue(
                            Integer.toUnsignedLong(memory.getInt(RMEM_ALLOC)),
                            Integer.toUnsignedLong(memory.getInt(RCVBUF)),
                            Integer.toUnsignedLong(memory.getInt(DROPS))));
        }
    }
}
