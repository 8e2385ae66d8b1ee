package io.switchboard.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.events.EventStream;
import io.switchboard.framing.Framing;
import io.switchboard.inbound.Replies;
import io.switchboard.inbound.Reply;
import io.switchboard.peer.Count;
import io.switchboard.peer.Frames;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Lookup;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Sends messages to peers and reports what became of each. */
@Component
public final class LocalDelivery {
    private static final String CLOSED = "closed";
    private static final String UNKNOWN = "unknown";

    private final PeerRegistry registry;
    private final Listeners listeners;
    private final AckTracker acks;
    private final Replies replies;
    private final EventStream events;
    private final AtomicLong sequence = new AtomicLong();

    /**
     * One for every target that is being broadcast to and the framing it is sent in. Only for so
     * long: groups and framings have names without number.
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

    /** Whether {@link Wait#ACKED} can be asked for here: the kernel must tell. */
    public boolean canWaitForAcks() {
        return acks.available();
    }

    /**
     * Offers a message to each of its targets and waits as far as it asks. Blocks up to its
     * time-out, and for the pass of a broadcast. A report on a single peer always lists it.
     *
     * @throws BadPayload the framing of some target's listener cannot carry it, or its transport
     *     knows no acknowledgement; nothing was sent
     * @throws TooLong some target's transport cannot carry it; nothing was sent
     * @throws InterruptedException while waiting; what was accepted is still delivered
     */
    public DeliveryReport send(Send send) throws InterruptedException {
        return send(send, nextId(), ConnectionCutoff.NONE);
    }

    /** What the next delivery of this node is called. */
    String nextId() {
        return registry.boot() + "-d" + sequence.incrementAndGet();
    }

    /**
     * The same, as a part of the delivery of this id.
     *
     * @param cutoff who may be meant
     */
    DeliveryReport send(Send send, String id, ConnectionCutoff cutoff) throws InterruptedException {
        Payload payload = new Payload(send);
        Target first = send.to().getFirst();
        boolean alone = send.to().size() == 1;
        boolean simple = alone && send.exclude().isEmpty();
        boolean single = alone && first instanceof Target.One;
        Results results = single ? Results.ALL : send.results();
        DeliveryTracker tracker = new DeliveryTracker(id, events, payload, results, send.until());
        if (send.until() == Wait.REPLY) {
            ask(send, cutoff, payload, tracker);
        } else if (simple && first instanceof Target.One(String reference)) {
            toNamed(cutoff.find(reference, registry), reference, payload, tracker);
        } else if (simple) {
            broadcast(first, send, new Batch.Message(payload, tracker, cutoff));
        } else {
            to(select(send, cutoff, tracker), payload, tracker);
        }
        long end = System.nanoTime() + send.timeout().toNanos();
        if (send.until() != Wait.QUEUED && send.until() != Wait.REPLY) {
            tracker.await(send.timeout());
        }
        if (send.until() == Wait.ACKED) {
            acks.await(tracker, Duration.ofNanos(end - System.nanoTime()));
        }
        return tracker.report();
    }

    private void toNamed(Lookup found, String reference, Payload payload, DeliveryTracker tracker) {
        switch (found) {
            case Lookup.Live(PeerSession session) -> {
                payload.check(payload.framingFor(session.listener()));
                payload.checkFor(session.listener());
                offer(session, payload, tracker);
            }
            case Lookup.Several(List<PeerSession> sessions) -> to(sessions, payload, tracker);
            case Lookup.Closed _ -> tracker.missing(reference, CLOSED);
            case Lookup.Unknown _ -> tracker.missing(reference, UNKNOWN);
        }
    }

    private void broadcast(Target target, Send send, Batch.Message message) {
        checkFor(message.payload(), target.listeners(registry, listeners));
        Framing framing = send.framing();
        Channel channel = new Channel(target, framing == null ? "" : framing.word());
        combiners
                .get(channel, each -> new Combiner(registry, each.target()))
                .send(message, send.payload().length);
    }

    private Set<PeerSession> select(Send send, ConnectionCutoff cutoff, DeliveryTracker tracker) {
        Selection selection = Selection.of(send.to(), send.exclude(), cutoff, registry);
        selection.closed().forEach(reference -> tracker.missing(reference, CLOSED));
        selection.unknown().forEach(reference -> tracker.missing(reference, UNKNOWN));
        return selection.sessions();
    }

    private static Set<Listener> listenersOf(Collection<PeerSession> sessions) {
        return sessions.stream().map(PeerSession::listener).collect(Collectors.toSet());
    }

    private void ask(Send send, ConnectionCutoff cutoff, Payload payload, DeliveryTracker tracker)
            throws InterruptedException {
        Set<PeerSession> sessions = select(send, cutoff, tracker);
        checkFor(payload, listenersOf(sessions));
        for (PeerSession session : sessions) {
            if (!replies.canBeAnswered(session, send.payload())) {
                throw new BadPayload(
                        "the payload has nothing by which its answer could be told: correlate of"
                                + " listener '%s' is %s"
                                        .formatted(
                                                session.listener().name(),
                                                session.listener().correlate()));
            }
        }
        if (sessions.size() == 1) {
            ask(sessions.iterator().next(), send, payload, tracker);
            return;
        }
        List<Future<?>> asked = new ArrayList<>();
        try (ExecutorService askers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (PeerSession session : sessions) {
                asked.add(
                        askers.submit(
                                () -> {
                                    ask(session, send, payload, tracker);
                                    return true;
                                }));
            }
        }
        for (Future<?> each : asked) {
            if (each.state() == Future.State.FAILED) {
                throw new IllegalStateException("asking broke off", each.exceptionNow());
            }
        }
    }

    private void ask(PeerSession session, Send send, Payload payload, DeliveryTracker tracker)
            throws InterruptedException {
        BooleanSupplier offer =
                () -> {
                    offer(session, payload, tracker);
                    return !tracker.failed(session);
                };
        switch (replies.ask(session, send.payload(), offer, send.timeout())) {
            case Reply.Got(byte[] reply) -> {
                session.listener().counters().add(Count.ANSWERED_MESSAGES, 1);
                tracker.replied(session, reply);
            }
            case Reply.None _ -> {
                session.listener().counters().add(Count.UNANSWERED_MESSAGES, 1);
                tracker.unanswered(session, true);
            }
            case Reply.NotAsked _ -> tracker.unanswered(session, false);
        }
    }

    private void to(Collection<PeerSession> sessions, Payload payload, DeliveryTracker tracker) {
        checkFor(payload, listenersOf(sessions));
        Batch.Message message = new Batch.Message(payload, tracker, ConnectionCutoff.NONE);
        new Batch(List.of(message), new Target.All()).walk(sessions.spliterator());
    }

    private static void checkFor(Payload payload, Set<Listener> theirs) {
        theirs.stream().map(payload::framingFor).distinct().forEach(payload::check);
        theirs.stream().filter(each -> each.counters().peers() > 0).forEach(payload::checkFor);
    }

    private static void offer(PeerSession session, Payload payload, DeliveryTracker tracker) {
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
