package io.switchboard.transport.stream;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.ListenerSocket;
import io.switchboard.peer.PeerSession;
import io.switchboard.transport.Acceptor;
import io.switchboard.transport.BindFailure;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.EventLoops;
import io.switchboard.transport.OpenFiles;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;

/**
 * A listening socket, whose {@link AcceptLoop} runs on a thread of its own.
 *
 * <p>{@link #start} binds, so that what cannot be bound fails the start. Sessions and their limits
 * are the registry's and the admission's; the base class's own table of connections stays empty.
 */
final class StreamServerConnectionFactory extends AbstractServerConnectionFactory
        implements ListenerSocket, Acceptor {
    /**
     * Not this class's name: the base class logs under that, in many words what ours say in one.
     */
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    private static final Duration BETWEEN_CHECKS = Duration.ofSeconds(1);

    private final String name;
    private final Binding binding;
    private final EventLoops loops;

    @SuppressWarnings("NullAway.Init") // serve() sets it, before start()
    private StreamService service;

    private volatile @Nullable ServerSocketChannel server;

    /** Where it was bound first: a socket that is lost is bound there again. */
    private volatile @Nullable SocketAddress address;

    private volatile @Nullable ScheduledFuture<?> checks;

    StreamServerConnectionFactory(String name, Binding binding, int backlog, EventLoops loops) {
        super(0);
        this.name = name;
        this.binding = binding;
        this.loops = loops;
        setBacklog(backlog);
        setTaskExecutor(
                accept -> Thread.ofPlatform().name("accept-" + name).daemon().start(accept));
    }

    /** Says what the connections of this listener share; called once, before {@link #start}. */
    void serve(StreamService shared) {
        service = shared;
    }

    /**
     * Binds and listens.
     *
     * @throws BindFailure the address cannot be bound
     */
    @Override
    public void start() {
        if (isActive()) {
            return;
        }
        server = binding.bind(getBacklog());
        address = getServerSocketAddress();
        setListening(true);
        checks = getTaskScheduler().scheduleWithFixedDelay(this::check, BETWEEN_CHECKS);
        log.info(
                "listener {}: {} {}, framing {}, at most {} connections",
                name,
                service.listener().transport().word(),
                address(),
                service.listener().framing(),
                service.listener().maxConnections());
        if (service.listener().maxConnections() > OpenFiles.limit()) {
            log.warn(
                    "listener {}: max-connections is {}, and the limit on open files only {}: raise"
                            + " it (ulimit -n), or HTTP and other peers go short",
                    name,
                    service.listener().maxConnections(),
                    OpenFiles.limit());
        }
        super.start();
    }

    StreamService service() {
        return service;
    }

    /**
     * Makes a peer of a connection that this service has made, and has been admitted. Takes it
     * over, whatever comes of it; from any thread.
     *
     * @param ready called on the loop, before anything is read
     * @return cancelled where this listener is stopped
     */
    CompletableFuture<PeerSession> adopt(SocketChannel connected, Consumer<PeerSession> ready) {
        CompletableFuture<PeerSession> adopted = new CompletableFuture<>();
        EventLoop loop = loops.next();
        loop.execute(() -> adopt(connected, loop, ready, adopted));
        return adopted;
    }

    private void adopt(
            SocketChannel connected,
            EventLoop loop,
            Consumer<PeerSession> ready,
            CompletableFuture<PeerSession> adopted) {
        SocketAddress remote = connected.socket().getRemoteSocketAddress();
        try {
            if (isListening()) {
                StreamConnection connection =
                        new StreamConnection(
                                new SocketWire(connected),
                                Introduction.OUTBOUND,
                                connected.register(loop.selector(), 0),
                                loop,
                                service,
                                Objects.requireNonNull(getListener()));
                connection.open();
                ready.accept(connection.session());
                adopted.complete(connection.session());
                return;
            }
            adopted.cancel(false);
        } catch (IOException | RuntimeException e) {
            adopted.completeExceptionally(e);
        }
        service.admission().leave(Endpoint.ip(remote));
        try {
            connected.close();
        } catch (IOException e) {
            log.debug("listener {}: closing a connection: {}", name, e.toString());
        }
    }

    /** Accepts until the listener is stopped; a socket that is lost is bound again. */
    @Override
    public void run() {
        while (isListening()) {
            new AcceptLoop(
                            Objects.requireNonNull(server),
                            loops,
                            service,
                            Objects.requireNonNull(getListener()),
                            this::isListening)
                    .run();
            if (isListening()) {
                bindAgain();
            }
        }
    }

    private void bindAgain() {
        SocketAddress before = Objects.requireNonNull(address);
        log.warn("listener {}: its socket is lost, binding {} again", name, Endpoint.of(before));
        while (isListening()) {
            try {
                server = binding.bindAgain(before, getBacklog());
                if (!isListening()) {
                    stopAccepting();
                }
                return;
            } catch (BindFailure e) {
                if (service.backoff().mayLog()) {
                    log.warn("listener {}: {}", name, e.getMessage());
                }
                service.backoff().pause();
            }
        }
    }

    /** Closes a socket that nobody reaches any more, so that it is bound again. */
    private void check() {
        if (isListening() && !binding.isIntact()) {
            closeServer();
        }
    }

    private void closeServer() {
        ServerSocketChannel bound = server;
        if (bound != null) {
            try {
                bound.close();
            } catch (IOException e) {
                log.warn("listener {}: closing its socket: {}", name, e.toString());
            }
        }
    }

    @Override
    public void stopAccepting() {
        setListening(false);
        ScheduledFuture<?> running = checks;
        if (running != null) {
            running.cancel(false);
        }
        closeServer();
        binding.unbind();
    }

    /** Closes the listening socket, and at once whatever peers a drain has left. */
    @Override
    public void stop() {
        stopAccepting();
        for (PeerSession session : service.registry().sessions()) {
            if (session.listener().name().equals(name)) {
                session.abort(CloseReason.SHUTTING_DOWN, null);
            }
        }
        super.stop();
    }

    /** Nothing to harvest: each session leaves the registry by itself, and no accept walks them. */
    @Override
    protected void harvestClosedConnections() {}

    /** Where it is bound; 0 before, after, and where that is no port. */
    @Override
    public int getPort() {
        return address() instanceof Endpoint.Inet inet ? inet.port() : 0;
    }

    @Override
    public @Nullable SocketAddress getServerSocketAddress() {
        ServerSocketChannel bound = server;
        try {
            return bound == null ? null : bound.getLocalAddress();
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    public @Nullable SocketAddress socketAddress() {
        return getServerSocketAddress();
    }

    @Override
    public boolean listening() {
        ServerSocketChannel bound = server;
        return isListening() && bound != null && bound.isOpen() && binding.isIntact();
    }

    @Override
    public int backlog() {
        return getBacklog();
    }
}
