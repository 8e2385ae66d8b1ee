package io.switchboard.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.events.EventStream;
import io.switchboard.framing.Framing;
import io.switchboard.peer.EncodedFrames;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.RequestReply;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Sends messages to the peers of this node and reports the outcome at each target. Thread-safe. */
@Component
final class LocalDelivery {
    private final PeerRegistry registry;
    private final Listeners listeners;
    private final AckTracker acks;
    private final RequestReply replies;
    private final EventStream events;
    private final DeliveryBudget budget;
    private final AtomicLong sequence = new AtomicLong();

    /**
     * One combiner per target, reach and framing. The values are weak, so that a combiner exists
     * only while a broadcast uses it: senders choose the names of groups and framings, and their
     * number has no bound.
     */
    private final Cache<CombinerKey, Combiner> combiners =
            Caffeine.newBuilder().weakValues().build();

    private record CombinerKey(Recipients recipients, String framing) {}

    LocalDelivery(
            PeerRegistry registry,
            Listeners listeners,
            AckTracker acks,
            RequestReply replies,
            EventStream events,
            DeliveryBudget budget) {
        this.registry = registry;
        this.listeners = listeners;
        this.acks = acks;
        this.replies = replies;
        this.events = events;
        this.budget = budget;
    }

    /** Returns whether {@link Wait#ACKED} is available: the kernel must report acknowledgements. */
    boolean canWaitForAcks() {
        return acks.available();
    }

    /** Returns a delivery id that is unique among all nodes. */
    String nextId() {
        return registry.boot() + "-d" + sequence.incrementAndGet();
    }

    /**
     * Offers a message to each of its targets and waits until it has reached {@link Send#until} or
     * {@link Send#timeout} has passed. Blocks up to that timeout, and in addition while a broadcast
     * is offered to its peers.
     *
     * @param id the id of the delivery
     * @param cutoff includes the peers that can be targets
     * @return the report, which always lists the target if there is only one; or a rejection if the
     *     framing or the transport of a target's listener cannot carry the message, if a request
     *     has nothing that identifies its reply, or if there is too little memory for its targets
     * @throws InterruptedException if the thread is interrupted while it waits; the messages that
     *     outboxes hold are still written
     */
    NodeResult send(Send send, String id, ConnectionCutoff cutoff) throws InterruptedException {
        boolean single = send.to().size() == 1 && send.to().getFirst() instanceof Target.One;
        Results results = single ? Results.ALL : send.results();
        DeliveryTracker tracker =
                new DeliveryTracker(id, events, budget, new Payload(send), results, send.until());
        try {
            Optional<Rejected> rejected = offer(send, cutoff, tracker);
            if (rejected.isPresent()) {
                return rejected.get();
            }
            long end = System.nanoTime() + send.timeout().toNanos();
            if (send.until() == Wait.WRITTEN || send.until() == Wait.ACKED) {
                tracker.await(send.timeout());
            }
            if (send.until() == Wait.ACKED) {
                acks.await(tracker, Duration.ofNanos(end - System.nanoTime()));
            }
            return tracker.report();
        } finally {
            tracker.close();
        }
    }

    /** Reserves the memory for this many targets; returns a rejection if there is too little. */
    private Optional<Rejected> reserve(int targets, Send send, DeliveryTracker tracker) {
        long bytes = (long) targets * DeliveryBudget.bytesPerTarget(send.until(), send.results());
        return targets <= 1 || bytes == 0 || tracker.reserve(bytes)
                ? Optional.empty()
                : Optional.of(budget.exhausted(targets, bytes, send.reach()));
    }

    private Optional<Rejected> offer(Send send, ConnectionCutoff cutoff, DeliveryTracker tracker)
            throws InterruptedException {
        if (send.until() == Wait.REPLY) {
            return request(send, select(send, cutoff, tracker), tracker);
        }
        if (send.to().size() != 1 || !send.exclude().isEmpty()) {
            return offer(select(send, cutoff, tracker), send, tracker);
        }
        Target target = send.to().getFirst();
        if (!(target instanceof Target.One(String reference))) {
            return broadcast(target, send, cutoff, tracker);
        }
        switch (cutoff.find(reference, send.reach(), registry)) {
            case Lookup.Live(PeerSession session) -> {
                Payload payload = tracker.payload();
                Listener listener = session.listener();
                Optional<Rejected> rejected =
                        payload.in(listener.charset())
                                .rejection(payload.framingFor(listener))
                                .or(() -> payload.rejection(listener));
                if (rejected.isEmpty()) {
                    offer(session, tracker);
                }
                return rejected;
            }
            case Lookup.Several(List<PeerSession> sessions) -> {
                return offer(sessions, send, tracker);
            }
            case Lookup.Closed _ -> tracker.absent(reference, FailureReason.CLOSED);
            case Lookup.Unknown _ -> tracker.absent(reference, FailureReason.UNKNOWN);
        }
        return Optional.empty();
    }

    private Optional<Rejected> broadcast(
            Target target, Send send, ConnectionCutoff cutoff, DeliveryTracker tracker) {
        Payload payload = tracker.payload();
        Recipients recipients = new Recipients(target, send.reach());
        Set<Listener> used = recipients.listeners(registry, listeners);
        Optional<Rejected> rejected =
                rejection(payload, used)
                        .or(() -> reserve(recipients.count(registry, used), send, tracker));
        if (rejected.isEmpty()) {
            Framing framing = send.framing();
            CombinerKey key = new CombinerKey(recipients, framing == null ? "" : framing.word());
            combiners
                    .get(key, each -> new Combiner(registry, each.recipients()))
                    .send(new Batch.Message(payload, tracker, cutoff), send.payload().length);
        }
        return rejected;
    }

    private Set<PeerSession> select(Send send, ConnectionCutoff cutoff, DeliveryTracker tracker) {
        Selection selection =
                Selection.of(send.to(), send.exclude(), send.reach(), cutoff, registry);
        selection.closed().forEach(each -> tracker.absent(each, FailureReason.CLOSED));
        selection.unknown().forEach(each -> tracker.absent(each, FailureReason.UNKNOWN));
        return selection.sessions();
    }

    /** Sends the message as a request to each session, and waits for the replies of all of them. */
    private Optional<Rejected> request(
            Send send, Set<PeerSession> sessions, DeliveryTracker tracker)
            throws InterruptedException {
        Payload payload = tracker.payload();
        Optional<Rejected> rejected = rejection(payload, listenersOf(sessions));
        for (PeerSession session : sessions) {
            if (rejected.isEmpty()
                    && !replies.canMatchReply(session, payload.bytesFor(session.listener()))) {
                rejected = Optional.of(noCorrelation(session.listener()));
            }
        }
        rejected = rejected.or(() -> reserve(sessions.size(), send, tracker));
        if (rejected.isPresent()) {
            return rejected;
        }
        long began = System.nanoTime();
        replies.request(
                sessions,
                send.reach(),
                session -> payload.bytesFor(session.listener()),
                session -> {
                    if (!send.reach().includes(session)) {
                        return false;
                    }
                    offer(session, tracker);
                    session.readPause().resume(RemoteSend.UNTIL_SENT);
                    return !tracker.failed(session);
                },
                (session, reply) -> record(session, reply, send, tracker, began),
                send.timeout());
        return rejected;
    }

    private static Rejected noCorrelation(Listener listener) {
        return new Rejected(
                SendResult.Reason.BAD_PAYLOAD,
                "the payload has nothing that identifies its reply: it must match correlate of listener '%s', which is %s"
                        .formatted(listener.name(), listener.correlate()));
    }

    private static void record(
            PeerSession session,
            RequestReply.Reply result,
            Send send,
            DeliveryTracker tracker,
            long began) {
        switch (result) {
            case RequestReply.Reply.Received received -> {
                session.listener().counters().replied(System.nanoTime() - began);
                tracker.replied(session, received);
            }
            case RequestReply.Reply.NoReply _ -> {
                session.listener().counters().add(ListenerMetric.UNANSWERED_MESSAGES, 1);
                unanswered(session, true, send, tracker);
            }
            case RequestReply.Reply.NotSent _ -> unanswered(session, false, send, tracker);
        }
    }

    /** The peer may have left the groups of the sender while the request waited, for minutes. */
    private static void unanswered(
            PeerSession session, boolean sent, Send send, DeliveryTracker tracker) {
        if (send.reach().includes(session)) {
            tracker.unanswered(session, sent);
        } else {
            tracker.left(session);
        }
    }

    private Optional<Rejected> offer(
            Collection<PeerSession> sessions, Send send, DeliveryTracker tracker) {
        Payload payload = tracker.payload();
        Optional<Rejected> rejected =
                rejection(payload, listenersOf(sessions))
                        .or(() -> reserve(sessions.size(), send, tracker));
        if (rejected.isEmpty()) {
            Batch.Message message = new Batch.Message(payload, tracker, ConnectionCutoff.NONE);
            // a session may have left the reach since it was selected
            Recipients all = new Recipients(new Target.All(), send.reach());
            new Batch(List.of(message), all).walk(sessions.spliterator());
        }
        return rejected;
    }

    private static Set<Listener> listenersOf(Collection<PeerSession> sessions) {
        return sessions.stream().map(PeerSession::listener).collect(Collectors.toSet());
    }

    private static Optional<Rejected> rejection(Payload payload, Set<Listener> listeners) {
        Stream<Payload.Form> forms = listeners.stream().map(payload::formFor).distinct();
        Stream<Listener> used = listeners.stream().filter(each -> each.counters().peers() > 0);
        return Stream.concat(
                        forms.map(form -> payload.rejection(form)),
                        used.map(listener -> payload.rejection(listener)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static void offer(PeerSession session, DeliveryTracker tracker) {
        EncodedFrames frames = tracker.payload().frames(session.listener(), tracker);
        tracker.sending(session);
        if (session.offer(frames, frames.view())) {
            tracker.sent(session);
            tracker.writtenDirectly(session);
        }
    }
}
