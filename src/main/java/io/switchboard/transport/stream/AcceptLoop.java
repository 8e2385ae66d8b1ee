package io.switchboard.transport.stream;

import io.switchboard.fatal.FatalErrors;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.Transport;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.RateLimit;
import io.switchboard.transport.config.BindFailure;
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
 * The listening socket of one listener, from a start to the stop, and the loop that accepts its
 * connections. A connection above the limits is refused; every other one is handed to an event
 * loop. {@link #run} has its own thread, which may block.
 *
 * <p>A closed socket keeps listening as long as a thread is blocked in accept(2). {@link #stop}
 * therefore waits for the lock that {@link #run} holds.
 */
final class AcceptLoop implements Runnable {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    /** How long the stop of the listener may wait for a thread that waits for the rate. */
    private static final long STOP_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final StreamServerConnectionFactory factory;
    private final EventLoop.Group loops;
    private final ReentrantLock acceptLock = new ReentrantLock();

    /** The address to which the socket was bound first; a lost socket is bound to it again. */
    private final SocketAddress firstAddress;

    /**
     * The connects a second; null without a limit. Its methods are called by the accepting thread.
     */
    private volatile @Nullable RateLimit rate;

    private volatile ServerSocketChannel server;
    private volatile boolean stopped;

    /**
     * Binds and listens.
     *
     * @throws BindFailure the address cannot be bound
     */
    AcceptLoop(StreamServerConnectionFactory factory, EventLoop.Group loops) {
        this.factory = factory;
        this.loops = loops;
        server = context().binding().bind(factory.getBacklog());
        factory.configure(server);
        firstAddress = Objects.requireNonNull(address());
        changeRate();
    }

    /** Returns what the connections share now: it is replaced when the listener is changed. */
    private ListenerContext context() {
        return factory.context();
    }

    /** Applies the rate of the listener, which has been changed. */
    void changeRate() {
        rate = RateLimit.of(context().listener().limits().connectsPerSecond());
    }

    /** Returns the bound address; null if the socket is closed. */
    @Nullable SocketAddress address() {
        try {
            return server.getLocalAddress();
        } catch (IOException e) {
            return null;
        }
    }

    /** Returns the address to which the socket was bound first, also when it is closed. */
    SocketAddress firstAddress() {
        return firstAddress;
    }

    /** Returns whether a peer that connects now is accepted. */
    boolean listening() {
        return !stopped && server.isOpen() && context().binding().isIntact();
    }

    /** Accepts connections until {@link #stop}, and binds a lost socket again. */
    @Override
    public void run() {
        FatalErrors.runEssential(this::acceptUntilStopped, () -> stopped);
    }

    private void acceptUntilStopped() {
        acceptLock.lock();
        try {
            while (!stopped) {
                if (server.isOpen()) {
                    accept();
                } else {
                    rebind();
                }
            }
        } finally {
            acceptLock.unlock();
        }
    }

    /**
     * Closes the socket if no client can reach it any more; {@link #run} then binds it again. The
     * task scheduler calls this method once per second.
     */
    void checkBinding() {
        if (!stopped && !context().binding().isIntact()) {
            closeServer();
        }
    }

    /** Closes the socket; returns when nothing listens on its address any more. Idempotent. */
    void stop() {
        stopped = true;
        context().backoff().wake();
        if (context().handshakes() != null) {
            context().handshakes().wake();
        }
        closeServer();
        acceptLock.lock();
        try {
            context().binding().unbind();
        } finally {
            acceptLock.unlock();
        }
    }

    private void closeServer() {
        try {
            server.close();
        } catch (IOException e) {
            log.warn("listener {}: closing its socket: {}", name(), e.toString());
        }
    }

    private void rebind() {
        log.warn(
                "listener {}: its socket was closed or removed, binding {} again",
                name(),
                Endpoint.of(firstAddress));
        while (!stopped) {
            try {
                server = context().binding().rebind(firstAddress, factory.getBacklog());
                factory.configure(server);
                if (stopped) {
                    closeServer();
                }
                return;
            } catch (BindFailure e) {
                if (context().backoff().mayLog()) {
                    log.warn("listener {}: {}", name(), e.getMessage());
                }
                context().backoff().pause();
            }
        }
    }

    /**
     * Accepts one connection; backs off if accept(2) fails. While too many TLS handshakes wait, new
     * connections stay in the kernel's backlog.
     */
    private void accept() {
        SocketChannel accepted = null;
        try {
            if (context().handshakes() != null) {
                context().handshakes().awaitRoom(() -> !stopped);
            }
            accepted = server.accept();
            admit(accepted, System.nanoTime());
            awaitRate();
            context().backoff().reset();
        } catch (ClosedChannelException e) {
            log.debug("listener {}: its socket is closed", name());
        } catch (IOException | RuntimeException | Error e) {
            FatalErrors.check(e);
            if (accepted != null) {
                close(accepted);
            }
            backOff(e);
        }
    }

    /** Waits while more connections were accepted than the rate allows. */
    private void awaitRate() {
        RateLimit current = rate;
        if (current == null) {
            return;
        }
        long wait = current.take(1, System.nanoTime());
        if (wait > 0) {
            context().listener().counters().add(ListenerMetric.THROTTLED_CONNECTIONS, 1);
        }
        while (wait > 0 && !stopped) {
            LockSupport.parkNanos(Math.min(wait, STOP_CHECK_NANOS));
            wait = current.nanosLeft(System.nanoTime());
        }
    }

    private void backOff(Throwable cause) {
        context().listener().counters().add(ListenerMetric.ACCEPT_ERRORS, 1);
        if (context().backoff().mayLog()) {
            log.warn("listener {}: accept failed, trying again: {}", name(), cause.toString());
        }
        context().backoff().pause();
    }

    private void admit(SocketChannel accepted, long acceptedAt) {
        try {
            accepted.configureBlocking(false);
            factory.prepare(accepted);
            InetAddress address = Endpoint.ip(accepted.getRemoteAddress());
            Optional<String> refusal = context().limiter().acquire(address);
            if (refusal.isPresent()) {
                refuse(accepted, refusal.get());
            } else {
                handOver(accepted, acceptedAt, address);
            }
        } catch (IOException e) {
            context().listener().counters().add(ListenerMetric.PROBES, 1);
            close(accepted);
        }
    }

    /**
     * Hands a connection that the limiter has counted to an event loop. Waits while the loop is
     * behind with opening connections.
     */
    private void handOver(SocketChannel accepted, long acceptedAt, @Nullable InetAddress address) {
        EventLoop loop = loops.next();
        try {
            boolean taken = false;
            while (!taken && !stopped) {
                taken = loop.connect(() -> open(accepted, acceptedAt, address, loop));
            }
            if (taken) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        context().limiter().release(address);
        close(accepted);
    }

    private void refuse(SocketChannel accepted, String refusal) throws IOException {
        context().listener().counters().add(ListenerMetric.REFUSED_CONNECTIONS, 1);
        // a TLS client cannot read plain text
        if (context().listener().transport() != Transport.TLS) {
            byte[] line = context().listener().errorLine("too_many_connections", refusal);
            accepted.write(ByteBuffer.wrap(line));
        }
        accepted.shutdownOutput();
        close(accepted);
    }

    /**
     * Makes the connection a peer, or starts its setup. Called on the loop. If the listener has
     * been stopped since the connection was accepted, the connection is closed.
     */
    private void open(
            SocketChannel accepted,
            long acceptedAt,
            @Nullable InetAddress address,
            EventLoop loop) {
        try {
            if (!stopped) {
                SelectionKey key = accepted.register(loop.selector(), 0);
                SocketStream.TcpStream stream = new SocketStream.TcpStream(accepted);
                ConnectionInfo info = context().binding().info(accepted);
                List<ConnectionSetup.Step> steps = context().steps().get();
                if (steps.isEmpty()) {
                    factory.open(stream, info, null, key, loop, this);
                } else {
                    new ConnectionSetup(
                                    stream,
                                    info,
                                    null,
                                    key,
                                    loop,
                                    factory,
                                    this,
                                    acceptedAt + context().handshakeDeadline().toNanos(),
                                    address,
                                    steps)
                            .begin();
                }
                return;
            }
        } catch (IOException | RuntimeException e) {
            log.debug(
                    "listener {}: a connection ended before it was registered: {}",
                    name(),
                    e.toString());
        }
        context().limiter().release(address);
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
        return context().listener().name();
    }

    /**
     * The wait after a failed accept(2): 10 ms, doubled up to 1 s. It ends early when a file
     * descriptor becomes free, and the next wait is then the shortest again. Only the accepting
     * thread calls the methods, except for {@link #wake}.
     */
    static final class Backoff {
        private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(10);
        private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);
        private static final Duration LOG_INTERVAL = Duration.ofSeconds(1);

        private long next = SHORTEST;
        private long loggedAt = System.nanoTime() - LOG_INTERVAL.toNanos();
        private volatile @Nullable Thread waiting;

        /** Blocks the calling thread; twice as long each time, up to 1 s. */
        void pause() {
            long nanos = next;
            long until = System.nanoTime() + nanos;
            waiting = Thread.currentThread();
            LockSupport.parkNanos(this, nanos);
            waiting = null;
            boolean woken = until - System.nanoTime() > 0;
            next = woken ? SHORTEST : Math.min(2 * nanos, LONGEST);
        }

        /** Makes the next wait the shortest again. Called after a successful accept. */
        void reset() {
            next = SHORTEST;
        }

        /** Ends a wait, because a file descriptor may have become free. Any thread. */
        void wake() {
            LockSupport.unpark(waiting);
        }

        /** Returns whether a failure may be logged now: at most one line per second. */
        boolean mayLog() {
            long now = System.nanoTime();
            if (now - loggedAt < LOG_INTERVAL.toNanos()) {
                return false;
            }
            loggedAt = now;
            return true;
        }
    }
}
