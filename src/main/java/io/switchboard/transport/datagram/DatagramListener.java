package io.switchboard.transport.datagram;

import io.switchboard.inbound.ForbiddenAddress;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.ListenerSocket.UnconnectedSocket;
import io.switchboard.peer.Network;
import io.switchboard.peer.PeerSession;
import io.switchboard.transport.Acceptor;
import io.switchboard.transport.BindFailure;
import io.switchboard.transport.EventLoop;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * A listener of UDP: one socket, on one event loop.
 *
 * <p>{@link #start} binds, so that what cannot be bound fails the start. At the drain no address
 * becomes a peer any more; the socket stays, for what waits to be sent, until {@link #stop}.
 */
final class DatagramListener implements SmartLifecycle, UnconnectedSocket, Acceptor {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");

    /** The adapters' of the other listeners. */
    private static final int PHASE = Integer.MAX_VALUE / 2;

    /** 65,535 bytes that the length field of IPv4 can tell, less 20 of IP's header and 8 of UDP. */
    static final int LONGEST_IPV4 = 65_507;

    /** The same for IPv6, whose length field does not count its own header. */
    static final int LONGEST_IPV6 = 65_527;

    private final DatagramBinding binding;
    private final EventLoop loop;
    private final List<Network> sendTo;

    @SuppressWarnings("NullAway.Init") // serve() sets it, before start()
    private Datagrams.Service service;

    private volatile @Nullable Datagrams socket;
    private volatile boolean accepting;

    /** {@code sendTo} may be sent to although nothing has come from there. */
    DatagramListener(DatagramBinding binding, EventLoop loop, List<Network> sendTo) {
        this.binding = binding;
        this.loop = loop;
        this.sendTo = sendTo;
    }

    /** Says what the peers of this listener share; called once, before {@link #start}. */
    void serve(Datagrams.Service shared) {
        service = shared;
    }

    /** Binds and reads; throws {@link BindFailure} when the address cannot be bound. */
    @Override
    public void start() {
        if (isRunning()) {
            return;
        }
        DatagramChannel channel = binding.bind();
        try {
            Datagrams bound = new Datagrams(channel, loop, service, () -> accepting);
            accepting = true;
            socket = bound;
            bound.begin();
        } catch (IOException e) {
            throw new UncheckedIOException("listener " + binding.listener(), e);
        }
        log.info(
                "listener {}: udp {}, at most {} peers",
                binding.listener(),
                address(),
                service.listener().maxConnections());
    }

    @Override
    public void stopAccepting() {
        accepting = false;
    }

    /** Closes the socket, and at once whatever peers a drain has left. */
    @Override
    public void stop() {
        stopAccepting();
        for (PeerSession session : service.registry().sessions()) {
            if (session.listener().name().equals(binding.listener())) {
                session.abort(CloseReason.SHUTTING_DOWN, null);
            }
        }
        Datagrams bound = socket;
        socket = null;
        if (bound != null) {
            try {
                bound.close();
            } catch (IOException e) {
                log.warn("listener {}: closing its socket: {}", binding.listener(), e.toString());
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
        Datagrams bound = socket;
        return bound == null ? null : bound.local();
    }

    @Override
    public boolean listening() {
        return accepting && isRunning();
    }

    /** Nobody waits to be accepted. */
    @Override
    public int backlog() {
        return 0;
    }

    @Override
    public int longestSend() {
        return takesIpv4() ? LONGEST_IPV4 : LONGEST_IPV6;
    }

    @Override
    public Optional<PeerSession> peer(InetSocketAddress address) {
        Datagrams bound = socket;
        return bound == null ? Optional.empty() : Optional.ofNullable(bound.peer(address));
    }

    @Override
    public boolean allows(InetSocketAddress to) {
        InetAddress address = to.getAddress();
        boolean family = address instanceof Inet4Address ? takesIpv4() : takesIpv6();
        return family
                && !ForbiddenAddress.is(address)
                && sendTo.stream().anyMatch(network -> network.contains(address));
    }

    @Override
    public CompletableFuture<Optional<PeerSession>> open(InetSocketAddress address) {
        Datagrams bound = socket;
        return bound == null
                ? CompletableFuture.completedFuture(Optional.empty())
                : bound.open(address);
    }

    /** A socket of IPv6 that is bound to every interface is of IPv4 as well (ipv6(7)). */
    private boolean takesIpv4() {
        InetAddress bound = bound();
        return bound == null || bound instanceof Inet4Address || bound.isAnyLocalAddress();
    }

    private boolean takesIpv6() {
        InetAddress bound = bound();
        return bound != null && !(bound instanceof Inet4Address);
    }

    private @Nullable InetAddress bound() {
        Datagrams bound = socket;
        return bound == null ? null : Endpoint.ip(bound.local());
    }
}
