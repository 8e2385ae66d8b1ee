package io.switchboard.inbound;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSession.Intake;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The events of one peer on their way to a back end, one after the other. {@link WebhookQueue}'s
 * monitor guards the events and the place; who posts the first event owns the attempts.
 */
final class Lane implements Intake {

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
    private final Deque<WebhookEvent> events = new ArrayDeque<>(2);
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

    Deque<WebhookEvent> events() {
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
