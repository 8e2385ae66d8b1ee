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
import java.nio.channels.SelectionKey;
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
 * A listener as Spring Integration sees it. Its {@link AcceptLoop} runs on a thread of its own.
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

    private final EventLoops loops;

    @SuppressWarnings("NullAway.Init") // serve() sets it, before start()
    private StreamService service;

    /** Null while the listener is stopped. */
    private volatile @Nullable AcceptLoop acceptLoop;

    private volatile @Nullable ScheduledFuture<?> checks;

    StreamServerConnectionFactory(String name, int backlog, EventLoops loops) {
        super(0);
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
        AcceptLoop started = new AcceptLoop(this, service, loops);
        acceptLoop = started;
        setListening(true);
        checks = getTaskScheduler().scheduleWithFixedDelay(started::check, BETWEEN_CHECKS);
        log.info(
                "listener {}: {} {}, framing {}, at most {} connections",
                service.listener().name(),
                service.listener().transport().word(),
                address(),
                service.listener().framing(),
                service.listener().maxConnections());
        if (service.listener().maxConnections() > OpenFiles.limit()) {
            log.warn(
                    "listener {}: max-connections is {}, and the limit on open files only {}: raise"
                            + " it (ulimit -n), or HTTP and other peers go short",
                    service.listener().name(),
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
            AcceptLoop running = acceptLoop;
            if (isListening() && running != null) {
                SelectionKey key = connected.register(loop.selector(), 0);
                PeerSession session =
                        open(new SocketWire(connected), Introduction.OUTBOUND, key, loop, running);
                ready.accept(session);
                adopted.complete(session);
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
            log.debug("listener {}: closing a connection: {}", getComponentName(), e.toString());
        }
    }

    /**
     * Makes a peer of a connection that has taken every step. Called on its loop.
     *
     * @param since which was running when the connection was made: where that has been stopped, the
     *     stop may have missed this peer
     */
    PeerSession open(
            Wire wire,
            Introduction introduction,
            SelectionKey key,
            EventLoop loop,
            AcceptLoop since)
            throws IOException {
        StreamConnection connection =
                new StreamConnection(
                        wire,
                        introduction,
                        key,
                        loop,
                        service,
                        Objects.requireNonNull(getListener()));
        connection.open();
        if (acceptLoop != since) {
            connection.session().abort(CloseReason.SHUTTING_DOWN, null);
        }
        return connection.session();
    }

    /** Accepts until the listener is stopped. */
    @Override
    public void run() {
        AcceptLoop started = acceptLoop;
        if (started != null) {
            started.run();
        }
    }

    @Override
    public void stopAccepting() {
        setListening(false);
        ScheduledFuture<?> running = checks;
        if (running != null) {
            running.cancel(false);
        }
        AcceptLoop accepting = acceptLoop;
        if (accepting != null) {
            accepting.stop();
        }
    }

    /**
     * Closes the listening socket, and at once whatever peers a drain has left. Returns when the
     * address is free.
     */
    @Override
    public void stop() {
        stopAccepting();
        acceptLoop = null;
        for (PeerSession session : service.registry().sessions()) {
            if (session.listener().name().equals(service.listener().name())) {
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
        AcceptLoop accepting = acceptLoop;
        return accepting == null ? null : accepting.address();
    }

    @Override
    public @Nullable SocketAddress socketAddress() {
        return getServerSocketAddress();
    }

    @Override
    public boolean listening() {
        AcceptLoop accepting = acceptLoop;
        return accepting != null && accepting.listening();
    }

    @Override
    public int backlog() {
        return getBacklog();
    }
}
