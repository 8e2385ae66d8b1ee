package io.switchboard.delivery;

import io.switchboard.delivery.SendResult.PeerFailed;
import io.switchboard.delivery.SendResult.Progress;
import io.switchboard.delivery.SendResult.Reason;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.delivery.SendResult.Reported;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.tracing.Tracing;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Sends messages to the peers of every node of the cluster, and to hosts to which this node
 * connects. It resolves UDP addresses to peers, sends a message with an idempotency key only once,
 * and evaluates the report. Thread-safe.
 */
@Component
public final class SendService {
    private final LocalDelivery local;
    private final ClusterDelivery delivery;
    private final Listeners listeners;
    private final UdpPeerResolver addresses;
    private final RemoteSend remotes;
    private final IdempotencyStore store;
    private final Tracing tracing;
    private final SendTimes times;

    SendService(
            LocalDelivery local,
            ClusterDelivery delivery,
            Listeners listeners,
            UdpPeerResolver addresses,
            RemoteSend remotes,
            IdempotencyStore store,
            Tracing tracing,
            SendTimes times) {
        this.local = local;
        this.delivery = delivery;
        this.listeners = listeners;
        this.addresses = addresses;
        this.remotes = remotes;
        this.store = store;
        this.tracing = tracing;
        this.times = times;
    }

    /**
     * Sends a message and waits until it has reached {@link Send#until} or {@link Send#timeout} has
     * passed. Blocks up to that timeout, and in addition while a broadcast is offered to its peers.
     * If the thread is interrupted, it stays interrupted and the result is {@link
     * Reason#SHUTTING_DOWN}.
     *
     * @param key the client's idempotency key, for which the message is sent once; null if the
     *     client gave none
     */
    public SendResult send(Send send, @Nullable String key) {
        long began = System.nanoTime();
        try {
            return key == null
                    ? deliver(send, null)
                    : store.once(SendResult.class, key, send.hash(), () -> deliver(send, key));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Rejected(
                    Reason.SHUTTING_DOWN,
                    "the service is stopping; messages that an outbox holds are still flushed");
        } finally {
            times.ended(send.until(), began);
        }
    }

    private SendResult deliver(Send send, @Nullable String key) throws InterruptedException {
        boolean hasAddresses = false;
        for (Target target : send.to()) {
            String listener = listener(target);
            if (listener != null
                    && (listeners.find(listener).isEmpty()
                            || !send.reach().includesListener(listener))) {
                return unknownListener(listener, send.reach());
            }
            hasAddresses |= target instanceof Target.OfAddress;
        }
        List<Target> to = hasAddresses ? new ArrayList<>(send.to()) : send.to();
        for (int at = 0; hasAddresses && at < to.size(); at++) {
            if (to.get(at) instanceof Target.OfAddress address) {
                switch (addresses.resolve(address, send.reach())) {
                    case UdpPeerResolver.Found(PeerSession peer) ->
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
                    "wait=acked is not available: this system's kernel does not report acknowledgements; use wait=written");
        }
        if (send.to().getFirst() instanceof Target.Remote remote) {
            return result(send, described(remotes.send(send, remote)));
        }
        Send resolved = hasAddresses ? send.withTargets(to) : send;
        return result(resolved, described(delivery.send(resolved, key)));
    }

    private NodeResult described(NodeResult result) {
        return result.describedIn(tracing.current());
    }

    private static @Nullable String listener(Target target) {
        return switch (target) {
            case Target.OfListener(String name) -> name;
            case Target.OfAddress(InetSocketAddress _, String name) -> name;
            case Target.All _,
                    Target.OfGroup _,
                    Target.OfTransport _,
                    Target.Remote _,
                    Target.One _ ->
                    null;
        };
    }

    private Rejected unknownListener(String listener, Reach reach) {
        return new Rejected(
                Reason.UNKNOWN_LISTENER,
                "no listener '%s': known are %s"
                        .formatted(
                                listener,
                                reach.within(listeners.all()).stream()
                                        .map(Listener::name)
                                        .collect(Collectors.joining(", "))));
    }

    private static SendResult result(Send send, NodeResult result) {
        return switch (result) {
            case DeliveryReport report -> result(send, report);
            case Rejected rejected -> rejected;
        };
    }

    private static SendResult result(Send send, DeliveryReport report) {
        if (report.matched() == 0 && send.require()) {
            return new Rejected(Reason.NO_PEER, "no peer matches, and require=true requires one");
        }
        Target first = send.to().getFirst();
        boolean single =
                send.to().size() == 1
                        && (first instanceof Target.One || first instanceof Target.Remote);
        List<DeliveryReport.Result> results = report.results();
        if (single
                && report.matched() == 1
                && report.failed() == 1
                && !results.isEmpty()
                && results.getFirst().outcome() instanceof Outcome.Failed failed) {
            return new PeerFailed(first.text(), failed);
        }
        boolean reached =
                switch (send.until()) {
                    case QUEUED, REPLY -> true; // a peer that has not replied counts as failed
                    case WRITTEN -> report.queued() == 0;
                    case ACKED -> report.queued() == 0 && report.written() == 0;
                };
        Progress progress = reached ? Progress.COMPLETE : Progress.PENDING;
        if (report.failed() > 0 || (report.partial() && !single)) {
            progress = Progress.INCOMPLETE;
        }
        return new Reported(progress, report, send.results());
    }
}
