package io.switchboard.kernel;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of sock_diag(7) for TCP sockets: {@code struct inet_diag_req_v2} out, {@code struct
 * inet_diag_msg} with a {@code struct tcp_info} in. Offsets are those of linux/netlink.h,
 * linux/inet_diag.h and linux/tcp.h, which the kernel never moves.
 */
final class SockDiag {
    private static final int NLMSG_HEADER = 16;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int NLM_F_REQUEST = 0x1;
    private static final int NLM_F_DUMP = 0x300;
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int REQUEST = NLMSG_HEADER + 56;
    private static final int DIAG_MESSAGE = 72;
    private static final int INET_DIAG_INFO = 2;
    private static final int ATTRIBUTE_HEADER = 4;

    /** Bytes of {@code struct tcp_info} that are read, up to tcpi_delivery_rate. */
    private static final int TCP_INFO = 168;

    private static final byte IPPROTO_TCP = 6;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;
    private static final int ADDRESS_ROOM = 16;
    private static final int NO_COOKIE = -1;
    private static final int ENOENT = 2;

    /** Every state but LISTEN, TIME_WAIT, CLOSE and NEW_SYN_RECV: a connection with two ends. */
    private static final int CONNECTED_STATES =
            1 << 1 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 11;

    /** By number, as ss(8) writes them. */
    private static final List<String> STATES =
            List.of(
                    "UNKNOWN",
                    "ESTAB",
                    "SYN-SENT",
                    "SYN-RECV",
                    "FIN-WAIT-1",
                    "FIN-WAIT-2",
                    "TIME-WAIT",
                    "UNCONN",
                    "CLOSE-WAIT",
                    "LAST-ACK",
                    "LISTEN",
                    "CLOSING");

    private SockDiag() {}

    /** Asks for the one socket between these two ends, which are of one family. */
    static ByteBuffer requestOne(int sequence, Ends ends) {
        InetSocketAddress local = ends.local();
        InetSocketAddress remote = ends.remote();
        byte family = local.getAddress() instanceof Inet4Address ? AF_INET : AF_INET6;
        ByteBuffer request = request(sequence, NLM_F_REQUEST, family);
        ByteBuffer id = request.slice(NLMSG_HEADER + 8, 48);
        id.putShort((short) local.getPort()).putShort((short) remote.getPort());
        id.put(4, local.getAddress().getAddress());
        id.put(4 + ADDRESS_ROOM, remote.getAddress().getAddress());
        return request;
    }

    /** Asks for every connected socket of a family, in one dump. */
    static ByteBuffer requestAll(int sequence, boolean ipv6) {
        return request(sequence, NLM_F_REQUEST | NLM_F_DUMP, ipv6 ? AF_INET6 : AF_INET);
    }

    private static ByteBuffer request(int sequence, int flags, byte family) {
        ByteBuffer request = ByteBuffer.allocate(REQUEST).order(ByteOrder.nativeOrder());
        request.putInt(REQUEST)
                .putShort((short) SOCK_DIAG_BY_FAMILY)
                .putShort((short) flags)
                .putInt(sequence)
                .putInt(0);
        request.put(family).put(IPPROTO_TCP).put((byte) (1 << (INET_DIAG_INFO - 1))).put((byte) 0);
        request.putInt(CONNECTED_STATES);
        request.putInt(REQUEST - 8, NO_COOKIE).putInt(REQUEST - 4, NO_COOKIE);
        return request.rewind();
    }

    /**
     * Reads one datagram of an answer.
     *
     * @param sequence of the request; answers to others are passed over
     * @param sockets gets each socket
     * @return whether the answer is complete
     * @throws IOException the kernel answered with an error
     */
    static boolean read(ByteBuffer datagram, int sequence, Consumer<SocketFigures> sockets)
            throws IOException {
        int at = 0;
        while (at + NLMSG_HEADER <= datagram.limit()) {
            int length = datagram.getInt(at);
            int type = datagram.getShort(at + 4);
            boolean multipart = (datagram.getShort(at + 6) & 0x2) != 0;
            if (length < NLMSG_HEADER || at + length > datagram.limit()) {
                throw new IOException("a netlink message of " + length + " bytes is cut off");
            }
            if (datagram.getInt(at + 8) == sequence) {
                if (type == NLMSG_DONE) {
                    return true;
                }
                if (type == NLMSG_ERROR) {
                    int errno = -datagram.getInt(at + NLMSG_HEADER);
                    if (errno != ENOENT) {
                        throw new IOException("sock_diag answered with errno " + errno);
                    }
                    return true;
                }
                SocketFigures socket = socket(datagram, at + NLMSG_HEADER, at + length);
                if (socket != null) {
                    sockets.accept(socket);
                }
                if (!multipart) {
                    return true;
                }
            }
            at += align(length);
        }
        return false;
    }

    private static @Nullable SocketFigures socket(ByteBuffer in, int at, int end)
            throws UnknownHostException {
        ByteBuffer info = attribute(in, at + DIAG_MESSAGE, end, INET_DIAG_INFO);
        if (info == null) {
            return null;
        }
        int addressLength = in.get(at) == AF_INET6 ? ADDRESS_ROOM : 4;
        int state = in.get(at + 1);
        return new SocketFigures(
                end(in, at + 8, addressLength, at + 4),
                end(in, at + 8 + ADDRESS_ROOM, addressLength, at + 6),
                state < STATES.size() ? STATES.get(state) : STATES.getFirst(),
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
                unsigned(in, at + 68));
    }

    /**
     * One attribute's value.
     *
     * @return as long as {@link #TCP_INFO} at least: an older kernel's shorter struct is filled up
     *     with zeros; null where there is no such attribute
     */
    private static @Nullable ByteBuffer attribute(ByteBuffer in, int from, int end, int wanted) {
        int at = from;
        while (at + ATTRIBUTE_HEADER <= end) {
            int length = Short.toUnsignedInt(in.getShort(at));
            if (length < ATTRIBUTE_HEADER || at + length > end) {
                return null;
            }
            if (in.getShort(at + 2) == wanted) {
                int size = length - ATTRIBUTE_HEADER;
                ByteBuffer value = ByteBuffer.allocate(Math.max(size, TCP_INFO)).order(in.order());
                return value.put(0, in, at + ATTRIBUTE_HEADER, size);
            }
            at += align(length);
        }
        return null;
    }

    private static InetSocketAddress end(ByteBuffer in, int at, int length, int port)
            throws UnknownHostException {
        byte[] address = new byte[length];
        in.get(at, address);
        int number = (in.get(port) & 0xff) << 8 | (in.get(port + 1) & 0xff);
        return new InetSocketAddress(InetAddress.getByAddress(address), number);
    }

    private static long unsigned(ByteBuffer in, int at) {
        return Integer.toUnsignedLong(in.getInt(at));
    }

    private static int align(int length) {
        return (length + 3) & ~3;
    }
}
