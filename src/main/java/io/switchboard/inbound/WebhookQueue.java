package io.switchboard.inbound;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSession.Intake;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one back end: bounded in events and bytes, in order for each peer, in turn among
 * peers. Every operation takes O(1), whatever the number of peers, but for those that say
 * otherwise.
 *
 * <pre>
 *            add                next                done, nothing left
 *   EMPTY ─────────▶ READY ────────────▶ POSTING ──────────────────────▶ EMPTY
 *                      ▲                  │   │
 *                      │  done, more left │   │ rest
 *                      ├──────────────────┘   ▼
 *                      └────────────────── RESTING
 *                              wake
 * </pre>
 *
 * <p>A peer is asked for before each read ({@link #takes}), and put to wait while the queue is
 * full, so the queue exceeds its bounds by what one read of each event loop brings and no more.
 * When half of it is free each event that leaves and each read that is allowed lets the longest
 * waiting peer go on; when it is empty all of them.
 *
 * <p>This object's monitor guards everything, and is held for a few operations. Under it a
 * session's reading is paused or resumed, which does not come back here.
 */
final class WebhookQueue {
    /** The memory of an event and its place in a queue, besides its payload, about. */
    private static final int OVERHEAD = 128;

    /**
     * The events of one peer, posted one after the other. The queue's monitor guards the events and
     * the place; the thread that posts the first event owns the attempts.
     */
    static final class Lane implements Intake {

        private enum Place {
            /** The lane has no event. */
            EMPTY,
            /** The next poster takes the first event. */
            READY,
            /** The first event is being posted. */
            POSTING,
            /** The first event has failed and is tried again later. */
            RESTING
        }

        private final Webhook webhook;
        private final WebhookQueue queue;
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
            this.peername = session.peername();
        }

        @Override
        public boolean takes(PeerSession asked) {
            return queue.takes(this);
        }

        Webhook webhook() {
            return webhook;
        }

        Endpoint peername() {
            return peername;
        }

        @Nullable PeerSession session() {
            return session;
        }

        /** Counts an attempt at the first event and returns the number of those before it. */
        int attempt(long now) {
            if (attempts == 0) {
                firstAttempt = now;
            }
            return attempts++;
        }

        /** Returns the {@link System#nanoTime} of the first attempt at the first event. */
        long firstAttempt() {
            return firstAttempt;
        }
    }

    /** What became of an event that was to be added. */
    enum Added {
        /** It waits, and somebody is at work already. */
        WAITS,
        /** It waits, and the caller has to start one more who posts. */
        NEEDS_POSTER,
        DROPPED
    }

    private final WebhookProperties limits;
    private final int mostLifeEvents;
    private final boolean pauses;
    private final Deque<Lane> ready = new ArrayDeque<>();
    private final SequencedSet<Lane> resting = new LinkedHashSet<>();
    private final SequencedSet<Lane> waiting = new LinkedHashSet<>();
    private long lastSeq;
    private int events;
    private long bytes;
    private int posters;
    private boolean ended;

    /**
     * @param peers that may be connected at a time: there is room for all of them to come and to go
     */
    WebhookQueue(WebhookProperties limits, int peers) {
        this.limits = limits;
        this.mostLifeEvents = limits.queue() + 2 * peers;
        this.pauses =
                limits.whenFull() == WebhookProperties.WhenFull.PAUSE_READING
                        && limits.events().contains(EventType.MESSAGE);
    }

    /** Whether a peer may be read; else its reading is paused. Called on its event loop. */
    synchronized boolean takes(Lane lane) {
        if (!pauses || ended) {
            return true;
        }
        if (!full()) {
            resumeSome();
            return true;
        }
        PeerSession session = lane.session;
        if (session != null && waiting.add(lane)) {
            session.pauseReading(this);
        }
        return false;
    }

    /** Adds what a peer said; see {@link Event} for the parameters. */
    synchronized Added addMessage(Lane lane, long nanos, EventPeer who, byte[] payload) {
        if (limits.whenFull() == WebhookProperties.WhenFull.DROP && full()) {
            return Added.DROPPED;
        }
        return add(lane, new Event(++lastSeq, EventType.MESSAGE, nanos, who, payload, null, null));
    }

    /** Adds something else that happened to it: taken also when the queue is full. */
    synchronized Added addLife(Lane lane, EventType type, EventPeer who, @Nullable String reason) {
        if (events >= mostLifeEvents) {
            return Added.DROPPED;
        }
        return add(lane, new Event(++lastSeq, type, System.nanoTime(), who, null, reason, null));
    }

    private Added add(Lane lane, Event event) {
        if (ended) {
            return Added.DROPPED;
        }
        lane.events.addLast(event);
        events++;
        bytes += memory(event);
        return lane.place == Lane.Place.EMPTY ? ready(lane) : Added.WAITS;
    }

    private static int memory(Event event) {
        return OVERHEAD + event.size();
    }

    private Added ready(Lane lane) {
        lane.place = Lane.Place.READY;
        ready.addLast(lane);
        if (posters == limits.parallel()) {
            return Added.WAITS;
        }
        posters++;
        return Added.NEEDS_POSTER;
    }

    /** The next lane whose first event is to be posted; null ends the poster that asks. */
    synchronized @Nullable Lane next() {
        Lane lane = ready.pollFirst();
        if (lane == null) {
            posters--;
            return null;
        }
        lane.place = Lane.Place.POSTING;
        return lane;
    }

    /** The event that is being posted. */
    synchronized @Nullable Event first(Lane lane) {
        return lane.events.peekFirst();
    }

    /**
     * The event that was being posted is no more. The poster that calls goes on with {@link #next}.
     *
     * @return false where it has been given up with all others
     */
    synchronized boolean done(Lane lane) {
        Event event = ended ? null : lane.events.pollFirst();
        if (event == null) {
            return false;
        }
        lane.attempts = 0;
        events--;
        bytes -= memory(event);
        if (lane.events.isEmpty()) {
            lane.place = Lane.Place.EMPTY;
        } else {
            lane.place = Lane.Place.READY;
            ready.addLast(lane);
        }
        resumeSome();
        return true;
    }

    /** The event that was being posted has failed: until {@link #wake} others get their turn. */
    synchronized void rest(Lane lane) {
        if (!ended) {
            lane.place = Lane.Place.RESTING;
            resting.add(lane);
        }
    }

    /** Its rest is over, unless all had to end. */
    synchronized Added wake(Lane lane) {
        return resting.remove(lane) ? ready(lane) : Added.WAITS;
    }

    /** Who rests now; O(those). */
    synchronized Collection<Lane> resting() {
        return new ArrayDeque<>(resting);
    }

    /** The peer is closed: nobody has to let it go on. */
    synchronized void left(Lane lane) {
        lane.session = null;
        waiting.remove(lane);
    }

    /**
     * Forgets everything, and takes nothing from now on; O(lanes with events).
     *
     * @return how many events those were
     */
    synchronized int end() {
        ended = true;
        int lost = events;
        events = 0;
        bytes = 0;
        // A lane that is being posted is in neither: its poster finds that all has ended.
        ready.forEach(lane -> lane.events.clear());
        resting.forEach(lane -> lane.events.clear());
        ready.clear();
        resting.clear();
        resumeSome();
        return lost;
    }

    private boolean full() {
        return events >= limits.queue() || bytes >= limits.queueBytes().toBytes();
    }

    private void resumeSome() {
        if (events == 0) {
            while (!waiting.isEmpty()) {
                resumeFirst();
            }
        } else if (!waiting.isEmpty()
                && events <= limits.queue() / 2
                && bytes <= limits.queueBytes().toBytes() / 2) {
            resumeFirst();
        }
    }

    private void resumeFirst() {
        PeerSession session = waiting.removeFirst().session;
        if (session != null) {
            session.resumeReading(this);
        }
    }

    synchronized int events() {
        return events;
    }

    synchronized long bytes() {
        return bytes;
    }
}
