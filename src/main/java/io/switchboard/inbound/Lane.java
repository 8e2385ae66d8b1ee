package io.switchboard.inbound;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Intake;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.WallClock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The events of one peer on their way to a back end, one after the other. {@link WebhookQueue}'s
 * monitor guards the events and the place; who posts the first event owns the attempts.
 */
final class Lane implements Intake {

    /**
     * One event on its way to a back end.
     *
     * @param seq counts the events of this webhook, from 1
     * @param nanos {@link System#nanoTime} when it happened
     * @param name the peer's at that time; null without one
     * @param payload what the peer sent; null but for messages. Changed by nobody
     * @param reason why the peer was closed; null but for that
     */
    @SuppressWarnings("ArrayRecordComponent") // events are not compared
    record Event(
            long seq,
            EventType type,
            long nanos,
            @Nullable String name,
            byte @Nullable [] payload,
            @Nullable String reason) {

        /** What the event itself takes in memory, and its place in a queue, about. */
        private static final int OVERHEAD = 128;

        /** By time of day. */
        Instant at() {
            return WallClock.at(nanos);
        }

        /** Bytes of memory. */
        int size() {
            return OVERHEAD + (payload == null ? 0 : payload.length);
        }
    }

    /** Where it stands in its queue. */
    enum Place {
        /** It has no event. */
        EMPTY,
        /** Its first event may be posted by who comes. */
        READY,
        /** Its first event is being posted. */
        POSTING,
        /** Its first event has failed and is tried again later. */
        RESTING
    }

    private final Webhook webhook;
    private final WebhookQueue queue;
    private final PeerId id;
    private final Endpoint peername;
    private final Deque<Event> events = new ArrayDeque<>(2);
    private Place place = Place.EMPTY;

    /** Null once it is closed: what waits for a back end must not keep all that a peer had. */
    private volatile @Nullable PeerSession session;

    private int attempts;
    private long firstAttempt;

    Lane(Webhook webhook, WebhookQueue queue, PeerSession session) {
        this.webhook = webhook;
        this.queue = queue;
        this.session = session;
        this.id = session.id();
        this.peername = session.peername();
    }

    @Override
    public boolean takes(PeerSession asked) {
        return queue.takes(this);
    }

    Webhook webhook() {
        return webhook;
    }

    PeerId id() {
        return id;
    }

    Endpoint peername() {
        return peername;
    }

    @Nullable PeerSession session() {
        return session;
    }

    void closed() {
        session = null;
    }

    Deque<Event> events() {
        return events;
    }

    Place place() {
        return place;
    }

    void place(Place next) {
        place = next;
    }

    /**
     * Counts an attempt at the first event.
     *
     * @return how many that were before
     */
    int attempt(long now) {
        if (attempts == 0) {
            firstAttempt = now;
        }
        return attempts++;
    }

    /** {@link System#nanoTime} of the first attempt at the first event. */
    long firstAttempt() {
        return firstAttempt;
    }

    /** The first event is gone: the next one has all attempts before it. */
    void nextEvent() {
        attempts = 0;
    }
}
