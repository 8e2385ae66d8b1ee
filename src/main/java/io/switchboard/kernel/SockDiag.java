package io.switchboard.kernel;

import io.switchboard.kernel.KernelSockets.DatagramQueue;
import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Encodes sock_diag(7) requests for TCP and UDP sockets ({@code struct inet_diag_req_v2}) and
 * decodes the responses: {@code struct inet_diag_msg} with a {@code struct tcp_info} or, for UDP,
 * with the counters of {@code SK_MEMINFO}. The kernel never changes the offsets of linux/netlink.h,
 * linux/inet_diag.h, linux/sock_diag.h and linux/tcp.h.
 */
final class SockDiag {
    private static final int REQUEST = NetlinkMessages.HEADER + 56;

    /** The size in bytes of {@code struct inet_diag_msg}. */
    private static final int DIAG_MESSAGE = 72;

    private static final int INET_DIAG_INFO = 2;
    private static final int INET_DIAG_SKMEMINFO = 7;

    /**
     * The number of bytes of {@code struct tcp_info} up to the last field read, tcpi_delivery_rate.
     */
    private static final int TCP_INFO = 168;

    /** The number of bytes of {@code SK_MEMINFO} up to the last field read, the drops. */
    private static final int MEMINFO = 36;

    private static final int RMEM_ALLOC = 0;
    private static final int RCVBUF = 4;
    private static final int DROPS = 32;

    private static final byte IPPROTO_TCP = 6;
    private static final byte IPPROTO_UDP = 17;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;
    private static final int ADDRESS_FIELD = 16;
    private static final int NO_COOKIE = -1;
    private static final int ALL_STATES = -1;

    /** The number of the TCP state LISTEN. */
    private static final int TIME_WAIT = 6;

    private static final int LISTEN = 10;

    /**
     * The states of a socket with a remote address: all but LISTEN, TIME_WAIT, CLOSE, NEW_SYN_RECV.
     */
    private static final int CONNECTED_STATES =
            1 << 1 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 11;

    /** The names that ss(8) prints for the states, by number. */
    private static final String[] STATES =
            ("UNKNOWN ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT"
                            + " LAST-ACK LISTEN CLOSING")
                    .split(" ");

    private SockDiag() {}

    /** Requests the TCP socket with these two addresses, which are of the same family. */
    static ByteBuffer requestOne(int sequence, SocketPair pair) {
        InetSocketAddress local = pair.local();
        InetSocketAddress remote = pair.remote();
        boolean ipv6 = !(local.getAddress() instanceof Inet4Address);
        ByteBuffer request =
                request(sequence, false, ipv6, IPPROTO_TCP, INET_DIAG_INFO, CONNECTED_STATES);
        ByteBuffer id = request.slice(NetlinkMessages.HEADER + 8, 48);
        id.putShort((short) local.getPort()).putShort((short) remote.getPort());
        id.put(4, local.getAddress().getAddress());
        id.put(4 + ADDRESS_FIELD, remote.getAddress().getAddress());
        // a connection between link-local addresses is bound to its interface
        if (local.getAddress() instanceof Inet6Address scoped) {
            id.order(request.order()).putInt(4 + 2 * ADDRESS_FIELD, scoped.getScopeId());
        }
        return request;
    }

    /** Requests every connected TCP socket of a family, in one dump. */
    static ByteBuffer requestConnected(int sequence, boolean ipv6) {
        return request(sequence, true, ipv6, IPPROTO_TCP, INET_DIAG_INFO, CONNECTED_STATES);
    }

    /** Requests every listening TCP socket of a family. */
    static ByteBuffer requestListening(int sequence, boolean ipv6) {
        return request(sequence, true, ipv6, IPPROTO_TCP, INET_DIAG_INFO, 1 << LISTEN);
    }

    /** Requests every UDP socket of a family. */
    static ByteBuffer requestUdp(int sequence, boolean ipv6) {
        return request(sequence, true, ipv6, IPPROTO_UDP, INET_DIAG_SKMEMINFO, ALL_STATES);
    }

    /**
     * Creates a request.
     *
     * @param extension the attribute that each message of the response contains
     * @param states the states of the requested sockets, one bit per state
     */
    private static ByteBuffer request(
            int sequence, boolean dump, boolean ipv6, byte protocol, int extension, int states) {
        ByteBuffer request = NetlinkMessages.request(REQUEST, sequence, dump);
        request.put(ipv6 ? AF_INET6 : AF_INET).put(protocol);
        request.put((byte) (1 << (extension - 1))).put((byte) 0);
        request.putInt(states);
        request.putInt(REQUEST - 8, NO_COOKIE).putInt(REQUEST - 4, NO_COOKIE);
        return request.rewind();
    }

    /** Reads the local address and the receive queue from the message of one UDP socket. */
    static void readUdp(
            ByteBuffer in, int at, int end, BiConsumer<InetSocketAddress, DatagramQueue> each)
            throws UnknownHostException {
        ByteBuffer memory =
                NetlinkMessages.attribute(in, at + DIAG_MESSAGE, end, INET_DIAG_SKMEMINFO, MEMINFO);
        if (memory != null) {
            each.accept(
                    local(in, at),
                    new DatagramQueue(
                            unsigned(memory, RMEM_ALLOC),
                            unsigned(memory, RCVBUF),
                            unsigned(memory, DROPS)));
        }
    }

    /**
     * Reads the message of one TCP socket. A socket in TIME-WAIT has no {@code struct tcp_info}:
     * its queues are empty, because both ends have acknowledged everything. Skips any other without
     * it.
     */
    static void read(ByteBuffer in, int at, int end, Consumer<TcpSocketInfo> each)
            throws UnknownHostException {
        ByteBuffer info =
                NetlinkMessages.attribute(in, at + DIAG_MESSAGE, end, INET_DIAG_INFO, TCP_INFO);
        int state = in.get(at + 1);
        if (info == null && state == TIME_WAIT) {
            info = ByteBuffer.allocate(TCP_INFO);
        }
        if (info == null) {
            return;
        }
        each.accept(
                new TcpSocketInfo(
                        local(in, at),
                        address(in, at + 8 + ADDRESS_FIELD, addressLength(in, at), at + 6),
                        state < STATES.length ? STATES[state] : STATES[0],
                        unsigned(in, at + 56),
                        unsigned(in, at + 60),
                        unsigned(info, 144),
                        unsigned(info, 24),
                        info.get(2) & 0xff,
                        unsigned(info, 100),
                        unsigned(info, 68),
                        unsigned(info, 72),
                        unsigned(info, 80),
                        unsigned(info, 16),
                        info.getLong(160),
                        info.getLong(120),
                        unsigned(info, 56),
                        unsigned(in, at + 68)));
    }

    private static InetSocketAddress local(ByteBuffer in, int at) throws UnknownHostException {
        return address(in, at + 8, addressLength(in, at), at + 4);
    }

    private static int addressLength(ByteBuffer in, int at) {
        return in.get(at) == AF_INET6 ? ADDRESS_FIELD : 4;
    }

    private static InetSocketAddress address(ByteBuffer in, int at, int length, int port)
            throws UnknownHostException {
        byte[] bytes = new byte[length];
        in.get(at, bytes);
        int number = (in.get(port) & 0xff) << 8 | (in.get(port + 1) & 0xff);
        return new InetSocketAddress(InetAddress.getByAddress(bytes), number);
    }

    private static long unsigned(ByteBuffer in, int at) {
        return Integer.toUnsignedLong(in.getInt(at));
    }
}
