package io.switchboard.transport.stream;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.ListenerSocket;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.transport.Acceptor;
import io.switchboard.transport.BindFailure;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.OpenFiles;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.ResolvableType;
import org.springframework.integration.ip.tcp.connection.TcpConnectionCloseEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionOpenEvent;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.security.context.DelegatingApplicationListener;

/**
 * A listener as Spring Integration sees it. Its {@link AcceptLoop} runs on a thread of its own.
 *
 * <p>{@link #start} binds, so that what cannot be bound fails the start. Sessions and their limits
 * are the registry's and the admission's; the base class's own table of connections stays empty.
 */
final class StreamServerConnectionFactory extends StrictServerConnectionFactory
        implements ListenerSocket, Acceptor {
    /** Not this class's name: the base class logs under that, in many words. */
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    private static final Duration BETWEEN_CHECKS = Duration.ofSeconds(1);

    private final EventLoop.Group loops;

    @SuppressWarnings("NullAway.Init") // serve() sets it, before start()
    private StreamService service;

    /** Null while the listener is stopped. */
    private volatile @Nullable AcceptLoop acceptLoop;

    private volatile @Nullable ScheduledFuture<?> checks;

    /** How many listeners the context had when {@link #heard} was decided. */
    private volatile int knownListeners;

    private volatile boolean heard;

    /** {@code tcp}: it listens to TCP, and not to a Unix-domain socket. */
    StreamServerConnectionFactory(String name, boolean tcp, int backlog, EventLoop.Group loops) {
        super(name, tcp);
        this.loops = loops;
        setBacklog(backlog);
        setTaskExecutor(
                accept -> Thread.ofPlatform().name("accept-" + name).daemon().start(accept));
    }

    /** Says what the connections of this listener share; called once, before {@link #start}. */
    void serve(StreamService shared) {
        service = shared;
    }

    /** Binds and listens; throws {@link BindFailure} when the address cannot be bound. */
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
        int most = service.listener().maxConnections();
        if (most > OpenFiles.limit()) {
            log.warn(
                    "listener {}: max-connections is {}, and the limit on open files only {}: raise"
                            + " it (ulimit -n), or HTTP and other peers go short",
                    service.listener().name(),
                    most,
                    OpenFiles.limit());
        }
        super.start();
        publishServerListeningEvent(getPort());
    }

    StreamService service() {
        return service;
    }

    /** Sets the options of a connection's socket. */
    void prepare(SocketChannel connected) throws IOException {
        configure(connected);
        service.binding().prepare(connected);
    }

    /**
     * Whether the listener may block when it gets a frame, as a gateway does that waits for its
     * reply. An adapter is called on the event loop: the channel behind it must not block.
     */
    boolean listenerMayBlock() {
        return !(getListener() instanceof TcpReceivingChannelAdapter);
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
                        open(
                                new Wire.SocketWire(connected),
                                Introduction.OUTBOUND,
                                key,
                                loop,
                                running);
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
        StreamConnection connection = new StreamConnection(wire, introduction, key, loop, this);
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

    /** Closes the socket and all peers that a drain has left; returns when the address is free. */
    @Override
    public void stop() {
        stopAccepting();
        acceptLoop = null;
        for (PeerSession session : service.registry().sessions()) {
            if (isOurs(session)) {
                session.abort(CloseReason.SHUTTING_DOWN, null);
            }
        }
        super.stop();
    }

    /**
     * Whether somebody wants to know of connections: a sender, or a listener to their events. Asked
     * for each connection, it costs the question how many listeners the context has.
     */
    boolean isObserved() {
        if (!(getApplicationEventPublisher() instanceof AbstractApplicationContext context)) {
            return true;
        }
        Collection<ApplicationListener<?>> listeners = context.getApplicationListeners();
        if (listeners.size() != knownListeners) {
            knownListeners = listeners.size();
            heard = List.copyOf(listeners).stream().anyMatch(StreamServerConnectionFactory::hears);
        }
        return heard || getSender() != null;
    }

    /** Tells senders and listeners of a connection; may block, as they may. */
    void announce(SpringConnection connection) {
        getSenders().forEach(each -> each.addNewConnection(connection));
        getApplicationEventPublisher()
                .publishEvent(new TcpConnectionOpenEvent(connection, getComponentName()));
    }

    /** Tells senders and listeners that a connection has ended; may block, as they may. */
    void announceEnd(SpringConnection connection) {
        getSenders().forEach(each -> each.removeDeadConnection(connection));
        getApplicationEventPublisher()
                .publishEvent(new TcpConnectionCloseEvent(connection, getComponentName()));
    }

    /** Spring Security's own listener takes every event, for those of sessions of HTTP. */
    static boolean hears(ApplicationListener<?> listener) {
        if (listener instanceof DelegatingApplicationListener) {
            return false;
        }
        GenericApplicationListener typed = new GenericApplicationListenerAdapter(listener);
        return typed.supportsEventType(ResolvableType.forClass(TcpConnectionOpenEvent.class))
                || typed.supportsEventType(ResolvableType.forClass(TcpConnectionCloseEvent.class));
    }

    /** The ids of the peers of this listener that are not being closed, in order of connection. */
    @Override
    public List<String> getOpenConnectionIds() {
        return service.registry().sessions().stream()
                .filter(this::isOpen)
                .map(session -> session.id().toString())
                .toList();
    }

    /** Closes a peer of this listener behind what was sent to it; false without such a peer. */
    @Override
    public boolean closeConnection(String connectionId) {
        if (PeerId.parse(connectionId).isPresent()
                && service.registry().find(connectionId) instanceof Lookup.Live(PeerSession session)
                && isOpen(session)) {
            SpringConnection.close(session);
            return true;
        }
        return false;
    }

    private boolean isOpen(PeerSession session) {
        return isOurs(session) && session.state() == PeerState.OPEN;
    }

    private boolean isOurs(PeerSession session) {
        return session.listener().name().equals(service.listener().name());
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
        return socketAddress();
    }

    @Override
    public @Nullable SocketAddress socketAddress() {
        AcceptLoop accepting = acceptLoop;
        return accepting == null ? null : accepting.address();
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
