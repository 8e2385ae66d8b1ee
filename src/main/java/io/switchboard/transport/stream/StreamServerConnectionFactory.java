package io.switchboard.transport.stream;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Count;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.ListenerSocket;
import io.switchboard.peer.PeerSession;
import io.switchboard.transport.Acceptor;
import io.switchboard.transport.BindFailure;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.EventLoops;
import io.switchboard.transport.OpenFiles;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpListener;

/**
 * A listening TCP socket: accepts on a thread of its own and gives each connection to an event
 * loop.
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

    private static final int KEEPALIVE_IDLE_SECONDS = 60;
    private static final int KEEPALIVE_INTERVAL_SECONDS = 10;
    private static final int KEEPALIVE_PROBES = 6;

    private final String name;
    private final String host;
    private final EventLoops loops;

    @SuppressWarnings("NullAway.Init") // serve() sets it, before start()
    private StreamService service;

    private volatile @Nullable ServerSocketChannel server;

    StreamServerConnectionFactory(
            String name, String host, int port, int backlog, EventLoops loops) {
        super(port);
        this.name = name;
        this.host = host;
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
        server = bind();
        setListening(true);
        log.info(
                "listener {}: tcp {}, framing {}, at most {} connections",
                name,
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

    private ServerSocketChannel bind() {
        try {
            InetAddress address = InetAddress.getByName(host);
            // the family asked for, and not IPv6 for both: 0.0.0.0 is every interface of IPv4
            ProtocolFamily family =
                    address instanceof Inet6Address
                            ? StandardProtocolFamily.INET6
                            : StandardProtocolFamily.INET;
            ServerSocketChannel channel = ServerSocketChannel.open(family);
            try {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                return channel.bind(new InetSocketAddress(address, super.getPort()), getBacklog());
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new BindFailure(name, host, super.getPort(), e);
        }
    }

    /** Accepts until the socket is closed; a failure of accept(2) is waited out. */
    @Override
    public void run() {
        ServerSocketChannel accepting = Objects.requireNonNull(server);
        while (accepting.isOpen()) {
            SocketChannel accepted = null;
            try {
                accepted = accepting.accept();
                admit(accepted);
                service.backoff().reset();
            } catch (ClosedChannelException e) {
                log.debug("listener {}: its socket is closed", name);
            } catch (IOException | RuntimeException | Error e) {
                if (accepted != null) {
                    close(accepted);
                }
                waitOut(e);
            }
        }
    }

    private void waitOut(Throwable cause) {
        service.listener().counters().add(Count.ACCEPT_ERRORS, 1);
        if (service.backoff().mayLog()) {
            log.warn("listener {}: accept failed, trying on: {}", name, cause.toString());
        }
        service.backoff().pause();
    }

    private void admit(SocketChannel accepted) {
        try {
            accepted.configureBlocking(false);
            accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            accepted.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            accepted.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
            accepted.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEPALIVE_INTERVAL_SECONDS);
            accepted.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEPALIVE_PROBES);
            InetAddress from = ((InetSocketAddress) accepted.getRemoteAddress()).getAddress();
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
        byte[] line = service.listener().errorLine("too_many_connections", refusal);
        accepted.write(ByteBuffer.wrap(line));
        accepted.shutdownOutput();
        close(accepted);
    }

    /** On the loop. What was accepted before a stop and comes here after it is closed again. */
    private void open(SocketChannel accepted, InetAddress from, EventLoop loop) {
        try {
            if (isListening()) {
                SelectionKey key = accepted.register(loop.selector(), 0);
                TcpListener frames = Objects.requireNonNull(getListener());
                new StreamConnection(accepted, key, loop, service, frames).open();
                return;
            }
        } catch (IOException | RuntimeException e) {
            log.debug(
                    "listener {}: a connection left before it was registered: {}",
                    name,
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

    @Override
    public void stopAccepting() {
        setListening(false);
        ServerSocketChannel bound = server;
        if (bound != null) {
            try {
                bound.close();
            } catch (IOException e) {
                log.warn("listener {}: closing its socket: {}", name, e.toString());
            }
        }
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

    @Override
    public int getPort() {
        Endpoint address = address();
        return address == null ? super.getPort() : address.port();
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
    public @Nullable Endpoint address() {
        return getServerSocketAddress() instanceof InetSocketAddress address
                ? Endpoint.of(address)
                : null;
    }

    @Override
    public boolean listening() {
        return isListening();
    }

    @Override
    public int backlog() {
        return getBacklog();
    }
}
