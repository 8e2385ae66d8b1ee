package io.switchboard.events;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.NameReach;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.receive.InboundMessage;
import io.switchboard.receive.MessageSink;
import io.switchboard.store.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The events of this node's peers, in one order, for all subscribers.
 *
 * <p>Publishing never blocks, and its cost does not depend on the number of subscribers; see {@link
 * EventRing} and {@link Subscribers.Waker}. Event loops and threads that write to sockets publish,
 * some of them while they hold an outbox's lock.
 *
 * <p>When the service stops, subscriptions end after the drain has closed the peers, so that the
 * last events are written, and before the web server waits for requests to end.
 */
@Component
public final class EventStream implements PeerObserver, MessageSink, SmartLifecycle {
    /**
     * Stops after the drain, {@code DEFAULT_PHASE - 512}, and before the web server, {@code
     * DEFAULT_PHASE - 1024}.
     */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 768;

    /** The maximum number of simultaneous subscribers of GET /events. */
    public static final int MAX_SUBSCRIBERS = 1_000;

    /**
     * A run's numbers begin at its start time in seconds times this number. They are greater than
     * those of every earlier run that published less than a million events a second on average.
     * They remain exact as JavaScript numbers, below 2^53, until the year 2255.
     */
    private static final long SEQS_PER_SECOND = 1_000_000;

    private final List<EventSink> sinks;
    private final NameReach names;
    private final EventRing ring;
    private final Subscribers subscribers;

    private volatile boolean running;

    EventStream(
            EventProperties properties,
            PeerRegistry registry,
            MeterRegistry meters,
            List<EventSink> sinks,
            NameReach names) {
        this.sinks = sinks;
        this.names = names;
        this.ring = new EventRing(properties, Instant.now().getEpochSecond() * SEQS_PER_SECOND);
        this.subscribers = new Subscribers(ring, MAX_SUBSCRIBERS);
        registry.observe(this);
        Gauge.builder("switchboard.event.subscribers", subscribers, Subscribers::size)
                .description("Current subscribers of GET /events")
                .baseUnit("subscribers")
                .register(meters);
        FunctionCounter.builder("switchboard.published.events", ring, EventRing::added)
                .description("Events published on this node, with or without subscribers")
                .baseUnit("events")
                .register(meters);
        FunctionCounter.builder("switchboard.cut.subscribers", subscribers, Subscribers::slowCount)
                .description("Subscribers of GET /events disconnected because they read too slowly")
                .baseUnit("subscribers")
                .register(meters);
    }

    /**
     * Subscribes to events.
     *
     * @param lastEventId the number of the event to begin after; null to begin with the next event
     * @return empty if there are {@link #MAX_SUBSCRIBERS} already
     */
    public Optional<Subscription> subscribe(EventFilter filter, @Nullable Long lastEventId) {
        Subscription subscription =
                new Subscription(subscribers, ring, filter.with(names), lastEventId, false);
        return subscribers.add(subscription) ? Optional.of(subscription) : Optional.empty();
    }

    /**
     * Subscribes on behalf of another node. Never refuses: the caller limits the number.
     *
     * @param after as in {@link #subscribe}; {@link #beginning} to begin with the first event
     */
    public Subscription subscribeRemote(EventFilter filter, @Nullable Long after) {
        Subscription subscription =
                new Subscription(subscribers, ring, filter.with(names), after, true);
        subscribers.add(subscription);
        return subscription;
    }

    /** Returns the number before that of the first event. */
    public long beginning() {
        return ring.start();
    }

    /** Returns whether this is the number of an event of this run, or that before the first. */
    public boolean has(long seq) {
        return ring.start() <= seq && seq <= ring.last();
    }

    @Override
    public void connected(PeerSession session) {
        Listener listener = session.listener();
        // the peer is about to join its listener's groups, and has no name yet
        List<String> groups = listener.identification().groups();
        EventPeer peer =
                new EventPeer(
                        session.id(),
                        null,
                        groups,
                        listener.name(),
                        session.client(),
                        listener.charset());
        ring.add(EventType.CONNECTED, System.nanoTime(), peer, null, false, null, null);
        subscribers.eventAdded();
    }

    @Override
    public void identified(PeerSession session) {
        publish(EventType.IDENTIFIED, session, null, null);
    }

    @Override
    public void message(PeerSession session, InboundMessage message) {
        messages(session, List.of(message));
    }

    @Override
    public void messages(PeerSession session, List<InboundMessage> messages) {
        ring.add(EventPeer.shared(session), messages);
        subscribers.eventAdded();
    }

    @Override
    public void closed(PeerSession session, PeerSnapshot last) {
        CloseReason reason = last.closeReason();
        publish(EventType.CLOSED, session, reason == null ? null : reason.word(), null);
    }

    /**
     * Publishes that a delivery has failed which the peer's outbox held. The caller calls this once
     * for each failed delivery.
     *
     * @param reason the code of the reason
     * @param delivery the id in the delivery's report
     */
    public void sendFailed(PeerSession session, String reason, String delivery) {
        publish(EventType.SEND_FAILED, session, reason, delivery);
    }

    /**
     * Stores what becomes of a stored message for those that must not miss it, in the transaction
     * that changes the message. {@link #stored} publishes it after the commit.
     */
    public void store(
            Transaction in,
            EventType type,
            Event.Stored message,
            @Nullable PeerSession session,
            @Nullable String listener) {
        for (EventSink sink : sinks) {
            sink.store(in, type, message, session, listener);
        }
    }

    /**
     * Publishes what became of a stored message.
     *
     * @param session the peer that has it; null if there is none
     * @param listener the listener where its name was last seen; null if that is not known
     */
    public void stored(
            EventType type,
            Event.Stored message,
            @Nullable PeerSession session,
            @Nullable String listener) {
        ring.add(type, session == null ? null : EventPeer.of(session), message);
        subscribers.eventAdded();
        for (EventSink sink : sinks) {
            sink.stored(type, message, session, listener);
        }
    }

    private void publish(
            EventType type,
            PeerSession session,
            @Nullable String reason,
            @Nullable String delivery) {
        ring.add(type, System.nanoTime(), EventPeer.of(session), null, false, reason, delivery);
        subscribers.eventAdded();
        for (EventSink sink : sinks) {
            sink.event(session, type, reason);
        }
    }

    @Override
    public void start() {
        subscribers.begin();
        running = true;
    }

    @Override
    public void stop() {
        subscribers.end();
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
