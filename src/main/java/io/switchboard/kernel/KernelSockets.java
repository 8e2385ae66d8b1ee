package io.switchboard.kernel;

import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Queries the kernel's sock_diag(7) interface for the sockets of this network namespace. It needs
 * no privilege. Thread-safe; a call blocks while another thread's query runs.
 *
 * <p>If the interface is not available (on another system than Linux, or because of a seccomp
 * filter), the constructor logs one line, {@link #available} is false, and every result is empty.
 * If a single query fails, its result is empty or incomplete; methods that return a boolean report
 * this.
 *
 * <p>{@code lock} guards {@code netlink} and {@code sequence}, so one query runs at a time. A query
 * takes some microseconds; a dump of 10,000 sockets takes some ten milliseconds.
 */
@Component
public final class KernelSockets implements DisposableBean {
    /**
     * The fill level of a UDP socket's receive queue (SO_MEMINFO of socket(7)).
     *
     * @param waiting bytes of kernel memory that received datagrams use until they are read
     * @param limit the maximum of {@code waiting} in bytes
     * @param dropped the number of datagrams that the kernel dropped since the socket was bound,
     *     because the queue was full
     */
    public record DatagramQueue(long waiting, long limit, long dropped) {}

    /**
     * The fill level of a listening socket's accept queue (listen(2)).
     *
     * @param waiting the number of established connections that were not accepted yet
     * @param limit the maximum of {@code waiting}: the backlog, but at most net.core.somaxconn
     */
    public record AcceptQueue(long waiting, long limit) {}

    private static final Logger log = LoggerFactory.getLogger(KernelSockets.class);

    private final ReentrantLock lock = new ReentrantLock();

    /** Held while a map of all sockets exists; taken before {@link #lock}. */
    private final ReentrantLock mapLock = new ReentrantLock(true);

    private @Nullable LibcSocket netlink;
    private int sequence;

    public KernelSockets() {
        netlink = open();
    }

    private static @Nullable LibcSocket open() {
        try {
            return LibcSocket.netlink();
        } catch (IOException | LinkageError | RuntimeException e) {
            log.info("kernel socket information (sock_diag) is not available: {}", e.getMessage());
            return null;
        }
    }

    /** Returns whether sock_diag is available. */
    public boolean available() {
        lock.lock();
        try {
            return netlink != null;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the connected TCP socket with these two addresses; empty if there is none. */
    public Optional<TcpSocketInfo> find(SocketPair pair) {
        AtomicReference<TcpSocketInfo> found = new AtomicReference<>();
        queryTcp(number -> SockDiag.requestOne(number, pair), found::set);
        return Optional.ofNullable(found.get());
    }

    /**
     * Calls {@code each} with those of these connected TCP sockets that exist, while it holds the
     * lock.
     *
     * @param dumpAbove the number of sockets above which the kernel is asked for all sockets of the
     *     machine in one dump, instead of for each socket
     * @return whether the answer is complete; if not, other sockets may exist too
     */
    public boolean find(Set<SocketPair> pairs, int dumpAbove, Consumer<TcpSocketInfo> each) {
        Set<SocketPair> missing = pairs;
        if (pairs.size() > dumpAbove) {
            missing = new HashSet<>(pairs);
            if (!forEach(new Wanted(missing, each))) {
                return false;
            }
        }
        // a dump may skip a socket while another one is closed, so its absence proves nothing
        for (SocketPair pair : missing) {
            if (!queryTcp(number -> SockDiag.requestOne(number, pair), each)) {
                return false;
            }
        }
        return true;
    }

    /** Passes on the sockets that are in a set, and removes them from it. */
    private record Wanted(Set<SocketPair> pairs, Consumer<TcpSocketInfo> each)
            implements Consumer<TcpSocketInfo> {
        @Override
        public void accept(TcpSocketInfo socket) {
            if (pairs.remove(socket.ends())) {
                each.accept(socket);
            }
        }
    }

    /**
     * Calls {@code each} with every connected TCP socket, IPv4 and IPv6, while it holds the lock.
     * Returns whether the kernel has sent all of them; a socket may be missing nevertheless if
     * others were opened or closed meanwhile.
     */
    public boolean forEach(Consumer<TcpSocketInfo> each) {
        boolean ipv4 = queryTcp(number -> SockDiag.requestConnected(number, false), each);
        return queryTcp(number -> SockDiag.requestConnected(number, true), each) && ipv4;
    }

    /**
     * Calls the function with all connected TCP sockets. Runs one such call at a time, first come,
     * first served, because each has a map of all sockets of the machine. Blocks meanwhile.
     */
    public <T> T withAll(Function<Map<SocketPair, TcpSocketInfo>, T> use) {
        mapLock.lock();
        try {
            Map<SocketPair, TcpSocketInfo> sockets = new HashMap<>();
            forEach(socket -> sockets.put(socket.ends(), socket));
            return use.apply(sockets);
        } finally {
            mapLock.unlock();
        }
    }

    /** Returns the accept queue of the TCP or Unix socket that listens at this address. */
    public Optional<AcceptQueue> acceptQueue(SocketAddress listening) {
        return switch (listening) {
            case InetSocketAddress inet -> acceptQueue(inet);
            case UnixDomainSocketAddress local -> acceptQueue(local);
            default -> Optional.empty();
        };
    }

    private Optional<AcceptQueue> acceptQueue(InetSocketAddress listening) {
        Match<AcceptQueue> match = new Match<>(listening);
        boolean ipv6 = listening.getAddress() instanceof Inet6Address;
        queryTcp(
                number -> SockDiag.requestListening(number, ipv6),
                each ->
                        match.accept(
                                each.local(),
                                new AcceptQueue(each.receiveQueue(), each.sendQueue())));
        return match.found();
    }

    private Optional<AcceptQueue> acceptQueue(UnixDomainSocketAddress listening) {
        Match<AcceptQueue> match = new Match<>(listening.getPath().toString());
        query(
                UnixDiag::requestListening,
                (in, at, end) -> UnixDiag.read(in, at, end, match::accept));
        return match.found();
    }

    /** Returns the receive queue of the UDP socket that is bound to this address. */
    public Optional<DatagramQueue> datagramQueue(InetSocketAddress bound) {
        Match<DatagramQueue> match = new Match<>(bound);
        boolean ipv6 = bound.getAddress() instanceof Inet6Address;
        query(
                number -> SockDiag.requestUdp(number, ipv6),
                (in, at, end) -> SockDiag.readUdp(in, at, end, match::accept));
        return match.found();
    }

    /** Keeps the value of the one socket in a dump whose address matches. */
    private static final class Match<T> {
        private final Object address;
        private @Nullable T found;

        Match(Object address) {
            this.address = address;
        }

        void accept(Object each, T value) {
            if (each.equals(address)) {
                found = value;
            }
        }

        Optional<T> found() {
            return Optional.ofNullable(found);
        }
    }

    private boolean queryTcp(IntFunction<ByteBuffer> request, Consumer<TcpSocketInfo> each) {
        return query(request, (in, at, end) -> SockDiag.read(in, at, end, each));
    }

    /** Returns whether the answer is complete. */
    private boolean query(IntFunction<ByteBuffer> request, NetlinkMessages.BodyReader each) {
        lock.lock();
        try {
            if (netlink == null) {
                return false;
            }
            sequence++;
            netlink.send(request.apply(sequence));
            boolean complete = false;
            while (!complete) {
                complete = NetlinkMessages.read(netlink.receive(), sequence, each);
            }
            return true;
        } catch (IOException e) {
            log.debug("a sock_diag query failed: {}", e.getMessage());
            return false;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void destroy() {
        lock.lock();
        try {
            if (netlink != null) {
                netlink.close();
                netlink = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
