package io.switchboard.delivery;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.UnconnectedSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Finds the peer of an address that a sender names, and opens one where a listener's {@code
 * send-to} allows it. Thread-safe.
 */
@Component
public final class UdpPeerResolver {
    private static final long LONGEST_OPENING_SECONDS = 5;

    private final Listeners listeners;

    UdpPeerResolver(Listeners listeners) {
        this.listeners = listeners;
    }

    /** A listener and its socket. */
    private record Candidate(Listener listener, UnconnectedSocket socket) {}

    /**
     * The same with a peer in place of each address that is sent to. May wait for the listener's
     * event loop, which is a matter of microseconds.
     *
     * @throws Unreachable the peer of some address is not known and cannot be opened
     * @throws InterruptedException while waiting; nothing was sent
     */
    public Send resolve(Send send) throws InterruptedException {
        boolean any = false;
        for (Target target : send.to()) {
            any |= target instanceof Target.OfAddress;
        }
        if (!any) {
            return send;
        }
        List<Target> to = new ArrayList<>(send.to().size());
        for (Target target : send.to()) {
            to.add(
                    target instanceof Target.OfAddress(InetSocketAddress address, String listener)
                            ? new Target.One(peer(address, listener).id().toString())
                            : target);
        }
        return send.to(to);
    }

    private PeerSession peer(InetSocketAddress address, @Nullable String listener)
            throws InterruptedException {
        List<Candidate> candidates = candidates(listener);
        List<PeerSession> known = new ArrayList<>(1);
        candidates.forEach(each -> each.socket().peer(address).ifPresent(known::add));
        return switch (known.size()) {
            case 0 -> open(address, listener, candidates);
            case 1 -> known.getFirst();
            default ->
                    throw ambiguous(
                            address,
                            "is a peer of",
                            known.stream().map(PeerSession::listener).toList());
        };
    }

    private List<Candidate> candidates(@Nullable String name) {
        List<Candidate> candidates = new ArrayList<>(1);
        for (Listener listener : listeners.all()) {
            if (listener.socket() instanceof UnconnectedSocket socket
                    && (name == null || name.equals(listener.name()))) {
                candidates.add(new Candidate(listener, socket));
            }
        }
        if (candidates.isEmpty() && name != null) {
            throw new Unreachable(
                    Unreachable.Reason.NO_UDP_LISTENER,
                    "'" + name + "' is no listener whose transport is udp");
        }
        return candidates;
    }

    private PeerSession open(
            InetSocketAddress address, @Nullable String listener, List<Candidate> candidates)
            throws InterruptedException {
        List<Candidate> allowing =
                candidates.stream().filter(each -> each.socket().allows(address)).toList();
        if (allowing.isEmpty()) {
            throw new Unreachable(
                    Unreachable.Reason.NOT_ALLOWED,
                    "nothing has come from %s, and no listener may send there: a network that has it would have to stand in switchboard.listeners.%s.send-to, which never allows link-local addresses and those where clouds keep credentials"
                            .formatted(Endpoint.of(address), key(listener, candidates)));
        }
        if (allowing.size() > 1) {
            throw ambiguous(
                    address,
                    "may be sent to by",
                    allowing.stream().map(Candidate::listener).toList());
        }
        return await(allowing.getFirst(), address);
    }

    private static String key(@Nullable String listener, List<Candidate> candidates) {
        if (listener != null) {
            return listener;
        }
        return candidates.size() == 1
                ? candidates.getFirst().listener().name()
                : "<a listener with transport udp>";
    }

    private static Unreachable ambiguous(
            InetSocketAddress address, String what, List<Listener> several) {
        Endpoint to = Endpoint.of(address);
        return new Unreachable(
                Unreachable.Reason.AMBIGUOUS,
                "%s %s more than one listener: choose with %s"
                        .formatted(
                                to,
                                what,
                                several.stream()
                                        .map(each -> "udp:" + to + "@" + each.name())
                                        .collect(Collectors.joining(" or "))));
    }

    private static PeerSession await(Candidate of, InetSocketAddress address)
            throws InterruptedException {
        try {
            Optional<PeerSession> peer =
                    of.socket().open(address).get(LONGEST_OPENING_SECONDS, TimeUnit.SECONDS);
            return peer.orElseThrow(() -> full(of));
        } catch (TimeoutException e) {
            throw full(of); // its loop has been stopped
        } catch (ExecutionException e) {
            throw new IllegalStateException("opening a peer for " + address, e.getCause());
        }
    }

    private static Unreachable full(Candidate of) {
        return new Unreachable(
                Unreachable.Reason.FULL,
                "listener '%s' takes no more peers: it has %d of at most %d"
                        .formatted(
                                of.listener().name(),
                                of.listener().counters().peers(),
                                of.listener().maxConnections()));
    }
}
