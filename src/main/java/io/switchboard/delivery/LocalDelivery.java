package io.switchboard.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.events.EventStream;
import io.switchboard.framing.Framing;
import io.switchboard.inbound.Replies;
import io.switchboard.peer.Frames;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Sends messages to the peers of this node and reports what became of each. Thread-safe. */
@Component
final class LocalDelivery {
    private final PeerRegistry registry;
    private final Listeners listeners;
    private final AckTracker acks;
    private final Replies replies;
    private final EventStream events;
    private final AtomicLong sequence = new AtomicLong();

    /**
     * One combiner for each target and framing that is being broadcast to, held only while it is in
     * use: senders choose the names of groups and framings, so that their number has no bound.
     */
    private final Cache<Channel, Combiner> combiners = Caffeine.newBuilder().weakValues().build();

    private record Channel(Target target, String framing) {}

    LocalDelivery(
            PeerRegistry registry,
            Listeners listeners,
            AckTracker acks,
            Replies replies,
            EventStream events) {
        this.registry = registry;
        this.listeners = listeners;
        this.acks = acks;
        this.replies = replies;
        this.events = events;
    }

    /** Returns whether {@link Wait#ACKED} is available: the kernel must tell. */
    boolean canWaitForAcks() {
        return acks.available();
    }

    String nextId() {
        return registry.boot() + "-d" + sequence.incrementAndGet();
    }

    /**
     * Offers a message to each of its targets and waits as far as it asks. Blocks up to its
     * time-out, and for the pass of a broadcast.
     *
     * @param id of the delivery
     * @param cutoff who can be a target
     * @return the report, which lists the target of a message to a single peer; or a rejection if
     *     the framing or the transport of some target's listener cannot carry the message
     * @throws InterruptedException while waiting; what outboxes hold is still delivered
     */
    NodeResult send(Send send, String id, ConnectionCutoff cutoff) throws InterruptedException {
        boolean single = send.to().size() == 1 && send.to().getFirst() instanceof Target.One;
        Results results = single ? Results.ALL : send.results();
        DeliveryTracker tracker =
                new DeliveryTracker(id, events, new Payload(send), results, send.until());
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
    }

    private Optional<Rejected> offer(Send send, ConnectionCutoff cutoff, DeliveryTracker tracker)
            throws InterruptedException {
        if (send.until() == Wait.REPLY) {
            return ask(send, select(send, cutoff, tracker), tracker);
        }
        if (send.to().size() != 1 || !send.exclude().isEmpty()) {
            return offer(select(send, cutoff, tracker), tracker);
        }
        Target target = send.to().getFirst();
        if (!(target instanceof Target.One(String reference))) {
            return broadcast(target, send, cutoff, tracker);
        }
        switch (cutoff.find(reference, registry)) {
            case Lookup.Live(PeerSession session) -> {
                Payload payload = tracker.payload();
                Listener listener = session.listener();
                Optional<Rejected> rejected =
                        payload.rejection(payload.framingFor(listener))
                                .or(() -> payload.rejection(listener));
                if (rejected.isEmpty()) {
                    offer(session, tracker);
                }
                return rejected;
            }
            case Lookup.Several(List<PeerSession> sessions) -> {
                return offer(sessions, tracker);
            }
            case Lookup.Closed _ -> tracker.missing(reference, FailureReason.CLOSED);
            case Lookup.Unknown _ -> tracker.missing(reference, FailureReason.UNKNOWN);
        }
        return Optional.empty();
    }

    private Optional<Rejected> broadcast(
            Target target, Send send, ConnectionCutoff cutoff, DeliveryTracker tracker) {
        Payload payload = tracker.payload();
        Optional<Rejected> rejected = rejection(payload, target.listeners(registry, listeners));
        if (rejected.isEmpty()) {
            Framing framing = send.framing();
            Channel channel = new Channel(target, framing == null ? "" : framing.word());
            combiners
                    .get(channel, each -> new Combiner(registry, each.target()))
                    .send(new Batch.Message(payload, tracker, cutoff), send.payload().length);
        }
        return rejected;
    }

    private Set<PeerSession> select(Send send, ConnectionCutoff cutoff, DeliveryTracker tracker) {
        Selection selection = Selection.of(send.to(), send.exclude(), cutoff, registry);
        selection.closed().forEach(each -> tracker.missing(each, FailureReason.CLOSED));
        selection.unknown().forEach(each -> tracker.missing(each, FailureReason.UNKNOWN));
        return selection.sessions();
    }

    private Optional<Rejected> ask(Send send, Set<PeerSession> sessions, DeliveryTracker tracker)
            throws InterruptedException {
        Optional<Rejected> rejected = rejection(tracker.payload(), listenersOf(sessions));
        for (PeerSession session : sessions) {
            if (rejected.isEmpty() && !replies.canBeAnswered(session, send.payload())) {
                rejected = Optional.of(noCorrelation(session.listener()));
            }
        }
        if (rejected.isPresent()) {
            return rejected;
        }
        if (sessions.size() == 1) {
            ask(sessions.iterator().next(), send, tracker);
            return rejected;
        }
        List<Future<?>> asked = new ArrayList<>();
        try (ExecutorService askers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (PeerSession session : sessions) {
                asked.add(
                        askers.submit(
                                () -> {
                                    ask(session, send, tracker);
                                    return true;
                                }));
            }
        }
        for (Future<?> each : asked) {
            if (each.state() == Future.State.FAILED) {
                throw new IllegalStateException("a question failed", each.exceptionNow());
            }
        }
        return rejected;
    }

    private static Rejected noCorrelation(Listener listener) {
        return new Rejected(
                SendResult.Reason.BAD_PAYLOAD,
                "the payload has nothing by which its answer could be told: correlate of listener '%s' is %s"
                        .formatted(listener.name(), listener.correlate()));
    }

    private void ask(PeerSession session, Send send, DeliveryTracker tracker)
            throws InterruptedException {
        BooleanSupplier offer =
                () -> {
                    offer(session, tracker);
                    return !tracker.failed(session);
                };
        switch (replies.ask(session, send.payload(), offer, send.timeout())) {
            case Replies.Reply.Got(byte[] reply) -> {
                session.listener().counters().add(Count.ANSWERED_MESSAGES, 1);
                tracker.replied(session, reply);
            }
            case Replies.Reply.None _ -> {
                session.listener().counters().add(Count.UNANSWERED_MESSAGES, 1);
                tracker.unanswered(session, true);
            }
            case Replies.Reply.NotAsked _ -> tracker.unanswered(session, false);
        }
    }

    private static Optional<Rejected> offer(
            Collection<PeerSession> sessions, DeliveryTracker tracker) {
        Payload payload = tracker.payload();
        Optional<Rejected> rejected = rejection(payload, listenersOf(sessions));
        if (rejected.isEmpty()) {
            Batch.Message message = new Batch.Message(payload, tracker, ConnectionCutoff.NONE);
            new Batch(List.of(message), new Target.All()).walk(sessions.spliterator());
        }
        return rejected;
    }

    private static Set<Listener> listenersOf(Collection<PeerSession> sessions) {
        return sessions.stream().map(PeerSession::listener).collect(Collectors.toSet());
    }

    private static Optional<Rejected> rejection(Payload payload, Set<Listener> theirs) {
        Stream<Framing> framings = theirs.stream().map(payload::framingFor).distinct();
        Stream<Listener> used = theirs.stream().filter(each -> each.counters().peers() > 0);
        return Stream.concat(
                        framings.map(framing -> payload.rejection(framing)),
                        used.map(listener -> payload.rejection(listener)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static void offer(PeerSession session, DeliveryTracker tracker) {
        Payload payload = tracker.payload();
        Framing framing = payload.framingFor(session.listener());
        Frames.Share share = payload.share(framing, tracker);
        byte[] bytes = new byte[share.bytes()];
        payload.encode(framing, bytes, 0);
        Frames frames = Frames.of(bytes, share);
        if (session.offer(frames, frames.view())) {
            tracker.wrote(session);
        }
    }
}
