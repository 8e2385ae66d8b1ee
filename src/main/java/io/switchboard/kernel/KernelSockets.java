package io.switchboard.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Asks the kernel about TCP sockets of this network namespace; no privilege is needed.
 *
 * <p>Where it cannot be asked (another system than Linux, a seccomp filter) {@link #available} is
 * false, one line said so, and every answer is empty. The lock guards the netlink socket: one
 * question at a time, each some microseconds, a dump of 10,000 sockets some ten milliseconds.
 */
@Component
public final class KernelSockets implements DisposableBean {
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

    /** The socket between these two ends. */
    public Optional<SocketFigures> find(Ends ends) {
        Found found = new Found();
        ask(number -> SockDiag.requestOne(number, ends), found);
        return Optional.ofNullable(found.figures);
    }

    /** Every connected socket of both families. */
    public void forEach(Consumer<SocketFigures> each) {
        ask(number -> SockDiag.requestAll(number, false), each);
        ask(number -> SockDiag.requestAll(number, true), each);
    }

    private static final class Found implements Consumer<SocketFigures> {
        private @Nullable SocketFigures figures;

        @Override
        public void accept(SocketFigures each) {
            figures = each;
        }
    }

    @FunctionalInterface
    private interface Question {
        ByteBuffer message(int sequence);
    }

    private void ask(Question question, Consumer<SocketFigures> each) {
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

    private void ask(Netlink open, Question question, Consumer<SocketFigures> each) {
        sequence++;
        try {
            open.send(question.message(sequence));
            boolean complete = false;
            while (!complete) {
                complete = SockDiag.read(open.receive(), sequence, each);
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
