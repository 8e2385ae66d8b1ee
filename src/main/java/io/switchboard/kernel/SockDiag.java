package io.switchboard.kernel;

import io.switchboard.kernel.SocketFigures.Ends;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of sock_diag(7) for TCP sockets: {@code struct inet_diag_req_v2} out, {@code struct
 * inet_diag_msg} with a {@code struct tcp_info} in. Offsets are those of linux/netlink.h,
 * linux/inet_diag.h and linux/tcp.h, which the kernel never moves.
 */
final class SockDiag {
    private static final int REQUEST = NetlinkMessages.HEADER + 56;

    /** Bytes of {@code struct inet_diag_msg}. */
    static final int DIAG_MESSAGE = 72;

    private static final int INET_DIAG_INFO = 2;

    /** Bytes of {@code struct tcp_info} that are read, up to tcpi_delivery_rate. */
    private static final int TCP_INFO = 168;

    private static final byte IPPROTO_TCP = 6;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;
    private static final int ADDRESS_ROOM = 16;
    private static final int NO_COOKIE = -1;

    /** The state of a socket that listens. */
    private static final int LISTEN = 10;

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
        boolean ipv6 = !(local.getAddress() instanceof Inet4Address);
        ByteBuffer request = request(sequence, false, ipv6, CONNECTED_STATES);
        ByteBuffer id = request.slice(NetlinkMessages.HEADER + 8, 48);
        id.putShort((short) local.getPort()).putShort((short) remote.getPort());
        id.put(4, local.getAddress().getAddress());
        id.put(4 + ADDRESS_ROOM, remote.getAddress().getAddress());
        return request;
    }

    /** Asks for every connected socket of a family, in one dump. */
    static ByteBuffer requestAll(int sequence, boolean ipv6) {
        return request(sequence, true, ipv6, CONNECTED_STATES);
    }

    /** Asks for every socket of a family that listens. */
    static ByteBuffer requestListening(int sequence, boolean ipv6) {
        return request(sequence, true, ipv6, 1 << LISTEN);
    }

    private static ByteBuffer request(int sequence, boolean dump, boolean ipv6, int states) {
        return request(sequence, dump, ipv6, IPPROTO_TCP, INET_DIAG_INFO, states);
    }

    /**
     * A request for sockets of a protocol.
     *
     * @param extension the attribute that each is to have
     * @param states a bit for each state
     */
    static ByteBuffer request(
            int sequence, boolean dump, boolean ipv6, byte protocol, int extension, int states) {
        ByteBuffer request = NetlinkMessages.request(REQUEST, sequence, dump);
        request.put(ipv6 ? AF_INET6 : AF_INET).put(protocol);
        request.put((byte) (1 << (extension - 1))).put((byte) 0);
        request.putInt(states);
        request.putInt(REQUEST - 8, NO_COOKIE).putInt(REQUEST - 4, NO_COOKIE);
        return request.rewind();
    }

    /** Reads one message; one without a {@code struct tcp_info} is passed over. */
    static void read(ByteBuffer in, int at, int end, Consumer<SocketFigures> sockets)
            throws UnknownHostException {
        SocketFigures socket = socket(in, at, end);
        if (socket != null) {
            sockets.accept(socket);
        }
    }

    private static @Nullable SocketFigures socket(ByteBuffer in, int at, int end)
            throws UnknownHostException {
        ByteBuffer info =
                NetlinkMessages.attribute(in, at + DIAG_MESSAGE, end, INET_DIAG_INFO, TCP_INFO);
        if (info == null) {
            return null;
        }
        int state = in.get(at + 1);
        return new SocketFigures(
                local(in, at),
                end(in, at + 8 + ADDRESS_ROOM, addressLength(in, at), at + 6),
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

    /** Where the socket of a message is bound. */
    static InetSocketAddress local(ByteBuffer in, int at) throws UnknownHostException {
        return end(in, at + 8, addressLength(in, at), at + 4);
    }

    private static int addressLength(ByteBuffer in, int at) {
        return in.get(at) == AF_INET6 ? ADDRESS_ROOM : 4;
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
}
