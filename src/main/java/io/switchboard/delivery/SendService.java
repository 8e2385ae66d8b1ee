package io.switchboard.delivery;

import io.switchboard.delivery.SendResult.PeerFailed;
import io.switchboard.delivery.SendResult.Progress;
import io.switchboard.delivery.SendResult.Reason;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.delivery.SendResult.Reported;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerSession;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Sends messages to peers, at whichever node they are. Thread-safe. */
@Component
public final class SendService {
    private final LocalDelivery local;
    private final ClusterDelivery delivery;
    private final UdpPeerResolver resolver;
    private final Listeners listeners;
    private final IdempotencyStore store;

    SendService(
            LocalDelivery local,
            ClusterDelivery delivery,
            UdpPeerResolver resolver,
            Listeners listeners,
            IdempotencyStore store) {
        this.local = local;
        this.delivery = delivery;
        this.resolver = resolver;
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
                switch (resolver.resolve(address)) {
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
                    "wait=acked is not available here: this system's kernel does not tell");
        }
        Send resolved = addresses ? send.to(to) : send;
        return switch (delivery.send(resolved, key)) {
            case DeliveryReport report -> result(resolved, report);
            case Rejected rejected -> rejected;
        };
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
