package io.switchboard.transport.stream;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.transport.Acceptor;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.config.BindFailure;
import io.switchboard.transport.config.ConfiguredListener;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
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
 * A stream listener, as a server connection factory of Spring Integration. Its {@link AcceptLoop}
 * runs on its own thread.
 *
 * <p>{@link #start} binds the address, so that an address that cannot be bound fails the start of
 * the service. The registry holds the sessions and the limiter enforces the limits; the base
 * class's own table of connections stays empty.
 */
public final class StreamServerConnectionFactory extends StrictServerConnectionFactory
        implements Acceptor {
    /** Not named after this class, because the base class logs many lines under that name. */
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

    private final EventLoop.Group loops;

    /**
     * Replaced by {@link #change}, before the connected peers are told; a connection that opens
     * meanwhile compares it with its own once it is in the registry.
     */
    @SuppressWarnings("NullAway.Init") // context() sets it, before start()
    private volatile ListenerContext context;

    @SuppressWarnings("NullAway.Init") // context() sets it, before start()
    private volatile ConfiguredListener configured;

    /** Null while the listener is stopped. */
    private volatile @Nullable AcceptLoop acceptLoop;

    /** See {@link #reservedAddress}; null while the listener is stopped. */
    private volatile @Nullable SocketAddress reserved;

    private volatile @Nullable ScheduledFuture<?> checkTask;

    /** Number of the application's listeners when {@link #hasEventListener} was computed. */
    private volatile int eventListenerCount;

    private volatile boolean hasEventListener;

    /** Creates a factory; {@code tcp} is false for a Unix-domain socket. */
    StreamServerConnectionFactory(String name, boolean tcp, int backlog, EventLoop.Group loops) {
        super(name, tcp);
        this.loops = loops;
        setBacklog(backlog);
        setTaskExecutor(
                accept -> Thread.ofPlatform().name("accept-" + name).daemon().start(accept));
    }

    /** Sets what the connections of this listener share. Called once, before {@link #start}. */
    void context(ListenerContext listenerContext, ConfiguredListener configuration) {
        context = listenerContext;
        configured = configuration;
    }

    @Override
    public Listener listener() {
        return context.listener();
    }

    @Override
    public ConfiguredListener configured() {
        return configured;
    }

    @Override
    public void change(ConfiguredListener next) {
        ListenerContext before = context;
        Listener listener = next.replacing(before.listener());
        before.limiter()
                .limits(
                        listener.maxConnections(),
                        listener.maxConnectionsPerAddress(),
                        listener.limits().connectsPerSecondPerAddress());
        context =
                before.with(
                        listener,
                        next.properties().handshakeDeadline(),
                        next.properties().frameDeadline());
        configured = next;
        AcceptLoop accepting = acceptLoop;
        if (accepting != null) {
            accepting.changeRate();
        }
        for (PeerSession session : before.registry().sessions()) {
            if (belongsToThis(session) && session.link() instanceof StreamLink link) {
                link.listenerChanged();
            }
        }
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
        AcceptLoop started = bind();
        acceptLoop = started;
        setListening(true);
        checkTask =
                getTaskScheduler().scheduleWithFixedDelay(started::checkBinding, CHECK_INTERVAL);
        log.info(
                "listener {}: {} {}, framing {}, at most {} connections",
                context.listener().name(),
                context.listener().transport().word(),
                address(),
                context.listener().framing(),
                context.listener().maxConnections());
        if (context.listener().maxFrame() > loops.receiveLimit()) {
            log.warn(
                    "listener {}: max-frame is {} bytes, but unfinished frames of one event loop may"
                            + " have only {}, so that the longest frames close their peers with"
                            + " receive_budget: lower max-frame, or raise switchboard.receive.total-max",
                    context.listener().name(),
                    context.listener().maxFrame(),
                    loops.receiveLimit());
        }
        super.start();
        publishServerListeningEvent(getPort());
    }

    private AcceptLoop bind() {
        reserved = context.binding().planned();
        try {
            AcceptLoop bound = new AcceptLoop(this, loops);
            reserved = bound.firstAddress();
            return bound;
        } catch (RuntimeException | Error e) {
            reserved = null;
            throw e;
        }
    }

    public ListenerContext context() {
        return context;
    }

    /** Sets the socket options of a new connection. */
    public void prepare(SocketChannel connected) throws IOException {
        configure(connected);
        context.binding().prepare(connected);
    }

    /**
     * Returns whether Spring's {@code TcpListener} may block when it receives a frame, as a gateway
     * that waits for its reply. An adapter may not: it is called on the event loop, so its output
     * channel must not block.
     */
    boolean listenerMayBlock() {
        return !(getListener() instanceof TcpReceivingChannelAdapter);
    }

    /**
     * Makes an outbound connection a peer of this listener, after its setup steps. The limiter must
     * have counted the connection, without an address. This method takes ownership: on failure it
     * closes the connection and releases it in the limiter. Any thread.
     *
     * @return completes with the session; cancelled if this listener is stopped
     */
    public CompletableFuture<PeerSession> addOutbound(SocketChannel connected, Outbound outbound) {
        EventLoop loop = loops.next();
        loop.execute(() -> addOutbound(connected, loop, outbound));
        return outbound.result();
    }

    private void addOutbound(SocketChannel connected, EventLoop loop, Outbound outbound) {
        try {
            AcceptLoop running = acceptLoop;
            if (isListening() && running != null) {
                SelectionKey key = connected.register(loop.selector(), 0);
                SocketStream.TcpStream stream = new SocketStream.TcpStream(connected);
                if (outbound.steps().isEmpty()) {
                    open(stream, ConnectionInfo.OUTBOUND, outbound, key, loop, running);
                } else {
                    new ConnectionSetup(
                                    stream,
                                    ConnectionInfo.OUTBOUND,
                                    outbound,
                                    key,
                                    loop,
                                    this,
                                    running,
                                    outbound.deadline(),
                                    null,
                                    outbound.steps())
                            .begin();
                }
                return;
            }
            outbound.result().cancel(false);
        } catch (IOException | RuntimeException e) {
            outbound.result().completeExceptionally(e);
        }
        context.limiter().release(null);
        try {
            connected.close();
        } catch (IOException e) {
            log.debug("listener {}: closing a connection: {}", getComponentName(), e.toString());
        }
    }

    /**
     * Makes a connection that has completed its setup a peer. Called on its loop.
     *
     * @param outbound what the connection needs as one that this service has made; null for one
     *     that was accepted
     * @param acceptedBy accept loop that was running when the connection was made. If it has been
     *     stopped since, the session is aborted, because {@link #stop} may have missed it.
     */
    PeerSession open(
            SocketStream stream,
            ConnectionInfo info,
            @Nullable Outbound outbound,
            SelectionKey key,
            EventLoop loop,
            AcceptLoop acceptedBy)
            throws IOException {
        byte[] first = outbound == null ? null : outbound.first();
        StreamConnection connection = new StreamConnection(stream, info, first, key, loop, this);
        if (outbound != null && !outbound.admits().test(connection.opensAt())) {
            throw new IOException("the connection may not become a peer of its listener");
        }
        connection.open(outbound == null || outbound.named());
        if (acceptLoop != acceptedBy) {
            connection.session().abort(CloseReason.SHUTTING_DOWN, null);
        }
        if (outbound != null) {
            outbound.ready().accept(connection.session());
            outbound.result().complete(connection.session());
        }
        return connection.session();
    }

    /** Accepts connections until the listener is stopped. */
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
        ScheduledFuture<?> running = checkTask;
        if (running != null) {
            running.cancel(false);
        }
        AcceptLoop accepting = acceptLoop;
        if (accepting != null) {
            accepting.stop();
        }
    }

    /** Closes the socket and aborts the remaining peers; returns when the address is free. */
    @Override
    public void stop() {
        stopAccepting();
        acceptLoop = null;
        for (PeerSession session : context.registry().sessions()) {
            if (belongsToThis(session)) {
                session.abort(CloseReason.SHUTTING_DOWN, null);
            }
        }
        reserved = null;
        super.stop();
    }

    /**
     * Returns whether a sender or an event listener must be notified of connections. Called for
     * each connection; the event listeners are examined again only if their number has changed.
     */
    boolean isObserved() {
        if (!(getApplicationEventPublisher() instanceof AbstractApplicationContext application)) {
            return true;
        }
        Collection<ApplicationListener<?>> listeners = application.getApplicationListeners();
        if (listeners.size() != eventListenerCount) {
            eventListenerCount = listeners.size();
            hasEventListener =
                    List.copyOf(listeners).stream()
                            .anyMatch(StreamServerConnectionFactory::receivesConnectionEvents);
        }
        return hasEventListener || getSender() != null;
    }

    /** Notifies senders and event listeners of a new connection. May block, as they may. */
    void publishOpen(SpringConnection connection) {
        getSenders().forEach(each -> each.addNewConnection(connection));
        getApplicationEventPublisher()
                .publishEvent(new TcpConnectionOpenEvent(connection, getComponentName()));
    }

    /** Notifies senders and event listeners of a closed connection. May block, as they may. */
    void publishClose(SpringConnection connection) {
        getSenders().forEach(each -> each.removeDeadConnection(connection));
        getApplicationEventPublisher()
                .publishEvent(new TcpConnectionCloseEvent(connection, getComponentName()));
    }

    /**
     * Returns whether the listener receives open or close events of connections. Spring Security's
     * listener is ignored: it receives every event because of HTTP session events.
     */
    static boolean receivesConnectionEvents(ApplicationListener<?> listener) {
        if (listener instanceof DelegatingApplicationListener) {
            return false;
        }
        GenericApplicationListener typed = new GenericApplicationListenerAdapter(listener);
        return typed.supportsEventType(ResolvableType.forClass(TcpConnectionOpenEvent.class))
                || typed.supportsEventType(ResolvableType.forClass(TcpConnectionCloseEvent.class));
    }

    /** Returns the ids of the open peers of this listener, oldest connection first. */
    @Override
    public List<String> getOpenConnectionIds() {
        return context.registry().sessions().stream()
                .filter(this::isOpen)
                .map(session -> session.id().toString())
                .toList();
    }

    /** Flushes and closes an open peer of this listener; returns false if there is none. */
    @Override
    public boolean closeConnection(String connectionId) {
        if (PeerId.parse(connectionId).isPresent()
                && context.registry().find(connectionId) instanceof Lookup.Live(PeerSession session)
                && isOpen(session)) {
            SpringConnection.close(session);
            return true;
        }
        return false;
    }

    private boolean isOpen(PeerSession session) {
        return belongsToThis(session) && session.isOpen();
    }

    private boolean belongsToThis(PeerSession session) {
        return session.listener().socket() == this;
    }

    /** Does nothing: a closed session leaves the registry itself, so no accept searches for it. */
    @Override
    protected void harvestClosedConnections() {}

    /** Returns the bound port; 0 if the listener is not bound or has no port. */
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
    public @Nullable SocketAddress reservedAddress() {
        return reserved;
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
