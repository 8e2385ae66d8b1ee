package io.switchboard.transport.udp;

import io.switchboard.net.Endpoint;
import io.switchboard.net.ForbiddenAddress;
import io.switchboard.net.Network;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerSocket.UnconnectedSocket;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import io.switchboard.transport.Acceptor;
import io.switchboard.transport.EventLoop;
import io.switchboard.transport.config.BindFailure;
import io.switchboard.transport.config.ConfiguredListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * A UDP listener: one socket, on one event loop.
 *
 * <p>{@link #start} binds the socket, so an address that cannot be bound stops the application's
 * start. From {@link #stopAccepting} on, which the drain calls, new addresses do not become peers.
 * The socket stays open until {@link #stop}, so that queued frames can still be sent.
 */
final class UdpListener implements SmartLifecycle, UnconnectedSocket, Acceptor {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    /** The phase of Spring Integration's channel adapters, which serve the other listeners. */
    private static final int PHASE = Integer.MAX_VALUE / 2;

    /** The largest length of an IPv4 packet, 65,535 bytes, less its header (20) and UDP's (8). */
    static final int MAX_PAYLOAD_IPV4 = 65_507;

    /**
     * The largest payload length of an IPv6 packet, 65,535 bytes, less UDP's header (8). That
     * length does not include IPv6's own header.
     */
    static final int MAX_PAYLOAD_IPV6 = 65_527;

    private final UdpBinding binding;
    private final EventLoop.Group loops;

    /** The networks whose addresses may be sent to before they have sent a datagram. */
    private volatile List<Network> sendTo = List.of();

    /**
     * Replaced by {@link #change}, before the peers are told; the loop compares it with the one
     * with which it has opened a peer.
     */
    @SuppressWarnings("NullAway.Init") // context() sets it, before start()
    private volatile UdpSocket.Context context;

    @SuppressWarnings("NullAway.Init") // context() sets it, before start()
    private volatile ConfiguredListener configured;

    private volatile @Nullable UdpSocket socket;
    private volatile boolean accepting;

    /** Creates a listener that is not bound yet. */
    UdpListener(UdpBinding binding, EventLoop.Group loops) {
        this.binding = binding;
        this.loops = loops;
    }

    /** Sets what the peers of this listener share; called once, before {@link #start}. */
    void context(UdpSocket.Context shared, ConfiguredListener configuration) {
        context = shared;
        configured = configuration;
        sendTo = networks(configuration);
    }

    private static List<Network> networks(ConfiguredListener configuration) {
        return configuration.properties().sendTo().stream().map(Network::of).toList();
    }

    /** Returns what the peers share now. */
    UdpSocket.Context context() {
        return context;
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
        UdpSocket.Context before = context;
        Listener listener = next.replacing(before.listener());
        before.limiter()
                .limits(
                        listener.maxConnections(),
                        listener.maxConnectionsPerAddress(),
                        listener.limits().connectsPerSecondPerAddress());
        context =
                new UdpSocket.Context(
                        listener, before.limiter(), before.registry(), before.inbound());
        sendTo = networks(next);
        configured = next;
        UdpSocket bound = socket;
        if (bound != null) {
            bound.changeLimits();
        }
        for (PeerSession session : before.registry().sessions()) {
            if (session.listener().socket() == this) {
                before.registry().listenerChanged(session, listener);
            }
        }
    }

    /**
     * Binds the socket and starts reading from it.
     *
     * @throws BindFailure if the address cannot be bound
     */
    @Override
    public void start() {
        if (isRunning()) {
            return;
        }
        DatagramChannel channel = binding.bind();
        try {
            UdpSocket bound = new UdpSocket(channel, loops.next(), this::context, () -> accepting);
            accepting = true;
            socket = bound; // from now on, no client with a restricted reach opens a peer there
            loops.awaitTasks(); // a loop may be opening one
            closePeersAt(bound.local());
            bound.discardReceived(); // they may be from those peers
            bound.startReading();
        } catch (IOException e) {
            socket = null;
            UdpBinding.close(channel);
            throw new UncheckedIOException("starting listener " + binding.listener(), e);
        }
        log.info(
                "listener {}: udp {}, at most {} peers",
                binding.listener(),
                address(),
                context.listener().maxConnections());
    }

    /**
     * Closes the peers whose address has become that of this socket, before it is read from. What
     * their listeners send would arrive here and make peers of this listener, whoever sends it.
     */
    private void closePeersAt(SocketAddress local) {
        for (PeerSession session : context.registry().sessions()) {
            if (session.listener().transport() == Transport.UDP
                    && session.link().remote() instanceof InetSocketAddress remote
                    && local instanceof InetSocketAddress own
                    && Listeners.arrives(remote, own)) {
                // a client that reaches the peer may not know the name of this listener
                session.abort(CloseReason.KICKED, "its address is now that of a listener");
                session.link().abort(); // at once, also if another thread is closing the session
            }
        }
    }

    @Override
    public void stopAccepting() {
        accepting = false;
    }

    /** Closes the peers that the drain has left, at once, and then the socket. */
    @Override
    public void stop() {
        stopAccepting();
        for (PeerSession session : context.registry().sessions()) {
            if (session.listener().socket() == this) {
                session.abort(CloseReason.SHUTTING_DOWN, null);
            }
        }
        UdpSocket bound = socket;
        socket = null;
        if (bound != null) {
            try {
                bound.close();
            } catch (IOException e) {
                log.warn(
                        "listener {}: closing its socket failed: {}",
                        binding.listener(),
                        e.toString());
            }
        }
    }

    @Override
    public boolean isRunning() {
        return socket != null;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    @Override
    public @Nullable SocketAddress socketAddress() {
        UdpSocket bound = socket;
        return bound == null ? null : bound.local();
    }

    @Override
    public boolean listening() {
        return accepting && isRunning();
    }

    /** Returns 0: UDP has no connections that wait to be accepted. */
    @Override
    public int backlog() {
        return 0;
    }

    @Override
    public int longestSend() {
        return supportsIpv4() ? MAX_PAYLOAD_IPV4 : MAX_PAYLOAD_IPV6;
    }

    @Override
    public Optional<PeerSession> peer(InetSocketAddress address) {
        UdpSocket bound = socket;
        return bound == null ? Optional.empty() : Optional.ofNullable(bound.peer(address));
    }

    @Override
    public boolean allows(InetSocketAddress target) {
        InetAddress address = target.getAddress();
        boolean familySupported = address instanceof Inet4Address ? supportsIpv4() : supportsIpv6();
        return familySupported
                && !ForbiddenAddress.is(address)
                && sendTo.stream().anyMatch(network -> network.contains(address));
    }

    @Override
    public CompletableFuture<Optional<PeerSession>> open(
            InetSocketAddress address, BooleanSupplier permitted, boolean named) {
        UdpSocket bound = socket;
        return bound == null
                ? CompletableFuture.completedFuture(Optional.empty())
                : bound.open(address, permitted, named);
    }

    /**
     * Returns whether the socket can exchange datagrams with IPv4 addresses. An IPv6 socket that is
     * bound to all interfaces can (ipv6(7)).
     */
    private boolean supportsIpv4() {
        InetAddress bound = boundAddress();
        return bound == null || bound instanceof Inet4Address || bound.isAnyLocalAddress();
    }

    private boolean supportsIpv6() {
        InetAddress bound = boundAddress();
        return bound != null && !(bound instanceof Inet4Address);
    }

    private @Nullable InetAddress boundAddress() {
        UdpSocket bound = socket;
        return bound == null ? null : Endpoint.ip(bound.local());
    }
}
