package io.switchboard.delivery;

import io.switchboard.delivery.SendResult.PeerFailed;
import io.switchboard.delivery.SendResult.Progress;
import io.switchboard.delivery.SendResult.Reason;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.delivery.SendResult.Reported;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerSocket.UnconnectedSocket;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerSession;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Sends messages to peers, at whichever node they are. Thread-safe. */
@Component
public final class SendService {
    private static final long LONGEST_OPENING_SECONDS = 5;

    /** The peer of a UDP address, or why it has none. */
    sealed interface Resolution permits Found, Rejected {}

    private record Found(PeerSession peer) implements Resolution {}

    private final LocalDelivery local;
    private final ClusterDelivery delivery;
    private final Listeners listeners;
    private final IdempotencyStore store;

    SendService(
            LocalDelivery local,
            ClusterDelivery delivery,
            Listeners listeners,
            IdempotencyStore store) {
        this.local = local;
        this.delivery = delivery;
        this.listeners = listeners;
        this.store = store;
    }

    /**
     * Sends a message and waits as far as it asks. Blocks up to its time-out, and for the pass of a
     * broadcast. If the thread is interrupted, it stays so and the result is {@link
     * Reason#SHUTTING_DOWN}.
     *
     * @param key the client's idempotency key, under which the message is sent once; null without
     *     one
     */
    public SendResult send(Send send, @Nullable String key) {
        try {
            return key == null
                    ? deliver(send, null)
                    : store.once(SendResult.class, key, send.hash(), () -> deliver(send, key));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Rejected(
                    Reason.SHUTTING_DOWN,
                    "the service is stopping; what was accepted is still flushed");
        }
    }

    private SendResult deliver(Send send, @Nullable String key) throws InterruptedException {
        boolean addresses = false;
        for (Target target : send.to()) {
            String listener = listener(target);
            if (listener != null && listeners.find(listener).isEmpty()) {
                return unknown(listener);
            }
            addresses |= target instanceof Target.OfAddress;
        }
        List<Target> to = addresses ? new ArrayList<>(send.to()) : send.to();
        for (int at = 0; addresses && at < to.size(); at++) {
            if (to.get(at) instanceof Target.OfAddress address) {
                switch (resolve(address)) {
                    case Found(PeerSession peer) ->
                            to.set(at, new Target.One(peer.id().toString()));
                    case Rejected rejected -> {
                        return rejected;
                    }
                }
            }
        }
        if (send.until() == Send.Wait.ACKED && !local.canWaitForAcks()) {
            return new Rejected(
                    Reason.NOT_AVAILABLE,
                    "wait=acked is not available here: this system's kernel does not tell");
        }
        Send resolved = addresses ? send.to(to) : send;
        return switch (delivery.send(resolved, key)) {
            case DeliveryReport report -> result(resolved, report);
            case Rejected rejected -> rejected;
        };
    }

    /**
     * Finds or opens the peer of an address. May wait for the listener's event loop, which takes
     * microseconds.
     *
     * @throws InterruptedException while waiting; nothing was sent
     */
    private Resolution resolve(Target.OfAddress target) throws InterruptedException {
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
            boolean one = candidates.size() == 1;
            String key = one ? candidates.getFirst().name() : "<a listener with transport udp>";
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

    private static @Nullable String listener(Target target) {
        return switch (target) {
            case Target.OfListener(String name) -> name;
            case Target.OfAddress(InetSocketAddress _, String name) -> name;
            case Target.All _, Target.OfGroup _, Target.OfTransport _, Target.One _ -> null;
        };
    }

    private Rejected unknown(String listener) {
        return new Rejected(
                Reason.UNKNOWN_LISTENER,
                "no listener '%s': known are %s"
                        .formatted(
                                listener,
                                listeners.all().stream()
                                        .map(Listener::name)
                                        .collect(Collectors.joining(", "))));
    }

    private static SendResult result(Send send, DeliveryReport report) {
        if (report.matched() == 0 && send.require()) {
            return new Rejected(Reason.NO_PEER, "nobody matches, and require=true was asked");
        }
        Target first = send.to().getFirst();
        boolean one = send.to().size() == 1 && first instanceof Target.One;
        List<DeliveryReport.Result> results = report.results();
        if (one
                && report.matched() == 1
                && report.failed() == 1
                && !results.isEmpty()
                && results.getFirst().outcome() instanceof Outcome.Failed failed) {
            return new PeerFailed(first.spelled(), failed);
        }
        boolean reached =
                switch (send.until()) {
                    case QUEUED, REPLY -> true; // a peer that has not answered has failed
                    case WRITTEN -> report.queued() == 0;
                    case ACKED -> report.queued() == 0 && report.written() == 0;
                };
        Progress progress = reached ? Progress.COMPLETE : Progress.PENDING;
        if (report.failed() > 0 || (report.partial() && !one)) {
            progress = Progress.INCOMPLETE;
        }
        return new Reported(progress, report, send.results());
    }
}
