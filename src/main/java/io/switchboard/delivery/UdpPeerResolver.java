package io.switchboard.delivery;

import io.switchboard.delivery.SendResult.Reason;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerSocket.UnconnectedSocket;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Finds the peer of a UDP address, and opens one if a listener may send to the address. A message
 * can be sent to an address from which no datagram has come. Thread-safe.
 */
@Component
final class UdpPeerResolver {
    private static final long OPEN_TIMEOUT_SECONDS = 5;

    /** The peer of a UDP address, or why there is none that a message can be sent to. */
    sealed interface Resolution permits Found, Rejected {}

    record Found(PeerSession peer) implements Resolution {}

    private final Listeners listeners;

    UdpPeerResolver(Listeners listeners) {
        this.listeners = listeners;
    }

    /**
     * Returns the peer in reach of a UDP address, opened if there is none and the caller reaches
     * all peers of the listener. To open one, it waits for the listener's event loop, which usually
     * takes microseconds.
     *
     * @throws InterruptedException if the thread is interrupted while it waits; nothing was sent
     */
    Resolution resolve(Target.OfAddress target, Reach reach) throws InterruptedException {
        InetSocketAddress address = target.address();
        String name = target.listener();
        List<Listener> candidates =
                reach.within(listeners.all()).stream()
                        .filter(each -> each.socket() instanceof UnconnectedSocket)
                        .filter(each -> name == null || name.equals(each.name()))
                        .toList();
        if (candidates.isEmpty() && name != null) {
            return new Rejected(
                    Reason.NO_UDP_LISTENER, "'" + name + "' is no listener whose transport is udp");
        }
        List<PeerSession> known =
                candidates.stream()
                        .flatMap(each -> socket(each).peer(address).stream())
                        .filter(reach::includes)
                        .toList();
        if (known.size() == 1) {
            return new Found(known.getFirst());
        }
        if (known.size() > 1) {
            return ambiguous(
                    address, "is a peer of", known.stream().map(PeerSession::listener).toList());
        }
        if (!reach.groups().isEmpty()) {
            return outOfReach(address);
        }
        List<Listener> allowing =
                candidates.stream()
                        .filter(each -> socket(each).allows(address))
                        .filter(each -> mayOpen(each, address, reach))
                        .toList();
        if (allowing.size() > 1) {
            return ambiguous(address, "may be sent to by", allowing);
        }
        return allowing.isEmpty()
                ? notAllowed(address, candidates)
                : open(allowing.getFirst(), address, reach);
    }

    /**
     * Returns the rejection of an address that has no peer in the groups of the caller. It may have
     * one in no group of them. A caller that could open a peer where there is none would learn that
     * from the refusal.
     */
    private static Rejected outOfReach(InetSocketAddress address) {
        return new Rejected(
                Reason.NOT_ALLOWED,
                "no peer that this client reaches has the address %s, and a client that reaches only some groups sends to no other address: let the peer send first, or use a client that reaches all groups"
                        .formatted(Endpoint.of(address)));
    }

    /**
     * Returns whether a caller that reaches all peers of a listener may open one at an address that
     * the listener allows. If the caller does not reach all listeners, the address must not be that
     * of a listener of this service: the peer there would be out of reach. Nor may it be one that
     * names its peer: a peer that such a caller opens gets no name by itself.
     */
    private boolean mayOpen(Listener listener, InetSocketAddress address, Reach reach) {
        return reach.includesAll()
                || (!listener.identification().addresses().containsKey(address.getAddress())
                        && !listeners.listensAt(address, true));
    }

    private static Rejected notAllowed(InetSocketAddress address, List<Listener> candidates) {
        String key =
                candidates.size() == 1
                        ? candidates.getFirst().name()
                        : "<a listener with transport udp>";
        return new Rejected(
                Reason.NOT_ALLOWED,
                "no datagram has come from %s, and no listener may send there: add its network to switchboard.listeners.%s.send-to, which never allows link-local addresses or the addresses of cloud metadata services"
                        .formatted(Endpoint.of(address), key));
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

    private Resolution open(Listener listener, InetSocketAddress address, Reach reach)
            throws InterruptedException {
        BooleanSupplier permitted = () -> mayOpen(listener, address, reach);
        try {
            return socket(listener)
                    .open(address, permitted, reach.includesAll())
                    .get(OPEN_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .<Resolution>map(Found::new)
                    .orElseGet(
                            () ->
                                    permitted.getAsBoolean()
                                            ? tooManyPeers(listener)
                                            : notAllowed(address, List.of(listener)));
        } catch (TimeoutException e) {
            return tooManyPeers(listener); // its event loop has stopped
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot open a UDP peer for " + address, e.getCause());
        }
    }

    private static Rejected tooManyPeers(Listener listener) {
        return new Rejected(
                Reason.TOO_MANY_PEERS,
                "listener '%s' takes no more peers: it has %d of at most %d"
                        .formatted(
                                listener.name(),
                                listener.counters().peers(),
                                listener.maxConnections()));
    }
}
