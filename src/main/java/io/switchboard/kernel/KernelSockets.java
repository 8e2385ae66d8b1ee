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
        askOfTcp(number -> SockDiag.requestAll(number, false), each);
        askOfTcp(number -> SockDiag.requestAll(number, true), each);
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
        AtomicReference<AcceptQueue> found = new AtomicReference<>();
        boolean ipv6 = listening.getAddress() instanceof Inet6Address;
        askOfTcp(
                number -> SockDiag.requestListening(number, ipv6),
                each -> {
                    if (each.local().equals(listening)) {
                        found.set(new AcceptQueue(each.receiveQueue(), each.sendQueue()));
                    }
                });
        return Optional.ofNullable(found.get());
    }

    private Optional<AcceptQueue> acceptQueue(UnixDomainSocketAddress listening) {
        AtomicReference<AcceptQueue> found = new AtomicReference<>();
        String wanted = listening.getPath().toString();
        ask(
                UnixDiag::requestListening,
                (in, at, end) ->
                        UnixDiag.read(
                                in,
                                at,
                                end,
                                (path, queue) -> {
                                    if (path.equals(wanted)) {
                                        found.set(queue);
                                    }
                                }));
        return Optional.ofNullable(found.get());
    }

    /** How full the queue of the UDP socket is that is bound to this address. */
    public Optional<DatagramQueue> datagramQueue(InetSocketAddress bound) {
        AtomicReference<DatagramQueue> found = new AtomicReference<>();
        boolean ipv6 = bound.getAddress() instanceof Inet6Address;
        ask(
                number -> UdpDiag.requestAll(number, ipv6),
                (in, at, end) ->
                        UdpDiag.read(
                                in,
                                at,
                                end,
                                (local, queue) -> {
                                    if (local.equals(bound)) {
                                        found.set(queue);
                                    }
                                }));
        return Optional.ofNullable(found.get());
    }

    @FunctionalInterface
    private interface Question {
        ByteBuffer message(int sequence);
    }

    private void askOfTcp(Question question, Consumer<SocketFigures> each) {
        ask(question, (in, at, end) -> SockDiag.read(in, at, end, each));
    }

    private void ask(Question question, NetlinkMessages.Body each) {
        lock.lock();
        try {
            Netlink open = netlink;
            if (open != null) {
                ask(open, question, each);
            }
        } finally {
            lock.unlock();
        }
    }

    private void ask(Netlink open, Question question, NetlinkMessages.Body each) {
        sequence++;
        try {
            open.send(question.message(sequence));
            boolean complete = false;
            while (!complete) {
                complete = NetlinkMessages.read(open.receive(), sequence, each);
            }
        } catch (IOException e) {
            log.debug("asking the kernel about sockets: {}", e.getMessage());
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
