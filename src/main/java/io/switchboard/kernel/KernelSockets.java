package io.switchboard.kernel;

import io.switchboard.kernel.SocketFigures.Ends;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Asks the kernel about the sockets of this network namespace; no privilege is needed.
 *
 * <p>Where it cannot be asked (another system than Linux, a seccomp filter) {@link #available} is
 * false, one line said so, and every answer is empty. The lock guards the netlink socket: one
 * question at a time, each some microseconds, a dump of 10,000 sockets some ten milliseconds.
 */
@Component
public final class KernelSockets implements DisposableBean {
    /**
     * How full the receive queue of a UDP socket is (SO_MEMINFO of socket(7)).
     *
     * @param waiting memory of the datagrams that have come and were not read, bytes
     * @param limit what they may take
     * @param dropped datagrams for which there was no room, since the socket was bound
     */
    public record DatagramQueue(long waiting, long limit, long dropped) {}

    /**
     * How full the queue of a listening socket is (listen(2)).
     *
     * @param waiting connections that are established and not accepted yet
     * @param limit as many may wait: the backlog asked for, or what net.core.somaxconn allows
     */
    public record AcceptQueue(long waiting, long limit) {}

    private static final Logger log = LoggerFactory.getLogger(KernelSockets.class);

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Netlink netlink;
    private int sequence;

    public KernelSockets() {
        netlink = open();
    }

    private static @Nullable Netlink open() {
        try {
            return new Netlink();
        } catch (IOException | LinkageError | RuntimeException e) {
            log.info("the kernel cannot be asked about sockets here: {}", e.getMessage());
            return null;
        }
    }

    /** Whether the kernel answers. */
    public boolean available() {
        lock.lock();
        try {
            return netlink != null;
        } finally {
            lock.unlock();
        }
    }

    /** The TCP socket between these two ends. */
    public Optional<SocketFigures> find(Ends ends) {
        AtomicReference<SocketFigures> found = new AtomicReference<>();
        askOfTcp(number -> SockDiag.requestOne(number, ends), found::set);
        return Optional.ofNullable(found.get());
    }

    /** Every connected TCP socket of both families. */
    public void forEach(Consumer<SocketFigures> each) {
        askOfTcp(number -> SockDiag.requestConnected(number, false), each);
        askOfTcp(number -> SockDiag.requestConnected(number, true), each);
    }

    /** How full the queue of the socket is that listens at this address, of TCP or a path. */
    public Optional<AcceptQueue> acceptQueue(SocketAddress listening) {
        return switch (listening) {
            case InetSocketAddress inet -> acceptQueue(inet);
            case UnixDomainSocketAddress local -> acceptQueue(local);
            default -> Optional.empty();
        };
    }

    private Optional<AcceptQueue> acceptQueue(InetSocketAddress listening) {
        Wanted<AcceptQueue> wanted = new Wanted<>(listening);
        boolean ipv6 = listening.getAddress() instanceof Inet6Address;
        askOfTcp(
                number -> SockDiag.requestListening(number, ipv6),
                each ->
                        wanted.accept(
                                each.local(),
                                new AcceptQueue(each.receiveQueue(), each.sendQueue())));
        return wanted.found();
    }

    private Optional<AcceptQueue> acceptQueue(UnixDomainSocketAddress listening) {
        Wanted<AcceptQueue> wanted = new Wanted<>(listening.getPath().toString());
        ask(
                UnixDiag::requestListening,
                (in, at, end) -> UnixDiag.read(in, at, end, wanted::accept));
        return wanted.found();
    }

    /** Returns how full the receive queue of the UDP socket is that is bound to this address. */
    public Optional<DatagramQueue> datagramQueue(InetSocketAddress bound) {
        Wanted<DatagramQueue> wanted = new Wanted<>(bound);
        boolean ipv6 = bound.getAddress() instanceof Inet6Address;
        ask(
                number -> SockDiag.requestUdp(number, ipv6),
                (in, at, end) -> SockDiag.readUdp(in, at, end, wanted::accept));
        return wanted.found();
    }

    /** Keeps the value that an answer gives for one address. */
    private static final class Wanted<T> {
        private final Object address;
        private @Nullable T found;

        Wanted(Object address) {
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

    private void askOfTcp(IntFunction<ByteBuffer> question, Consumer<SocketFigures> each) {
        ask(question, (in, at, end) -> SockDiag.read(in, at, end, each));
    }

    private void ask(IntFunction<ByteBuffer> question, NetlinkMessages.Body each) {
        lock.lock();
        try {
            if (netlink == null) {
                return;
            }
            sequence++;
            netlink.send(question.apply(sequence));
            boolean complete = false;
            while (!complete) {
                complete = NetlinkMessages.read(netlink.receive(), sequence, each);
            }
        } catch (IOException e) {
            log.debug("asking the kernel about sockets: {}", e.getMessage());
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
