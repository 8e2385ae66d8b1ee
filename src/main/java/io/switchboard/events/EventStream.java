package io.switchboard.events;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.inbound.EventPeer;
import io.switchboard.inbound.EventType;
import io.switchboard.inbound.Inbound;
import io.switchboard.inbound.InboundMessage;
import io.switchboard.inbound.Inbox;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
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
 * EventRing} and {@link Subscribers.Waker}. Event loops publish, and threads that write to sockets,
 * some of them while they hold an outbox's lock.
 *
 * <p>When the service stops, subscriptions end after the drain has closed the peers, so that the
 * last events are written, and before the web server waits for requests to end.
 */
@Component
public final class EventStream implements PeerObserver, Inbound.MessageSink, SmartLifecycle {
    /** Below the drain's, {@code DEFAULT_PHASE - 512}, and above the web server's, 1024 below. */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 768;

    /** The number of subscribers of GET /events at a time. */
    public static final int MOST_SUBSCRIBERS = 1_000;

    /**
     * Room in a run's numbers for a million events in each second of its life; what JavaScript
     * takes for whole numbers lasts until the year 2255.
     */
    private static final long SEQS_A_SECOND = 1_000_000;

    private final List<Inbound.EventSink> sinks;
    private final EventRing ring;
    private final Subscribers subscribers;

    /** Requests of other nodes, which do not count as subscribers. */
    private final Subscribers followers;

    private volatile boolean running;

    EventStream(
            EventProperties properties,
            PeerRegistry registry,
            MeterRegistry meters,
            List<Inbound.EventSink> sinks) {
        this.sinks = sinks;
        this.ring = new EventRing(properties, Instant.now().getEpochSecond() * SEQS_A_SECOND);
        this.subscribers = new Subscribers(ring, MOST_SUBSCRIBERS);
        this.followers = new Subscribers(ring, Integer.MAX_VALUE);
        registry.observe(this);
        Gauge.builder("switchboard.event.subscribers", subscribers, Subscribers::size)
                .description("Subscribers of GET /events now")
                .baseUnit("subscribers")
                .register(meters);
        FunctionCounter.builder("switchboard.published.events", ring, EventRing::added)
                .description("Events, whether anybody subscribed or not")
                .baseUnit("events")
                .register(meters);
        FunctionCounter.builder("switchboard.cut.subscribers", subscribers, Subscribers::cuts)
                .description("Subscribers that were too slow")
                .baseUnit("subscribers")
                .register(meters);
    }

    /**
     * Subscribes to events.
     *
     * @param lastEventId the event to begin after; null to begin with what happens from now on
     * @return nothing if there are {@link #MOST_SUBSCRIBERS} already
     */
    public Optional<Subscription> subscribe(EventFilter filter, @Nullable Long lastEventId) {
        Subscription subscription = new Subscription(subscribers, ring, filter, lastEventId);
        return subscribers.add(subscription) ? Optional.of(subscription) : Optional.empty();
    }

    /**
     * Subscribes on behalf of another node. Never refused: the caller limits the number.
     *
     * @param after as in {@link #subscribe}; {@link #beginning} to begin with the first event
     */
    public Subscription follow(EventFilter filter, @Nullable Long after) {
        Subscription subscription = new Subscription(followers, ring, filter, after);
        followers.add(subscription);
        return subscription;
    }

    /** Returns the number before that of the first event. */
    public long beginning() {
        return ring.start();
    }

    /** Returns whether this is the number of an event of this run, or the one before the first. */
    public boolean has(long seq) {
        return ring.start() <= seq && seq <= ring.last();
    }

    @Override
    public void connected(PeerSession session) {
        Listener listener = session.listener();
        // the peer is about to join its listener's groups, and has no name yet
        List<String> groups = listener.identification().groups();
        EventPeer who =
                new EventPeer(session.id(), null, groups, listener.name(), session.client());
        ring.add(EventType.CONNECTED, System.nanoTime(), who, null, null, null);
        tell();
    }

    @Override
    public void identified(PeerSession session) {
        publish(EventType.IDENTIFIED, session, null, null);
    }

    @Override
    public void message(PeerSession session, InboundMessage message) {
        EventPeer who = Inbox.peer(session);
        ring.add(EventType.MESSAGE, message.nanos(), who, message.payload(), null, null);
        tell();
    }

    @Override
    public void closed(PeerSession session, Peer last) {
        CloseReason reason = last.closeReason();
        publish(EventType.CLOSED, session, reason == null ? null : reason.word(), null);
    }

    /**
     * Publishes that a delivery which the outbox held has failed at this peer. The caller calls
     * this once for each.
     *
     * @param reason one word
     * @param delivery the id of the delivery
     */
    public void sendFailed(PeerSession session, String reason, String delivery) {
        publish(EventType.SEND_FAILED, session, reason, delivery);
    }

    private void publish(
            EventType type,
            PeerSession session,
            @Nullable String reason,
            @Nullable String delivery) {
        ring.add(type, System.nanoTime(), EventPeer.of(session), null, reason, delivery);
        tell();
        for (Inbound.EventSink sink : sinks) {
            sink.event(session, type, reason);
        }
    }

    private void tell() {
        subscribers.tell();
        followers.tell();
    }

    @Override
    public void start() {
        subscribers.begin();
        followers.begin();
        running = true;
    }

    @Override
    public void stop() {
        subscribers.end();
        followers.end();
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
