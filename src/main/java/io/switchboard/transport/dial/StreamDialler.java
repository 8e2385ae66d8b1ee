package io.switchboard.transport.dial;

import io.switchboard.net.ForbiddenAddress;
import io.switchboard.net.Network;
import io.switchboard.net.SocketError;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.NameHolders;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.NameResult;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.Transport;
import io.switchboard.peer.dial.Dialler;
import io.switchboard.peer.dial.Dialler.ConnectRequest;
import io.switchboard.peer.dial.Dialler.ConnectResult;
import io.switchboard.peer.dial.Dialler.ConnectResult.Forbidden.Rule;
import io.switchboard.peer.dial.Dialler.Tls;
import io.switchboard.transport.ConnectionLimiter;
import io.switchboard.transport.config.BundleFailure;
import io.switchboard.transport.stream.ConnectionSetup;
import io.switchboard.transport.stream.Outbound;
import io.switchboard.transport.stream.StreamServerConnectionFactory;
import io.switchboard.transport.tls.TlsClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.stereotype.Component;

/**
 * Connects to remote addresses over TCP or TLS. {@link #dial} blocks the calling thread until the
 * connection is made. The connection then belongs to its listener: it counts in {@code
 * max-connections}, and the stop of the listener closes it.
 */
@Component
final class StreamDialler implements Dialler {
    /**
     * The addresses to which this service may connect.
     *
     * @param allowedNetworks allowed networks such as 10.0.0.0/8, and single addresses; of a host
     *     name, every resolved address is checked; link-local addresses and those of cloud metadata
     *     services are never allowed; null for {@link #DEFAULT_NETWORKS}, which a caller with a
     *     restricted reach cannot use
     * @param tlsBundle the SSL bundle of TLS connections for which the client names none; null for
     *     the certificates that the JVM trusts
     */
    @ConfigurationProperties("switchboard.connect")
    record ConnectProperties(@Nullable List<Network> allowedNetworks, @Nullable String tlsBundle) {
        /**
         * This machine. Its servers, such as a database, may trust each connection from it, and so
         * are for callers that reach everything in any case.
         */
        static final List<Network> DEFAULT_NETWORKS =
                List.of(Network.of("127.0.0.0/8"), Network.of("::1"));
    }

    private final ConnectProperties properties;
    private final PeerRegistry registry;
    private final NameHolders holders;
    private final Listeners listeners;
    private final TlsClients tls;

    StreamDialler(
            ConnectProperties properties,
            PeerRegistry registry,
            NameHolders holders,
            Listeners listeners,
            TlsClients tls,
            SslBundles bundles) {
        this.properties = properties;
        this.registry = registry;
        this.holders = holders;
        this.listeners = listeners;
        this.tls = tls;
        String bundle = properties.tlsBundle();
        if (bundle != null) {
            BundleFailure.requireBundle("switchboard.connect.tls-bundle", bundle, bundles);
        }
    }

    @Override
    public boolean serves(Listener listener) {
        return listener.transport() == Transport.TCP;
    }

    @Override
    public ConnectResult dial(ConnectRequest request) throws InterruptedException {
        long deadline = System.nanoTime() + request.timeout().toNanos();
        Optional<ConnectResult.NameTaken> taken = nameTaken(request);
        if (taken.isPresent()) {
            return taken.get();
        }
        Supplier<List<ConnectionSetup.Step>> steps;
        try {
            steps = steps(request);
        } catch (IllegalArgumentException e) {
            return new ConnectResult.BadBundle(String.valueOf(e.getMessage()));
        }
        try {
            List<InetAddress> addresses = List.of(InetAddress.getAllByName(request.host()));
            Optional<ConnectResult.Forbidden> forbidden =
                    addresses.stream()
                            .flatMap(each -> forbidden(each, request).stream())
                            .findFirst();
            return forbidden.isPresent()
                    ? forbidden.get()
                    : dial(request, steps, addresses, deadline);
        } catch (IOException e) {
            return new ConnectResult.Failed(SocketError.of(e));
        }
    }

    /**
     * Returns whether a peer keeps the name from the new one. A peer may have come to the name, or
     * left the reach, since a kept connection was requested.
     */
    private Optional<ConnectResult.NameTaken> nameTaken(ConnectRequest request) {
        String name = request.name();
        if (name == null) {
            return Optional.empty();
        }
        OnDuplicate policy = request.listener().identification().onDuplicate();
        Reach reach = request.reach();
        Optional<PeerSession> here =
                registry.named(name).stream()
                        .filter(each -> policy == OnDuplicate.REJECT || !reach.includes(each))
                        .findFirst();
        if (here.isEmpty() && holders.outOfReach(reach, name)) {
            return Optional.of(new ConnectResult.NameTaken(null));
        }
        return here.map(ConnectResult.NameTaken::new);
    }

    /** Returns what creates the steps between connect(2) and the peer. */
    private Supplier<List<ConnectionSetup.Step>> steps(ConnectRequest request) {
        Tls wanted = request.tls();
        if (wanted == null) {
            return List::of;
        }
        String bundle = wanted.bundle() == null ? properties.tlsBundle() : wanted.bundle();
        Supplier<ConnectionSetup.Step> handshakes =
                tls.handshakes(bundle, request.host(), request.port());
        return () -> List.of(handshakes.get());
    }

    /**
     * Returns why this service must not connect to the address; empty if it may. One forbidden
     * address refuses the whole request, because the name could resolve differently at the next
     * look-up.
     */
    private Optional<ConnectResult.Forbidden> forbidden(
            InetAddress address, ConnectRequest request) {
        List<Network> configured = properties.allowedNetworks();
        List<Network> allowed =
                configured == null ? ConnectProperties.DEFAULT_NETWORKS : configured;
        boolean restricted = !request.reach().includesAll();
        Rule rule = null;
        if (ForbiddenAddress.is(address)
                || allowed.stream().noneMatch(each -> each.contains(address))) {
            rule = Rule.NETWORKS;
        } else if (restricted && configured == null) {
            rule = Rule.DEFAULT_NETWORKS;
        } else if (restricted
                && listeners.listensAt(new InetSocketAddress(address, request.port()), false)) {
            rule = Rule.OWN_LISTENER;
        }
        return rule == null
                ? Optional.empty()
                : Optional.of(new ConnectResult.Forbidden(address, rule));
    }

    /** Tries one address after another, in the order of getaddrinfo(3). */
    private ConnectResult dial(
            ConnectRequest request,
            Supplier<List<ConnectionSetup.Step>> steps,
            List<InetAddress> addresses,
            long deadline)
            throws InterruptedException {
        SocketError error = SocketError.timedOut();
        for (InetAddress address : addresses) {
            if (millisUntil(deadline) <= 0) {
                break;
            }
            InetSocketAddress remote = new InetSocketAddress(address, request.port());
            try {
                return dial(request, steps.get(), remote, deadline);
            } catch (IOException e) {
                error = SocketError.of(e);
            }
        }
        return new ConnectResult.Failed(error);
    }

    private static int millisUntil(long deadline) {
        return (int) TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }

    private ConnectResult dial(
            ConnectRequest request,
            List<ConnectionSetup.Step> steps,
            InetSocketAddress address,
            long deadline)
            throws IOException, InterruptedException {
        if (!(request.listener().socket() instanceof StreamServerConnectionFactory factory)) {
            throw new IllegalArgumentException(
                    "listener " + request.listener().name() + " is no TCP listener");
        }
        ConnectionLimiter limiter = factory.context().limiter();
        // the limits per address are for clients; here they would tell of the peers at the address
        Optional<String> refusal = limiter.acquire(null);
        if (refusal.isPresent()) {
            return new ConnectResult.Full(refusal.get());
        }
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open();
            channel.socket().connect(address, Math.max(1, millisUntil(deadline)));
            channel.configureBlocking(false);
            factory.prepare(channel);
        } catch (IOException e) {
            limiter.release(null);
            if (channel != null) {
                channel.close();
            }
            throw e;
        }
        // a listener may have begun since the check, which was before the connects to all addresses
        Optional<ConnectResult.Forbidden> forbidden = forbidden(address.getAddress(), request);
        if (forbidden.isPresent()) {
            limiter.release(null);
            channel.close();
            return forbidden.get();
        }
        return addOutbound(factory, channel, request, steps, deadline);
    }

    private ConnectResult addOutbound(
            StreamServerConnectionFactory factory,
            SocketChannel channel,
            ConnectRequest request,
            List<ConnectionSetup.Step> steps,
            long deadline)
            throws IOException, InterruptedException {
        AtomicReference<Optional<ConnectResult.OutOfReach>> refused =
                new AtomicReference<>(Optional.empty());
        AtomicReference<NameResult> nameResult =
                new AtomicReference<>(new NameResult.Named(List.of()));
        CompletableFuture<PeerSession> connected = new CompletableFuture<>();
        Outbound outbound =
                new Outbound(
                        steps,
                        deadline,
                        request.first(),
                        request.named(),
                        present -> {
                            refused.set(request.outOfReach(present, registry));
                            return refused.get().isEmpty();
                        },
                        opened -> {
                            nameResult.set(applyNameAndGroups(opened, request));
                            request.ready().accept(opened);
                        },
                        connected);
        try {
            PeerSession session = factory.addOutbound(channel, outbound).get();
            return nameResult.get() instanceof NameResult.Taken(PeerSession by)
                    ? new ConnectResult.NameTaken(by)
                    : new ConnectResult.Connected(session);
        } catch (ExecutionException e) {
            if (refused.get().isPresent()) {
                return refused.get().get();
            }
            if (e.getCause() instanceof IOException broken) {
                throw broken;
            }
            throw new IllegalStateException("connecting failed: " + request, e.getCause());
        } catch (CancellationException e) {
            return new ConnectResult.Stopping();
        } catch (InterruptedException e) {
            var _ = connected.thenAccept(late -> late.abort(CloseReason.SHUTTING_DOWN, null));
            throw e;
        }
    }

    /**
     * Joins the groups and sets the name. Called on the loop before the first read, so that every
     * event of the peer carries them.
     */
    private NameResult applyNameAndGroups(PeerSession session, ConnectRequest request) {
        request.groups().forEach(group -> registry.join(session, group));
        String name = request.name();
        if (name == null) {
            return new NameResult.Named(List.of());
        }
        NameResult nameResult = registry.nameOpened(session, name, request.reach());
        if (nameResult instanceof NameResult.Taken taken) {
            session.closeAsDuplicate(taken, name, request.reach());
        }
        return nameResult;
    }
}
