package io.switchboard.transport.stream;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Transport;
import io.switchboard.transport.BindFailure;
import io.switchboard.transport.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening socket of one listener, from a start to the stop, and the accepting of its
 * connections: those above the limits are turned away, each of the others is given to an event
 * loop. {@link #run} has a thread of its own, which may wait.
 *
 * <p>A thread that waits in accept(2) keeps a closed socket listening until it returns. {@link
 * #stop} therefore waits for the lock that {@link #run} holds.
 */
final class AcceptLoop implements Runnable {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    private final StreamServerConnectionFactory factory;
    private final StreamService service;
    private final EventLoop.Group loops;
    private final ReentrantLock accepting = new ReentrantLock();

    /** Where the socket was bound first: a socket that is lost is bound there again. */
    private final SocketAddress first;

    private volatile ServerSocketChannel server;
    private volatile boolean stopped;

    /** Binds and listens; throws {@link BindFailure} when the address cannot be bound. */
    AcceptLoop(
            StreamServerConnectionFactory factory, StreamService service, EventLoop.Group loops) {
        this.factory = factory;
        this.service = service;
        this.loops = loops;
        server = service.binding().bind(factory.getBacklog());
        factory.configure(server);
        first = Objects.requireNonNull(address());
    }

    /** Where the socket is bound; null once it is closed. */
    @Nullable SocketAddress address() {
        try {
            return server.getLocalAddress();
        } catch (IOException e) {
            return null;
        }
    }

    /** Whether a peer that connects now is accepted. */
    boolean listening() {
        return !stopped && server.isOpen() && service.binding().isIntact();
    }

    /** Accepts until {@link #stop}; a socket that is lost is bound again. */
    @Override
    public void run() {
        accepting.lock();
        try {
            while (!stopped) {
                if (server.isOpen()) {
                    accept();
                } else {
                    bindAgain();
                }
            }
        } finally {
            accepting.unlock();
        }
    }

    /** Closes a socket that nobody reaches any more, so that it is bound again. */
    void check() {
        if (!stopped && !service.binding().isIntact()) {
            closeServer();
        }
    }

    /** Closes the socket, and returns when nobody listens at its address any more. Idempotent. */
    void stop() {
        stopped = true;
        service.backoff().wake();
        closeServer();
        accepting.lock();
        try {
            service.binding().unbind();
        } finally {
            accepting.unlock();
        }
    }

    private void closeServer() {
        try {
            server.close();
        } catch (IOException e) {
            log.warn("listener {}: closing its socket: {}", name(), e.toString());
        }
    }

    private void bindAgain() {
        log.warn("listener {}: its socket is lost, binding {} again", name(), Endpoint.of(first));
        while (!stopped) {
            try {
                server = service.binding().bindAgain(first, factory.getBacklog());
                factory.configure(server);
                if (stopped) {
                    closeServer();
                }
                return;
            } catch (BindFailure e) {
                if (service.backoff().mayLog()) {
                    log.warn("listener {}: {}", name(), e.getMessage());
                }
                service.backoff().pause();
            }
        }
    }

    /** Accepts one connection; a failure of accept(2) is waited out. */
    private void accept() {
        SocketChannel accepted = null;
        try {
            accepted = server.accept();
            admit(accepted);
            service.backoff().reset();
        } catch (ClosedChannelException e) {
            log.debug("listener {}: its socket is closed", name());
        } catch (IOException | RuntimeException | Error e) {
            if (accepted != null) {
                close(accepted);
            }
            waitOut(e);
        }
    }

    private void waitOut(Throwable cause) {
        service.listener().counters().add(Count.ACCEPT_ERRORS, 1);
        if (service.backoff().mayLog()) {
            log.warn("listener {}: accept failed, trying on: {}", name(), cause.toString());
        }
        service.backoff().pause();
    }

    private void admit(SocketChannel accepted) {
        try {
            accepted.configureBlocking(false);
            factory.prepare(accepted);
            InetAddress from = Endpoint.ip(accepted.getRemoteAddress());
            Optional<String> refusal = service.admission().enter(from);
            if (refusal.isPresent()) {
                turnAway(accepted, refusal.get());
            } else {
                EventLoop loop = loops.next();
                loop.execute(() -> open(accepted, from, loop));
            }
        } catch (IOException e) {
            service.listener().counters().add(Count.PROBES, 1);
            close(accepted);
        }
    }

    private void turnAway(SocketChannel accepted, String refusal) throws IOException {
        service.listener().counters().add(Count.TURNED_AWAY, 1);
        if (service.listener().transport() != Transport.TLS) { // it would be no TLS
            byte[] line = service.listener().errorLine("too_many_connections", refusal);
            accepted.write(ByteBuffer.wrap(line));
        }
        accepted.shutdownOutput();
        close(accepted);
    }

    /** On the loop. What was accepted before a stop and comes here after it is closed again. */
    private void open(SocketChannel accepted, @Nullable InetAddress from, EventLoop loop) {
        try {
            if (!stopped) {
                SelectionKey key = accepted.register(loop.selector(), 0);
                Wire.SocketWire wire = new Wire.SocketWire(accepted);
                Introduction known = service.binding().introduction(accepted);
                List<Opening.Step> steps = service.steps().get();
                if (steps.isEmpty()) {
                    factory.open(wire, known, key, loop, this);
                } else {
                    new Opening(wire, known, key, loop, factory, this, from, steps).begin();
                }
                return;
            }
        } catch (IOException | RuntimeException e) {
            log.debug(
                    "listener {}: a connection left before it was registered: {}",
                    name(),
                    e.toString());
        }
        service.admission().leave(from);
        close(accepted);
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", channel, e.toString());
        }
    }

    private String name() {
        return service.listener().name();
    }

    /**
     * How an accepting thread waits out failures: 10 ms, doubled up to 1 s, cut short when a
     * descriptor becomes free. All but {@link #wake} belongs to that thread.
     */
    static final class Backoff {
        private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(10);
        private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);
        private static final Duration BETWEEN_LOG_LINES = Duration.ofSeconds(1);

        private long next = SHORTEST;
        private long loggedAt = System.nanoTime() - BETWEEN_LOG_LINES.toNanos();
        private volatile @Nullable Thread waiting;

        /** Waits, longer each time. */
        void pause() {
            long nanos = next;
            long until = System.nanoTime() + nanos;
            waiting = Thread.currentThread();
            LockSupport.parkNanos(this, nanos);
            waiting = null;
            boolean woken = until - System.nanoTime() > 0;
            next = woken ? SHORTEST : Math.min(2 * nanos, LONGEST);
        }

        /** It worked: the next trouble starts with the shortest wait again. */
        void reset() {
            next = SHORTEST;
        }

        /** Something that may have been missing was given back; from any thread. */
        void wake() {
            LockSupport.unpark(waiting);
        }

        /** Whether a line about the trouble may be logged now: one a second at most. */
        boolean mayLog() {
            long now = System.nanoTime();
            if (now - loggedAt < BETWEEN_LOG_LINES.toNanos()) {
                return false;
            }
            loggedAt = now;
            return true;
        }
    }
}
