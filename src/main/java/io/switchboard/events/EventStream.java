package io.switchboard.events;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.inbound.EventPeer;
import io.switchboard.inbound.EventType;
import io.switchboard.inbound.Hearer;
import io.switchboard.inbound.InboundMessage;
import io.switchboard.inbound.Inbox;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Everything that happens to peers, in one order, for whoever subscribes.
 *
 * <p>Publishing never waits and does not know how many subscribers there are; {@link EventRing} and
 * {@link Waker} say how. Event loops publish, and threads that write to sockets, some of them with
 * an outbox's lock held.
 *
 * <p>When the service is stopped, subscriptions end after the peers have been taken leave of, so
 * that their last events are told, and before the web server waits for requests to end.
 */
@Component
public final class EventStream implements PeerObserver, Hearer, SmartLifecycle {
    /** Below the drain's, {@code DEFAULT_PHASE - 512}, and above the web server's, 1024 below. */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 768;

    /** How many may subscribe at a time. */
    public static final int MOST_SUBSCRIBERS = 1_000;

    /**
     * Room in a run's numbers for a million events in each second of its life; what JavaScript
     * takes for whole numbers lasts until the year 2255.
     */
    private static final long SEQS_A_SECOND = 1_000_000;

    private final EventRing ring;
    private final Subscribers subscribers;

    /** Other nodes, for their subscribers: a client is not refused for them. */
    private final Subscribers followers;

    private volatile boolean running;

    EventStream(EventProperties properties, PeerRegistry registry, MeterRegistry meters) {
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
     * A place in the stream.
     *
     * @param lastEventId to begin behind this event; null to begin with what happens from now on
     * @return nothing where {@link #MOST_SUBSCRIBERS} are there already
     */
    public Optional<Subscription> subscribe(EventFilter filter, @Nullable Long lastEventId) {
        Subscription subscription = new Subscription(subscribers, ring, filter, lastEventId);
        return subscribers.add(subscription) ? Optional.of(subscription) : Optional.empty();
    }

    /**
     * The same for a subscriber of another node, and never refused: whoever lets nodes wait here
     * sees to how many do.
     *
     * @param after as {@link #subscribe}'s; {@link #beginning} to begin with the first event ever
     */
    public Subscription follow(EventFilter filter, @Nullable Long after) {
        Subscription subscription = new Subscription(followers, ring, filter, after);
        followers.add(subscription);
        return subscription;
    }

    /** The number before the first event's. */
    public long beginning() {
        return ring.start();
    }

    /** Whether an event of this run has this number, or it is the one before the first's. */
    public boolean has(long seq) {
        return ring.start() <= seq && seq <= ring.last();
    }

    @Override
    public void connected(PeerSession session) {
        // it is about to be put into its listener's groups, and has no name yet
        EventPeer who =
                new EventPeer(
                        session.id(),
                        null,
                        session.listener().identification().groups(),
                        session.listener().name(),
                        session.client());
        publish(EventType.CONNECTED, System.nanoTime(), who, null, null, null);
    }

    @Override
    public void identified(PeerSession session) {
        EventPeer who = EventPeer.of(session);
        publish(EventType.IDENTIFIED, System.nanoTime(), who, null, null, null);
    }

    @Override
    public void message(PeerSession session, InboundMessage message) {
        EventPeer who = Inbox.peer(session);
        publish(EventType.MESSAGE, message.nanos(), who, message.payload(), null, null);
    }

    @Override
    public void closed(PeerSession session, Peer last) {
        CloseReason reason = last.closeReason();
        publish(
                EventType.CLOSED,
                System.nanoTime(),
                EventPeer.of(session),
                null,
                reason == null ? null : reason.word(),
                null);
    }

    /**
     * A delivery that an outbox held has failed at this peer. To be called once for each.
     *
     * @param reason one word
     * @param delivery its id
     */
    public void sendFailed(PeerSession session, String reason, String delivery) {
        EventPeer who = EventPeer.of(session);
        publish(EventType.SEND_FAILED, System.nanoTime(), who, null, reason, delivery);
    }

    private void publish(
            EventType type,
            long nanos,
            EventPeer who,
            byte @Nullable [] payload,
            @Nullable String reason,
            @Nullable String delivery) {
        ring.add(type, nanos, who, payload, reason, delivery);
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
