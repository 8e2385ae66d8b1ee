package io.switchboard.transport.stream;

import io.switchboard.inbound.ForbiddenAddress;
import io.switchboard.peer.Dialler;
import io.switchboard.peer.Dialler.Call;
import io.switchboard.peer.Dialler.Dialled;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Network;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Naming;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.SocketError;
import io.switchboard.peer.Transport;
import io.switchboard.transport.Admission;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.stereotype.Component;

/**
 * Dials out over TCP, each time on the thread that asks. What is connected joins the connections of
 * its listener: it is admitted like those, and its listener's stop ends it.
 */
@Component
final class StreamDialler implements Dialler {
    /**
     * Whom this service may connect to.
     *
     * @param allowedNetworks networks such as 10.0.0.0/8, and addresses; what names resolve to is
     *     checked, and link-local addresses and those of clouds' metadata are never allowed
     */
    @ConfigurationProperties("switchboard.connect")
    record ConnectProperties(@DefaultValue({"127.0.0.0/8", "::1"}) List<Network> allowedNetworks) {}

    private final ConnectProperties properties;
    private final PeerRegistry registry;
    private final List<StreamServerConnectionFactory> factories;

    StreamDialler(
            ConnectProperties properties,
            PeerRegistry registry,
            List<StreamServerConnectionFactory> factories) {
        this.properties = properties;
        this.registry = registry;
        this.factories = factories;
    }

    @Override
    public boolean serves(Listener listener) {
        return listener.transport() == Transport.TCP;
    }

    @Override
    public Dialled dial(Call call) throws InterruptedException {
        String name = call.name();
        if (name != null && call.listener().identification().onDuplicate() == OnDuplicate.REJECT) {
            List<PeerSession> named = registry.named(name);
            if (!named.isEmpty()) {
                return new Dialled.NameTaken(named.getFirst());
            }
        }
        long end = System.nanoTime() + call.timeout().toNanos();
        try {
            List<InetAddress> addresses = List.of(InetAddress.getAllByName(call.host()));
            Optional<InetAddress> forbidden =
                    addresses.stream().filter(this::isForbidden).findFirst();
            return forbidden.isPresent()
                    ? new Dialled.Forbidden(forbidden.get())
                    : dial(call, addresses, end);
        } catch (IOException e) {
            return new Dialled.Failed(SocketError.of(e));
        }
    }

    /** One that may not be reached spoils all: a name could change between two look-ups. */
    private boolean isForbidden(InetAddress address) {
        return ForbiddenAddress.is(address)
                || properties.allowedNetworks().stream().noneMatch(each -> each.contains(address));
    }

    /** Tries one address after the other, as getaddrinfo(3) orders them. */
    private Dialled dial(Call call, List<InetAddress> addresses, long end)
            throws InterruptedException {
        SocketError error = SocketError.timedOut();
        for (InetAddress address : addresses) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                break;
            }
            try {
                return dial(call, new InetSocketAddress(address, call.port()), (int) left);
            } catch (IOException e) {
                error = SocketError.of(e);
            }
        }
        return new Dialled.Failed(error);
    }

    private Dialled dial(Call call, InetSocketAddress address, int millis)
            throws IOException, InterruptedException {
        StreamServerConnectionFactory factory = factory(call.listener());
        Admission admission = factory.service().admission();
        Optional<String> refusal = admission.enter(address.getAddress());
        if (refusal.isPresent()) {
            return new Dialled.Full(refusal.get());
        }
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open();
            channel.socket().connect(address, millis);
            channel.configureBlocking(false);
            factory.prepare(channel);
        } catch (IOException e) {
            admission.leave(address.getAddress());
            if (channel != null) {
                channel.close();
            }
            throw e;
        }
        return adopt(factory, channel, call);
    }

    private StreamServerConnectionFactory factory(Listener listener) {
        return factories.stream()
                .filter(each -> each.service().listener().name().equals(listener.name()))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException(listener.name() + " is not served"));
    }

    private Dialled adopt(StreamServerConnectionFactory factory, SocketChannel channel, Call call)
            throws IOException, InterruptedException {
        AtomicReference<Naming> naming = new AtomicReference<>(new Naming.Named(List.of()));
        try {
            PeerSession session =
                    factory.adopt(channel, opened -> naming.set(introduce(opened, call))).get();
            return naming.get() instanceof Naming.Taken(PeerSession by)
                    ? new Dialled.NameTaken(by)
                    : new Dialled.Connected(session);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException broken) {
                throw broken;
            }
            throw new IllegalStateException(call + " broke off", e.getCause());
        } catch (CancellationException e) {
            return new Dialled.Stopping();
        }
    }

    /** On the loop, before anything is read: so that no event of the peer is without them. */
    private Naming introduce(PeerSession session, Call call) {
        call.groups().forEach(group -> registry.join(session, group));
        String name = call.name();
        if (name == null) {
            return new Naming.Named(List.of());
        }
        Naming naming = registry.rename(session, name);
        if (naming instanceof Naming.Taken taken) {
            session.refuse(taken, name);
        }
        return naming;
    }
}
