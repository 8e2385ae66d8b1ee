package io.switchboard.delivery;

import io.switchboard.delivery.SendResult.Reason;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerSocket.UnconnectedSocket;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerSession;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Finds the peer of a UDP address that a sender names, or opens one if a listener's {@code send-to}
 * allows it. Thread-safe.
 */
@Component
final class UdpPeerResolver {
    private static final long LONGEST_OPENING_SECONDS = 5;

    private final Listeners listeners;

    UdpPeerResolver(Listeners listeners) {
        this.listeners = listeners;
    }

    /** Whether an address has a peer. */
    sealed interface Resolution permits Found, Rejected {}

    /** The peer of the address. */
    record Found(PeerSession peer) implements Resolution {}

    /**
     * Finds or opens the peer of an address. May wait for the listener's event loop, which takes
     * microseconds.
     *
     * @throws InterruptedException while waiting; nothing was sent
     */
    Resolution resolve(Target.OfAddress target) throws InterruptedException {
        InetSocketAddress address = target.address();
        String name = target.listener();
        List<Listener> candidates =
                listeners.all().stream()
                        .filter(each -> each.socket() instanceof UnconnectedSocket)
                        .filter(each -> name == null || name.equals(each.name()))
                        .toList();
        if (candidates.isEmpty() && name != null) {
            return new Rejected(
                    Reason.NO_UDP_LISTENER, "'" + name + "' is no listener whose transport is udp");
        }
        List<PeerSession> known =
                candidates.stream().flatMap(each -> socket(each).peer(address).stream()).toList();
        if (known.size() == 1) {
            return new Found(known.getFirst());
        }
        if (known.size() > 1) {
            return ambiguous(
                    address, "is a peer of", known.stream().map(PeerSession::listener).toList());
        }
        List<Listener> allowing =
                candidates.stream().filter(each -> socket(each).allows(address)).toList();
        if (allowing.size() > 1) {
            return ambiguous(address, "may be sent to by", allowing);
        }
        if (allowing.isEmpty()) {
            String key =
                    candidates.size() == 1
                            ? candidates.getFirst().name()
                            : "<a listener with transport udp>";
            return new Rejected(
                    Reason.NOT_ALLOWED,
                    "nothing has come from %s, and no listener may send there: a network that has it would have to stand in switchboard.listeners.%s.send-to, which never allows link-local addresses and those where clouds keep credentials"
                            .formatted(Endpoint.of(address), key));
        }
        return open(allowing.getFirst(), address);
    }

    private static UnconnectedSocket socket(Listener listener) {
        return (UnconnectedSocket) listener.socket();
    }

    private static Rejected ambiguous(
            InetSocketAddress address, String what, List<Listener> several) {
        Endpoint to = Endpoint.of(address);
        return new Rejected(
                Reason.AMBIGUOUS,
                "%s %s more than one listener: choose with %s"
                        .formatted(
                                to,
                                what,
                                several.stream()
                                        .map(each -> "udp:" + to + "@" + each.name())
                                        .collect(Collectors.joining(" or "))));
    }

    private static Resolution open(Listener listener, InetSocketAddress address)
            throws InterruptedException {
        try {
            return socket(listener)
                    .open(address)
                    .get(LONGEST_OPENING_SECONDS, TimeUnit.SECONDS)
                    .<Resolution>map(Found::new)
                    .orElseGet(() -> full(listener));
        } catch (TimeoutException e) {
            return full(listener); // its event loop has been stopped
        } catch (ExecutionException e) {
            throw new IllegalStateException("opening a peer for " + address, e.getCause());
        }
    }

    private static Rejected full(Listener listener) {
        return new Rejected(
                Reason.TOO_MANY_PEERS,
                "listener '%s' takes no more peers: it has %d of at most %d"
                        .formatted(
                                listener.name(),
                                listener.counters().peers(),
                                listener.maxConnections()));
    }
}
